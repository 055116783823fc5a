"""The pool: a line of attempts and the workers that take from it."""

from __future__ import annotations

import asyncio
import platform
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from rhapsody_bridge import outcome
from rhapsody_bridge.engine import Attempt, CancelOutcome, EngineError, Host, OpenRequest, Task, Update
from rhapsody_bridge.work.children import TRIM_SECONDS, died
from rhapsody_bridge.work.outcomes import encoded
from rhapsody_bridge.work.runs import now_ms
from rhapsody_bridge.work.supervision import Dropped, Event, Supervisor

from .entry import Entry
from .pace import Pace
from .worker import Worker

#: A begin is told when the function runs for this long, in seconds; the end of those that are shorter tells it too.
_TELL_AFTER = 0.01
#: What is larger than this is given to workers that are idle, so that it can be taken back whole, in bytes.
_MAX_AHEAD_BYTES = 4_096
_MAX_EARLY_DEATHS = 2


class PoolEngine:
    """Runs Python functions in ``workers`` processes, started when there is work for them and kept for the next.

    Settings: ``workers``, how many at most; ``maxTasks``, after how many calls a worker is replaced by a new one (absent: never).
    """

    def __init__(self) -> None:
        self._supervisor = Supervisor()
        self._host: Host
        self._line: deque[Entry] = deque()
        self._entries: dict[Attempt, Entry] = {}
        self._workers: list[Worker] = []
        self._pace = Pace()
        self._untold: dict[Attempt, float] = {}
        self._size = 1
        self._max_tasks: int | None = None
        self._closed = False
        self._trims = False

    async def open(self, request: OpenRequest, host: Host) -> Mapping[str, Any]:
        """See ``Engine``. Starts nothing."""
        workers, max_tasks = request.settings.get("workers"), request.settings.get("maxTasks")
        if not isinstance(workers, int) or workers < 1:
            raise EngineError("BACKEND_UNAVAILABLE", f"the pool needs at least one worker, not {workers!r}; set `workers`")
        self._host = host
        self._size = workers
        self._max_tasks = max_tasks
        return {"name": "pool", "version": platform.python_version(), "python": sys.executable}

    async def submit(self, tasks: Sequence[Task]) -> None:
        """See ``Engine``."""
        if self._closed:
            raise EngineError("BACKEND_CLOSED", "the pool is closed; open it again")
        for task in tasks:
            if task.kind != "python":
                raise EngineError("BACKEND_REJECTED_TASKS", f"the pool runs Python functions, not a task of kind {task.kind}")
        for task in tasks:
            entry = Entry(task)
            self._entries[entry.key] = entry
            self._line.append(entry)
        self._dispatch()

    async def cancel(self, attempts: Sequence[Attempt], reason: str, grace: float) -> Sequence[CancelOutcome]:  # noqa: ARG002 Python functions are not asked why
        """See ``Engine``. A running function is killed with its worker."""
        leaving = [self._stop(entry, grace) for entry in map(self._entries.get, attempts) if entry is not None]
        self._dispatch()
        for worker in leaving:
            if worker is not None:
                await worker.gone.wait()
        return ["cancelled" for _ in attempts]

    async def call(self, method: str, params: Any) -> Any:  # noqa: ARG002 none takes any
        """See ``Engine``. There is ``workers``, which gives how many run."""
        if method == "workers":
            return len(self._workers)
        raise EngineError("BACKEND_REJECTED_TASKS", f"the pool has no method {method}")

    async def close(self, grace: float) -> None:
        """See ``Engine``."""
        self._closed = True
        await self.cancel(list(self._entries), "the pool was closed", grace)
        workers = list(self._workers)
        for worker in workers:
            worker.kill(0)
        for worker in workers:
            await worker.gone.wait()
        await asyncio.to_thread(self._supervisor.close)

    def heard(self, worker: Worker, messages: list[tuple[int, float, bytes | None]]) -> None:
        """Takes news of a worker's calls."""
        updates: list[Update] = []
        for number, began, result in messages:
            if result is None:
                self._begun(worker.flight[number], began)
                continue
            entry = worker.flight.pop(number)
            self._untold.pop(entry.key, None)
            self._pace.note(entry.task.group, now_ms() - (entry.began or began))
            updates.append(self._end(entry, outcome.canceled({"startedAt": began}) if entry.stopped else result))
        if worker.leaving and not worker.flight:
            worker.retire()
        if updates:
            self._host.report(updates)
        self._dispatch()

    def ended(self, worker: Worker, end: Event) -> None:
        """Takes the end of a worker: what had begun there failed, what had not is given to others."""
        self._workers.remove(worker)
        updates: list[Update] = []
        # those behind it had not been looked at
        turn = next(iter(worker.flight.values()), None)
        for entry in reversed(worker.flight.values()):
            entry.deaths += entry is turn and not worker.killed
            if entry.began is None and not entry.stopped and entry.deaths < _MAX_EARLY_DEATHS and not self._closed:
                self._put_back([entry])
            else:
                self._untold.pop(entry.key, None)
                updates.append(self._end(entry, self._death(worker, entry, end)))
        worker.flight.clear()
        if updates:
            self._host.report(updates)
        self._dispatch()

    def _death(self, worker: Worker, entry: Entry, end: Event) -> bytes:
        told = died(end, worker.output(entry.output_limit)) if not isinstance(end, Dropped) else {"state": "CANCELED"}
        if entry.stopped:
            told = {key: value for key, value in told.items() if key != "failure"} | {"state": "CANCELED"}
        times = {"finishedAt": now_ms()} | ({} if entry.began is None else {"startedAt": entry.began})
        return encoded({**times, **told})

    def _stop(self, entry: Entry, grace: float) -> Worker | None:
        """Takes an attempt out of the line, or kills the worker that runs it, which is given back: it is gone later."""
        worker = entry.worker
        entry.stopped = True
        if worker is not None:
            # Nobody else's work may begin there any more; what it has not read comes back.
            self._put_back(worker.take_back())
            worker.read_rest()
        if entry.key not in self._entries:
            return None
        if entry.worker is None:
            self._host.report([self._end(entry, outcome.canceled())])
            return None
        entry.worker.kill(grace)
        return entry.worker

    def _put_back(self, entries: Sequence[Entry]) -> None:
        for entry in reversed(entries):
            entry.worker = None
            self._line.appendleft(entry)

    def _begun(self, entry: Entry, began: float) -> None:
        entry.began = began
        if not self._untold:
            asyncio.get_running_loop().call_later(_TELL_AFTER, self._tell)
        self._untold[entry.key] = began

    def _tell(self) -> None:
        """Tells of begins. What began a moment ago is among them: that is once for many at most."""
        untold, self._untold = self._untold, {}
        if untold:
            self._host.report([(uid, attempt, outcome.running(began)) for (uid, attempt), began in untold.items()])

    def _end(self, entry: Entry, result: bytes) -> Update:
        self._untold.pop(entry.key, None)
        self._entries.pop(entry.key, None)
        return (*entry.key, result)

    def _dispatch(self) -> None:
        """Gives what is in line to workers that have room."""
        while self._line and not self._closed:
            entry = self._line[0]
            if entry.key not in self._entries:
                self._line.popleft()
                continue
            ahead = 1 if len(entry.task.work) > _MAX_AHEAD_BYTES else self._pace.ahead(entry.task.group)
            worker = self._free_worker(ahead)
            if worker is None:
                return
            self._line.popleft()
            entry.worker = worker
            worker.give(entry)
            if self._max_tasks is not None and worker.given >= self._max_tasks:
                worker.leaving = True
        self._share_out()

    def _share_out(self) -> None:
        """Gives a worker without work what another one was given ahead."""
        staying = [worker for worker in self._workers if not worker.leaving]
        if self._closed or (len(self._workers) >= self._size and all(worker.flight for worker in staying)):
            return
        fullest = max(staying, key=lambda worker: len(worker.flight), default=None)
        if fullest is not None and len(fullest.flight) > 1:
            self._put_back(fullest.take_back())
            if self._line:
                self._dispatch()

    def _free_worker(self, ahead: int) -> Worker | None:
        """The one with least to do, or a new one before somebody waits."""
        staying = [worker for worker in self._workers if not worker.leaving]
        best = min(staying, key=lambda worker: len(worker.flight), default=None)
        if best is not None and not best.flight:
            return best
        if len(self._workers) < self._size:
            return self._start_worker()
        return best if best is not None and len(best.flight) < ahead else None

    def _start_worker(self) -> Worker | None:
        try:
            worker = Worker(self._supervisor, self)
        except OSError as error:
            if not self._workers:
                message = f"a worker for Python functions cannot be started: {error}"
                self._host.report([self._end(entry, outcome.failed("TASK_WORKER_DIED", message)) for entry in list(self._entries.values())])
            return None
        self._workers.append(worker)
        if not self._trims:
            self._trims = True
            asyncio.get_running_loop().call_later(TRIM_SECONDS, self._trim)
        return worker

    def _trim(self) -> None:
        self._trims = bool(self._workers)
        for worker in self._workers:
            worker.trim_output()
        if self._trims:
            asyncio.get_running_loop().call_later(TRIM_SECONDS, self._trim)
