"""Processes of their own for functions that must be killable, or need an environment or a directory that threads cannot have."""

from __future__ import annotations

import os
import queue
import socket
import sys
import threading
from typing import Any

from . import outcomes
from .boot import BOOT, pack
from .memory_file import open_memory_file, read_tail
from .printing import output_fields
from .programs import how_it_ended, not_run, stopper
from .runs import Run, finish
from .supervision import Ended, Event, Start, Supervisor
from .supervisor.wire import Unframer, frame

CHILD_MODULES = (
    "refusals",
    "values",
    "outcome",
    "work.supervisor.wire",
    "work.supervisor.tail",
    "work.supervisor.failures",
    "work.memory_file",
    "work.functions",
    "work.printing",
    "work.outcomes",
    "work.child",
)
_READ_BYTES = 262_144
#: How many wait for work at most; each keeps the modules it has loaded.
_MAX_IDLE = 8


class Child:
    """One such process."""

    def __init__(self, supervisor: Supervisor) -> None:
        """Starts it.

        Raises:
            OSError: it cannot be started.
        """
        self._files = [open_memory_file("rhapsody-stdout"), open_memory_file("rhapsody-stderr")]
        self.socket, theirs = socket.socketpair()
        self._ends: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._unframer = Unframer()
        with theirs:
            start = Start(
                argv=[sys.executable, "-c", BOOT],
                environment={},
                working_directory=os.getcwd(),
                stdout="passed",
                stderr="passed",
                passed=[*self._files, theirs.fileno()],
            )
            self._number = supervisor.start(start, self._ends.put)
        self.kill = stopper(supervisor, self._number)

    def call(self, work: bytes, run: Run) -> bytes | Event:
        """Runs work; gives its outcome, or the end of the process."""
        try:
            self.socket.sendall(frame((1, work)))
            while data := self.socket.recv(_READ_BYTES):
                for _, began, outcome in self._unframer.push(data):
                    if outcome is not None:
                        return bytes(outcome)
                    run.begin(began)
        except OSError:
            # Its end tells more.
            pass
        return self._ends.get()

    def boot(self) -> None:
        """Sends what it is to run."""
        self.socket.sendall(pack(CHILD_MODULES, path=sys.path))

    def output(self, limit: int) -> dict[str, Any]:
        """What the process printed since its last call ended."""
        return output_fields(*(read_tail(fd, limit) for fd in self._files))

    def close(self) -> None:
        self.socket.close()
        for fd in self._files:
            os.close(fd)
        self._files.clear()


class Children:
    """The children of a site: started when there is none to spare, kept for the next function."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._lock = threading.Lock()
        self._idle: list[Child] = []
        self._closed = False

    def run(self, work: bytes, run: Run, limit: int) -> bytes:
        """Calls a function in a child; gives its outcome."""
        child = self._take()
        run.on_stop(child.kill)
        end = child.call(work, run)
        if isinstance(end, bytes) and not run.stopping:
            self._give(child)
            return end
        outcome = {"state": "CANCELED"} if isinstance(end, bytes) else died(end, child.output(limit))
        child.close()
        return finish(outcome, run)

    def close(self) -> None:
        """Lets go of those that wait for work."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for child in idle:
            child.close()

    def _take(self) -> Child:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        child = Child(self._supervisor)
        child.boot()
        return child

    def _give(self, child: Child) -> None:
        with self._lock:
            if not self._closed and len(self._idle) < _MAX_IDLE:
                self._idle.append(child)
                return
        child.close()


def died(end: Event, output: dict[str, Any]) -> dict[str, Any]:
    """The outcome of a function whose process ended."""
    if not isinstance(end, Ended):
        return not_run(end)
    return outcomes.failed("TASK_WORKER_DIED", f"the worker that ran the function {how_it_ended(end)}", output)
