"""The plugin of an opening on the scheduler, and what is asked of schedulers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from distributed import Scheduler, Status
from distributed.diagnostics.plugin import SchedulerPlugin

from .messages import pack

#: News of how the cluster is doing are this far apart, in seconds.
FACTS_SECONDS = 0.5
#: No worker is called so: a key that may run only there does not run.
NOWHERE = "nowhere: its worker is gone"
#: Changes of memory that are too small to tell.
_MEMORY_STEP = 16 * 1024 * 1024


class OnScheduler(SchedulerPlugin):
    """Tells an opening which workers come and go, what each had under way, and how the cluster is doing.

    Dask runs again, unasked, what was on a worker that went. The session counts attempts, so here such keys are held back: it decides.
    """

    def __init__(self, shipment: Any, opening: str, client: str) -> None:
        self.shipment = shipment
        self.name = opening
        self.client = client
        self._facts: tuple[Any, ...] = ()
        self._ticker: asyncio.Task[None] | None = None

    def __reduce__(self) -> Any:
        return self.shipment.reduced(self, {"shipment": None, "opening": self.name, "client": self.client})

    async def start(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._known = set(scheduler.workers)
        self._held: dict[str, list[str]] = {}
        self._tell("workers", [describe_worker(worker) for worker in scheduler.workers.values()])
        self._ticker = asyncio.create_task(self._tick())

    async def close(self) -> None:
        self.end()

    def end(self) -> None:
        """Stops telling."""
        if self._ticker is not None:
            self._ticker.cancel()

    def transition(self, key: Any, start: str, finish: str, *_: Any, **__: Any) -> None:
        if finish == "released" and start in ("processing", "memory"):
            self._hold(key)
        elif finish == "erred" and self._ours(key):
            self._tell("erred", [key])

    def add_worker(self, scheduler: Scheduler, worker: str) -> None:
        self._known.add(worker)
        self._tell("joined", describe_worker(scheduler.workers[worker]))

    def remove_worker(self, scheduler: Scheduler, worker: str, **_: Any) -> None:  # noqa: ARG002 - the plugin's interface
        self._known.discard(worker)
        self._tell("left", worker, self._held.pop(worker, []))

    def remove_client(self, scheduler: Scheduler, client: str) -> None:
        if client == self.client:
            asyncio.ensure_future(leave(scheduler, self.name))  # noqa: RUF006 - the scheduler's loop outlives it

    def log_event(self, topic: str, msg: Any) -> None:  # noqa: ARG002 - the plugin's interface
        # Dask keeps the last thousand messages of a topic, and these hold results.
        if topic == self.name:
            broker = getattr(self._scheduler, "_broker", None)
            if broker is not None:
                broker.truncate(topic)

    def _hold(self, key: Any) -> None:
        task = self._scheduler.tasks.get(key)
        if task is None or not task.who_wants or not self._ours(key):
            return
        # Called amid the removal: the worker is no longer among the scheduler's, and this plugin has not been told.
        for worker in self._known - self._scheduler.workers.keys():
            task.worker_restrictions = {NOWHERE}
            task.loose_restrictions = False
            self._held.setdefault(worker, []).append(key)

    def _ours(self, key: Any) -> bool:
        return isinstance(key, str) and self.name in key

    def _tell(self, *message: Any) -> None:
        # amid its own end, Dask would complain loudly that nobody listens
        if self.client in self._scheduler.clients and self._scheduler.status == Status.running:
            self._scheduler.log_event(self.name, pack(*message))

    async def _tick(self) -> None:
        while True:
            facts = self._measure()
            if facts != self._facts:
                self._facts = facts
                self._tell("facts", *facts)
            await asyncio.sleep(FACTS_SECONDS)

    def _measure(self) -> tuple[Any, ...]:
        workers = self._scheduler.workers.values()
        used = sum(worker.metrics.get("memory", 0) for worker in workers)
        return (
            len(workers),
            sum(worker.nthreads for worker in workers),
            round(used / _MEMORY_STEP) * _MEMORY_STEP,
            sum(worker.memory_limit or 0 for worker in workers),
        )


def describe_worker(worker: Any) -> dict[str, Any]:
    """What an opening knows of a worker."""
    return {
        "address": worker.address,
        "name": str(worker.name),
        "threads": worker.nthreads,
        "memoryLimitBytes": worker.memory_limit or 0,
        "resources": dict(worker.resources),
        "python": worker.versions.get("host", {}).get("python", ""),
        "packages": {name: version for name, version in worker.versions.get("packages", {}).items() if version},
    }


async def leave(dask_scheduler: Scheduler, opening: str) -> None:
    """Takes an opening's plugins away again."""
    plugin = dask_scheduler.plugins.pop(opening, None)
    if isinstance(plugin, OnScheduler):
        plugin.end()
    if opening in dask_scheduler.worker_plugins:
        await dask_scheduler.unregister_worker_plugin(None, opening)


def recall(dask_scheduler: Scheduler, client: str, keys: Mapping[str, str | None]) -> dict[str, str]:
    """Takes keys back that no worker has begun; at once, so that none begins meanwhile.

    Args:
        dask_scheduler: The scheduler, in whose loop this runs.
        client: Who wants the keys.
        keys: By key, the worker that promised not to begin it, if there is one.

    Returns:
        By key: ``"recalled"``, ``"ended"``, ``"unknown"`` (not here yet, or not any more), or ``"at <address>"`` of the worker that has it.
    """
    answers = {}
    for key, promised in keys.items():
        task = dask_scheduler.tasks.get(key)
        if task is None:
            answers[key] = "unknown"
        elif task.state in ("memory", "erred", "released", "forgotten"):
            answers[key] = "ended"
        elif task.processing_on is not None and task.processing_on.address != promised:
            answers[key] = f"at {task.processing_on.address}"
        else:
            answers[key] = "recalled"
    recalled = [key for key, answer in answers.items() if answer == "recalled"]
    if recalled:
        dask_scheduler.client_releases_keys(recalled, client)
    return answers


def keys_at(dask_scheduler: Scheduler, opening: str, worker: str) -> list[str]:
    """Keys of an opening that a worker has."""
    state = dask_scheduler.workers.get(worker)
    return [] if state is None else [task.key for task in state.processing if isinstance(task.key, str) and opening in task.key]


def by_worker(dask_scheduler: Scheduler, keys: Sequence[str]) -> dict[str, list[str]]:
    """Those of the keys that workers have, by the worker's address."""
    found: dict[str, list[str]] = {}
    for key in keys:
        task = dask_scheduler.tasks.get(key)
        if task is not None and task.processing_on is not None:
            found.setdefault(task.processing_on.address, []).append(key)
    return found


def least_busy(dask_scheduler: Scheduler, count: int) -> list[str]:
    """Workers that have least to lose, by address."""
    workers = sorted(dask_scheduler.workers.values(), key=lambda worker: (len(worker.processing), worker.nbytes))
    return [worker.address for worker in workers[:count]]
