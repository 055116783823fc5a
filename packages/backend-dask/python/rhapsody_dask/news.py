"""What workers and the scheduler tell, and what becomes of it: outcomes for the host, entries that go back in line, lost ones."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rhapsody_bridge import outcome
from rhapsody_bridge.engine import Attempt, Host

from .attempts import Chunk, Entry
from .cluster import AsyncClient
from .flight import Flight
from .remote.messages import unpack

_log = logging.getLogger(__name__)

#: Looks at the futures are this far apart, in seconds: for what no message tells.
LOOK_SECONDS = 0.25
#: A result that is there is fetched after so many looks without the message about it.
_SILENT_LOOKS = 4
#: Reports to the host are at least this far apart, in seconds: each has a price of its own.
_TOGETHER_SECONDS = 0.004

Outcomes = Sequence[tuple[int, bytes]]


class News:
    """Reads the messages of one opening, and looks after those that do not come. Lives in the event loop's thread."""

    def __init__(self, client: AsyncClient, flight: Flight, host: Host) -> None:
        self._client = client
        self._flight = flight
        self._host = host
        self._loop = asyncio.get_running_loop()
        self._entries: dict[Attempt, Entry] = {}
        self._updates: list[tuple[str, int, bytes]] = []
        self._told_at = 0.0
        self._fetches: set[asyncio.Task[None]] = set()
        #: Told when workers or facts change.
        self.on_facts: Callable[[dict[str, Any]], None] = lambda _facts: None
        #: Told of a worker that came, as it described itself.
        self.on_worker: Callable[[dict[str, Any]], None] = lambda _worker: None
        #: Set once a message has come.
        self.heard = asyncio.Event()
        #: Whether workers can be reached from here, so that results need not go by the scheduler.
        self.direct = False
        flight.on_unfit, flight.on_refused = self._fail, self._refuse

    def add(self, entries: Iterable[Entry]) -> None:
        """Expects news of these."""
        for entry in entries:
            self._entries[(entry.task.uid, entry.task.attempt)] = entry

    def entry(self, attempt: Attempt) -> Entry | None:
        """An attempt that has not ended."""
        return self._entries.get(attempt)

    def end(self, entry: Entry, told: bytes | None) -> None:
        """Tells the end of an attempt, at most once; None: nobody needs to be told."""
        if entry.ended:
            return
        entry.ended = True
        del self._entries[(entry.task.uid, entry.task.attempt)]
        if told is not None:
            self._tell(entry, told)

    def hear(self, event: tuple[float, bytes]) -> None:
        """Takes a message in."""
        kind, *rest = unpack(event[1])
        getattr(self, f"_on_{kind}")(*rest)

    def lose(self, chunk: Chunk, why: str) -> None:
        """Tells that all of a chunk is lost that has not ended: any of it may have begun."""
        self._flight.remove(chunk.key)
        for entry in chunk.entries:
            if entry.chunk is chunk and not entry.ended:
                self.end(entry, outcome.lost(why, started_at=None if entry.begun else chunk.sent_at))

    async def look(self) -> None:
        """Looks at what Dask says of the chunks, for what no message tells: errors of Dask's own, keys that somebody cancelled."""
        for chunk in self._flight.chunks:
            future = self._flight.future(chunk.key)
            status = None if future is None else future.status
            if future is None or status == "pending":
                continue
            if status == "error":
                await self._on_error(chunk, await future.exception())
            elif status == "finished":
                chunk.silent += 1
                if chunk.silent == _SILENT_LOOKS:
                    self._fetch(chunk, len(chunk.entries))
            else:
                self.lose(chunk, "somebody cancelled it on the cluster, or restarted the cluster's workers")

    async def close(self) -> None:
        """Stops fetching; what was heard is told."""
        for fetch in self._fetches:
            fetch.cancel()
        await asyncio.gather(*self._fetches, return_exceptions=True)
        self.flush()

    def _on_began(self, began: Sequence[tuple[str, int, float]]) -> None:
        for uid, attempt, at in began:
            entry = self._entries.get((uid, attempt))
            if entry is not None and not entry.begun:
                entry.begun = True
                if entry.chunk is not None:
                    entry.chunk.begun = True
                self._tell(entry, outcome.running(at))

    def _on_part(self, key: str, outcomes: Outcomes, end: int) -> None:
        chunk = self._flight.find(key)
        if chunk is not None:
            chunk.begun = True
            self._take(chunk, outcomes)
            self._give_back(chunk, end)

    def _on_end(self, key: str, outcomes: Outcomes, end: int, held: bool, tasks: int, seconds: float) -> None:
        chunk = self._flight.find(key)
        if chunk is None:
            return
        chunk.pace.learn(tasks, seconds)
        if held:
            self._fetch(chunk, end)
        else:
            self._finish(chunk, outcomes, end)

    def _on_let_go(self, key: str) -> None:
        # its thread has another one in its place: nothing is taken any more
        self._flight.remove(key)

    def _on_workers(self, workers: Sequence[dict[str, Any]]) -> None:
        for worker in workers:
            self._on_joined(worker)

    def _on_joined(self, worker: dict[str, Any]) -> None:
        self._flight.workers.put([worker])
        self.on_worker(worker)
        self._flight.fill_soon()

    def _on_left(self, address: str, keys: Sequence[str]) -> None:
        self._flight.workers.remove(address)
        for key in keys:
            chunk = self._flight.find(key)
            if chunk is not None:
                self.lose(chunk, _died(address))
        self._flight.fill_soon()

    def _on_erred(self, _keys: Sequence[str]) -> None:
        # the message comes before Dask's own word to the future
        self._loop.call_later(0.01, self._spawn, self.look)

    def _on_facts(self, workers: int, threads: int, memory: float, limit: float) -> None:
        self.on_facts({"workers": workers, "threads": threads, "memoryBytes": memory, "memoryLimitBytes": limit})

    def _on_hello(self) -> None:
        self.heard.set()

    async def _on_error(self, chunk: Chunk, error: BaseException | None) -> None:
        if self._flight.find(chunk.key) is None:
            return
        told = getattr(error, "outcome", None)
        if isinstance(told, bytes):
            self._finish(chunk, [(0, told)], len(chunk.entries))
        elif type(error).__name__ == "KilledWorker":
            self.lose(chunk, _died(getattr(getattr(error, "last_worker", None), "address", "that ran it")))
        else:
            self._flight.remove(chunk.key)
            self._refuse(chunk.entries, error)

    def _refuse(self, entries: Sequence[Entry], error: BaseException | None) -> None:
        # of a connection that broke all is lost, which is told on its own
        if self._client.status == "running":
            self._fail(entries, f"Dask cannot run it: {type(error).__name__}: {error}", "BACKEND_REJECTED_TASKS", error)

    def _fail(self, entries: Sequence[Entry], why: str, code: str = "TASK_NEVER_FITS", cause: BaseException | None = None) -> None:
        for entry in entries:
            self.end(entry, outcome.failed(code, why, cause=cause))

    def _take(self, chunk: Chunk, outcomes: Outcomes) -> None:
        for index, told in outcomes:
            self.end(chunk.entries[index], told)

    def _give_back(self, chunk: Chunk, end: int) -> None:
        back = chunk.entries[end:]
        if back:
            del chunk.entries[end:]
            self._flight.put_back(back)

    def _finish(self, chunk: Chunk, outcomes: Outcomes, end: int) -> None:
        self._flight.remove(chunk.key)
        self._take(chunk, outcomes)
        self._give_back(chunk, end)
        for entry in chunk.entries:
            if not entry.ended:
                self.end(entry, outcome.lost("its worker did not say what became of it", started_at=chunk.sent_at))

    def _fetch(self, chunk: Chunk, end: int) -> None:
        self._spawn(lambda: self._fetch_now(chunk, end))

    async def _fetch_now(self, chunk: Chunk, end: int) -> None:
        future = self._flight.future(chunk.key)
        if future is None:
            return
        try:
            outcomes = await self._client.gather(future, direct=self.direct)
        except Exception as error:  # noqa: BLE001 - whatever Dask says, the result is not to be had
            if self._flight.find(chunk.key) is not None:
                self.lose(chunk, f"its result is gone: {error}")
            return
        if self._flight.find(chunk.key) is not None:
            self._finish(chunk, outcomes or [], end)

    def _spawn(self, work: Callable[[], Any]) -> None:
        task = asyncio.ensure_future(work())
        self._fetches.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._fetches.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("news of tasks could not be read", exc_info=error)

    def _tell(self, entry: Entry, told: bytes) -> None:
        if not self._updates:
            # at once when little happens; together with what follows when much does
            self._loop.call_at(self._told_at + _TOGETHER_SECONDS, self.flush)
        self._updates.append((entry.task.uid, entry.task.attempt, told))

    def flush(self) -> None:
        """Tells now what is to be told."""
        if self._updates:
            self._told_at = self._loop.time()
            updates, self._updates = self._updates, []
            self._host.report(updates)


def _died(address: str) -> str:
    return f"the Dask worker {address} died or was taken away while it had the task"
