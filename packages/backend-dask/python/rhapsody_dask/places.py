"""The workers of the cluster, as the scheduler's plugin tells of them, and where a task can run among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rhapsody_bridge.engine import Task

from .attempts import Placement

#: What Dask's documentation calls the resource that stands for GPUs.
GPU = "GPU"

_Need = tuple[str, Callable[[Mapping[str, Any]], bool]]


class NeverFits(Exception):
    """No worker has, or had, what a task asks for; says what to do."""


class Workers:
    """The workers that there are."""

    def __init__(self) -> None:
        self._workers: dict[str, Mapping[str, Any]] = {}
        # one of each make, also of those that have gone
        self._makes: dict[tuple[Any, ...], Mapping[str, Any]] = {}

    def __len__(self) -> int:
        return len(self._workers)

    def put(self, workers: Sequence[Mapping[str, Any]]) -> None:
        """Takes in workers that have come."""
        for worker in workers:
            self._workers[worker["address"]] = worker
            make = (worker["threads"], worker["memoryLimitBytes"], *sorted(worker["resources"].items()))
            self._makes.setdefault(make, worker)

    def remove(self, address: str) -> None:
        """Forgets a worker that has gone."""
        self._workers.pop(address, None)

    @property
    def all(self) -> list[Mapping[str, Any]]:
        return list(self._workers.values())

    @property
    def threads(self) -> int:
        """Tasks that they run at a time."""
        return sum(worker["threads"] for worker in self._workers.values())

    @property
    def memory(self) -> float:
        """Bytes that they may use; 0 when one has no limit."""
        limits = [worker["memoryLimitBytes"] for worker in self._workers.values()]
        return sum(limits) if all(limits) else 0

    def fitting(self, placement: Placement) -> list[str]:
        """Addresses of the workers that have what a task needs; none while those that had it are gone: one like them may come.

        Raises:
            NeverFits: there are workers, and none of them, nor of those before them, does.
        """
        fitting, makes = self.all, list(self._makes.values())
        for lacking, has in _needs_of(placement):
            fitting, makes = [list(filter(has, workers)) for workers in (fitting, makes)]
            if not makes and self._workers:
                raise NeverFits(f"none of the cluster's workers ({len(self)}) has {lacking}")
        return [worker["address"] for worker in fitting]


def to_placement(task: Task) -> Placement:
    """Where a task may run, and what it takes there."""
    options, asked = task.options, task.resources
    if not options and not asked:
        return _ANYWHERE
    resources = dict(options.get("resources", {}))
    if asked.get("gpus"):
        resources.setdefault(GPU, asked["gpus"])
    chosen = options.get("workers", ())
    return Placement(
        workers=(chosen,) if isinstance(chosen, str) else tuple(chosen),
        resources=tuple(sorted(resources.items())),
        needs=(max(asked.get("cores") or 1.0, 1.0), asked.get("memoryBytes") or 0.0),
        retries=options.get("retries", 0),
    )


def _needs_of(placement: Placement) -> list[_Need]:
    cores, memory = placement.needs
    return [_has_cores(cores), _has_memory(memory), *(_has_resource(name, amount) for name, amount in placement.resources)]


def _has_cores(cores: float) -> _Need:
    return f"{cores:g} cores: start workers with as many threads, or ask for fewer", lambda worker: worker["threads"] >= cores


def _has_memory(memory: float) -> _Need:
    lacking = f"{memory / 1e6:,.0f} MB of memory: start workers with a higher limit, or ask for less"
    return lacking, lambda worker: not worker["memoryLimitBytes"] or worker["memoryLimitBytes"] >= memory


def _has_resource(name: str, amount: float) -> _Need:
    lacking = f'{amount:g} of the resource {name}: start workers with it, as in dask worker --resources "{name}={amount:g}"'
    return lacking, lambda worker: worker["resources"].get(name, 0) >= amount


_ANYWHERE = Placement()
