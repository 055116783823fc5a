"""Processes of their own for functions that must be killable, or need an environment or a directory that threads cannot have."""

from __future__ import annotations

import os
import queue
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

from . import outcomes
from .boot import BOOT, pack, parts
from .memory_file import forget_beginning, keeps_much, open_memory_file, read_tail
from .printing import output_fields
from .programs import how_it_ended, not_run, stopper
from .runs import Run, finish
from .supervision import Ended, Event, Start, Supervisor
from .supervisor.wire import PACKET_BYTES, Joiner, packets

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
_READ_BYTES = PACKET_BYTES + 1
# macOS has no sequenced packets between its own processes; datagrams there keep their order too.
_PACKETS = getattr(socket, "SOCK_SEQPACKET", socket.SOCK_DGRAM) if sys.platform == "linux" else socket.SOCK_DGRAM
#: How often memory of output that nobody wants is given back, in seconds.
TRIM_SECONDS = 1.0
#: How many wait for work at most; each keeps the modules it has loaded.
_MAX_IDLE = 8


class Child:
    """One such process. It says `(0, 0, None)` when it has started, and of each call `(number, began, None)` and then its outcome."""

    def __init__(self, supervisor: Supervisor, on_end: Callable[[Event], None]) -> None:
        """Starts it. `on_end` is called in another thread.

        Raises:
            OSError: it cannot be started.
        """
        self._files = [open_memory_file("rhapsody-stdout"), open_memory_file("rhapsody-stderr")]
        #: Packets, each of which only one reader gets.
        self.socket, self._theirs = socket.socketpair(type=_PACKETS)
        start = Start(
            argv=[sys.executable, "-c", BOOT],
            environment={},
            working_directory=os.getcwd(),
            stdout="passed",
            stderr="passed",
            passed=[*self._files, self._theirs.fileno()],
        )
        theirs = self._theirs

        def ended(event: Event) -> None:
            # Our copy of its end keeps the socket open; what it sent before can still be read.
            theirs.close()
            on_end(event)

        self._number = supervisor.start(start, ended)
        self.kill = stopper(supervisor, self._number)

    def boot(self) -> list[bytes]:
        """What is to be sent first: what it runs."""
        return parts(pack(CHILD_MODULES, path=sys.path))

    def take_back(self) -> list[Any]:
        """The messages that it has not begun to read, which it will not get."""
        joiner = Joiner()
        messages: list[Any] = []
        while packet := receive_now(self._theirs):
            message = joiner.push(packet)
            if message is not None:
                messages.append(message)
        return messages

    def output(self, limit: int) -> dict[str, Any]:
        """What the process printed since its last call ended."""
        return output_fields(*(read_tail(fd, limit) for fd in self._files))

    def trim_output(self, limit: Callable[[], int]) -> None:
        """Gives back the memory of what it printed beyond `limit`. Only while the call that prints is its only one."""
        for fd in self._files:
            if keeps_much(fd):
                forget_beginning(fd, limit())

    def close(self) -> None:
        """Lets go of it; it ends when it waits for a call."""
        self.socket.close()
        self._theirs.close()
        for fd in self._files:
            os.close(fd)
        self._files.clear()


def receive_now(connection: socket.socket) -> bytes:
    """The next packet, if there is one."""
    try:
        return connection.recv(_READ_BYTES, socket.MSG_DONTWAIT)
    except OSError:
        return b""


class LentChild:
    """A child whose calls are waited for."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._ends: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._child = Child(supervisor, self._ends.put)
        self.kill = self._child.kill
        self.output = self._child.output
        self.close = self._child.close
        self._send(self._child.boot())

    def call(self, work: bytes, run: Run, limit: int) -> bytes | Event:
        """Runs work; gives its outcome, or the end of the process."""
        joiner = Joiner()
        self._send(packets((1, work)))
        self._child.socket.settimeout(TRIM_SECONDS)
        while packet := self._receive(limit):
            message = joiner.push(packet)
            if message is not None and message[2] is not None:
                return bytes(message[2])
            if message is not None and message[0] != 0:
                run.begin(message[1])
        return self._ends.get()

    def _send(self, data: list[bytes]) -> None:
        # It may take long to read, or to start.
        self._child.socket.settimeout(None)
        try:
            for packet in data:
                self._child.socket.sendall(packet)
        except OSError:
            # Its end tells more.
            pass

    def _receive(self, limit: int) -> bytes:
        while True:
            try:
                return self._child.socket.recv(_READ_BYTES)
            except TimeoutError:
                self._child.trim_output(lambda: limit)
            except OSError:
                return b""


class Children:
    """The children of a site: started when there is none to spare, kept for the next function."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._lock = threading.Lock()
        self._idle: list[LentChild] = []
        self._closed = False

    def run(self, work: bytes, run: Run, limit: int) -> bytes:
        """Calls a function in a child; gives its outcome."""
        child = self._take()
        run.on_stop(child.kill)
        end = child.call(work, run, limit)
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

    def _take(self) -> LentChild:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return LentChild(self._supervisor)

    def _give(self, child: LentChild) -> None:
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
