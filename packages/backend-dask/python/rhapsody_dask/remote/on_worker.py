"""The plugin of an opening on every worker, and what is asked of workers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from distributed import Worker, WorkerPlugin
from rhapsody_bridge.work import Site

from .gate import Gate
from .messages import pack
from .place import TELL_SECONDS, Place, place_of
from .threads import replace_thread

#: Grace for work whose session is gone.
_ABANDONED_GRACE = 1.0


class OnWorker(WorkerPlugin):
    """Has a :class:`Place` on a worker, tells home what runs there, and ends what nobody waits for."""

    def __init__(self, shipment: Any, opening: str) -> None:
        self.shipment = shipment
        self.name = opening
        self.place: Place | None = None

    def __reduce__(self) -> Any:
        return self.shipment.reduced(self, {"shipment": None, "opening": self.name})

    def setup(self, worker: Worker) -> None:
        self._worker = worker
        self._loop = asyncio.get_running_loop()
        self._awake = False
        site = Site(name=f"worker {worker.address}", scratch=Path(worker.local_directory))
        gate = Gate(worker.state.nthreads, worker.memory_manager.memory_limit or 0)
        self.place = Place(site, gate, self._tell, self._wake, partial(replace_thread, worker))

    async def teardown(self, worker: Worker) -> None:  # noqa: ARG002 - the plugin's interface
        place, self.place = self.place, None
        if place is not None:
            await asyncio.to_thread(place.site.close, 0.0)

    def transition(self, key: Any, start: str, finish: str, **_: Any) -> None:
        if start not in ("executing", "long-running", "cancelled") or self.place is None:
            return
        if start != "cancelled" and finish in ("cancelled", "released", "forgotten"):
            # the scheduler forgot a key that runs here: its session cancelled it, or is dead
            threading.Thread(target=self.place.abandon, args=(key, _ABANDONED_GRACE), daemon=True).start()
        # not told by the thread that ran it, which would wake this one for it
        elif (end := self.place.take_end(key)) is not None:
            self._tell(*end)

    def _tell(self, *message: Any) -> None:
        self._worker.log_event(self.name, pack(*message))

    def _wake(self) -> None:
        """One timer for the whole worker, and none while nothing has begun lately."""
        if not self._awake:
            self._awake = True
            self._loop.call_soon_threadsafe(self._loop.call_later, TELL_SECONDS, self._look)

    def _look(self) -> None:
        # asleep before it looks: what begins meanwhile wakes it again
        self._awake = False
        if self.place is not None and self.place.look():
            self._wake()


async def stop_items(
    dask_worker: Worker, opening: str, keys: Mapping[str, Sequence[tuple[str, int]]], grace: float
) -> dict[str, list[str] | None]:
    """Stops items of chunks, as :meth:`Place.stop` does."""
    place = place_of(dask_worker, opening)
    if place is None:
        return {key: ["cancelled"] * len(attempts) for key, attempts in keys.items()}
    stops = (asyncio.to_thread(place.stop, key, attempts, grace) for key, attempts in keys.items())
    return dict(zip(keys, await asyncio.gather(*stops), strict=True))


async def withdraw(dask_worker: Worker, opening: str, keys: Sequence[str]) -> list[str]:
    """Keeps chunks from beginning, as :meth:`Place.withdraw` does."""
    place = place_of(dask_worker, opening)
    return [] if place is None else place.withdraw(keys)


async def withdraw_waiting(dask_worker: Worker, opening: str, keys: Sequence[str]) -> list[str]:
    """As :func:`withdraw`, but of chunks that wait behind others alone: those on their way, or just being unpacked, count as begun."""
    tasks = dask_worker.state.tasks
    waiting = [key for key in keys if key in tasks and tasks[key].state in ("ready", "constrained")]
    begun = await withdraw(dask_worker, opening, waiting)
    return [key for key in keys if key in begun or key not in waiting]


async def close_place(dask_worker: Worker, opening: str, grace: float) -> None:
    """Stops all that runs for an opening."""
    place = place_of(dask_worker, opening)
    if place is not None:
        await asyncio.to_thread(place.site.close, grace)


async def wait_until_idle(dask_worker: Worker, opening: str, seconds: float) -> bool:
    """Waits until no chunk is under way."""
    place = place_of(dask_worker, opening)
    return place is None or await asyncio.to_thread(place.wait_until_idle, seconds)
