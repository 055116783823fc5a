"""What the host opens the engine with.

``settings`` are, as the TypeScript side (``src/engine/engine-settings.ts``) writes them::

    { cluster: { kind: "local", workers?, threadsPerWorker?, memoryLimitBytes? }
             | { kind: "address", address } | { kind: "gateway", address: "gateway://host:port/name" }
             | { kind: "jobqueue", system, options?, jobs?, adaptive?: { minimum?, maximum } },
      chunking: false | { targetMs, max }, connectTimeoutMs, waitForWorkersMs }

with the secrets ``tlsCa``, ``tlsCert`` and ``tlsKey`` as PEM text. A task's ``options`` are
``{ resources?, workers?, priority?, retries?, key? }``.

What a task asks for is honoured so: ``cores`` and ``memoryBytes`` are shared out among a worker's threads by the worker itself (a task
without ``cores`` takes one thread), and such a task goes only where there are as many; ``gpus`` is Dask's resource ``GPU``, which workers
are started with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rhapsody_bridge.engine import EngineError


@dataclass(frozen=True, slots=True)
class Chunking:
    """How many short tasks Dask sees as one."""

    #: How long a chunk should take, in seconds.
    target: float
    #: Most tasks in one.
    maximum: int


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of an opening."""

    #: As the host sent it; ``kind`` says which.
    cluster: Mapping[str, Any]
    #: None: every task goes alone.
    chunking: Chunking | None
    #: Seconds to reach the scheduler in.
    connect_timeout: float
    #: Seconds to wait for a first worker; 0 does not.
    wait_for_workers: float
    #: PEM text by ``tlsCa``, ``tlsCert``, ``tlsKey``.
    tls: Mapping[str, str] = field(repr=False)

    @property
    def kind(self) -> str:
        return str(self.cluster["kind"])


def read_settings(settings: Mapping[str, Any], secrets: Mapping[str, str]) -> Settings:
    """Settings with defaults.

    Raises:
        EngineError: the host speaks of a cluster that this engine does not know.
    """
    cluster = settings.get("cluster", {})
    kind = cluster.get("kind")
    if kind not in ("local", "address", "gateway", "jobqueue"):
        raise EngineError("BACKEND_UNAVAILABLE", f"there is no kind of Dask cluster {kind!r}: host and engine are of different versions")
    if kind in ("address", "gateway") and not cluster.get("address"):
        # Dask would start a cluster of its own on this machine
        raise EngineError("BACKEND_UNAVAILABLE", "the Dask cluster has no address: give the scheduler's, e.g. tcp://10.0.0.4:8786")
    chunking = settings.get("chunking")
    return Settings(
        cluster=cluster,
        chunking=Chunking(chunking["targetMs"] / 1000, int(chunking["max"])) if chunking else None,
        connect_timeout=settings.get("connectTimeoutMs", 10_000) / 1000,
        wait_for_workers=settings.get("waitForWorkersMs", 0) / 1000,
        tls={name: secrets[name] for name in ("tlsCa", "tlsCert", "tlsKey") if name in secrets},
    )
