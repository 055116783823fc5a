"""Tells client, scheduler and workers apart that cannot work together.

Dask pickles between them, so their Pythons and libraries have to agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Packages that both sides of a pickle need, and how many parts of their versions have to be the same.
_PACKAGES = {"distributed": 3, "cloudpickle": 1}


def find_mismatch(client: Mapping[str, Any], other: Mapping[str, Any], where: str) -> str | None:
    """What is wrong between this client and a scheduler or worker, with the fix; None when they fit.

    Args:
        client: As ``distributed.versions.get_versions`` gives them.
        other: In the same form.
        where: Whom to name, e.g. ``the scheduler tcp://10.0.0.4:8786``.
    """
    differences = []
    here, there = _python(client), _python(other)
    if here and there and here[:2] != there[:2]:
        differences.append(f"Python {'.'.join(there)} there and {'.'.join(here)} here")
    for package, parts in _PACKAGES.items():
        mine, its = _packages(client).get(package), _packages(other).get(package)
        if mine and its and str(mine).split(".")[:parts] != str(its).split(".")[:parts]:
            differences.append(f"{package} {its} there and {mine} here")
    if not differences:
        return None
    wanted = " and ".join(f"{package}=={its}" for package in _PACKAGES if (its := _packages(other).get(package)))
    fix = f'use an environment with Python {".".join(there[:2])}, {wanted} (option "python"), or bring the cluster to this one\'s'
    return f"{where} has {', '.join(differences)}: {fix}"


def _python(versions: Mapping[str, Any]) -> list[str]:
    return str(versions.get("host", {}).get("python", "")).split(".")[:3]


def _packages(versions: Mapping[str, Any]) -> Mapping[str, Any]:
    packages: Mapping[str, Any] = versions.get("packages", {})
    return packages
