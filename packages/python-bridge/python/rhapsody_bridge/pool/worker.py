"""One worker process, as the loop sees it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import OrderedDict, deque
from typing import Protocol

from rhapsody_bridge.work.children import Child, receive_now
from rhapsody_bridge.work.supervision import Event, Supervisor
from rhapsody_bridge.work.supervisor.wire import Joiner, packets

from .entry import Entry


class Owner(Protocol):
    """Who hears of workers."""

    def heard(self, worker: Worker, messages: list[tuple[int, float, bytes | None]]) -> None: ...
    def ended(self, worker: Worker, end: Event) -> None: ...


class Worker:
    """A process, and the attempts that it was given and has not ended, oldest first. What its socket has no room for is sent later."""

    def __init__(self, supervisor: Supervisor, owner: Owner) -> None:
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._joiner = Joiner()
        self._unsent: deque[bytes] = deque()
        self._numbers = 0
        self.flight: OrderedDict[int, Entry] = OrderedDict()
        #: Calls that it was given in all.
        self.given = 0
        #: Set when it gets no more.
        self.leaving = False
        #: Set when it was killed on request.
        self.killed = False
        self._started = False
        #: Set when nothing of it is alive and its attempts were told of.
        self.gone = asyncio.Event()
        self._child = Child(supervisor, self._ends)
        self._socket: socket.socket = self._child.socket
        self._socket.setblocking(False)
        self._loop.add_reader(self._socket, self._read)
        self._send(self._child.boot())

    def give(self, entry: Entry) -> None:
        """Hands an attempt over."""
        self._numbers += 1
        self.given += 1
        self.flight[self._numbers] = entry
        self._send(packets((self._numbers, entry.task.work)))

    def take_back(self) -> list[Entry]:
        """The attempts that it has not begun to read, which it will not get; oldest first."""
        # Before it has started its own code is on the way; in the middle of a message there is nothing behind it.
        if not self._started or self._unsent:
            return []
        return [self.flight.pop(number) for number, _ in self._child.take_back()]

    def kill(self, grace: float) -> None:
        self.leaving = self.killed = True
        self._child.kill(grace)

    def retire(self) -> None:
        """Lets it end once it has nothing to do."""
        self.leaving = True
        # It may be gone already.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def output(self, limit: int) -> dict[str, object]:
        return self._child.output(limit)

    def trim_output(self) -> None:
        """Gives back the memory of what its function printed beyond the end that is kept, once that runs alone."""
        if len(self.flight) == 1:
            [entry] = self.flight.values()
            self._child.trim_output(lambda: entry.output_limit)

    def read_rest(self) -> None:
        """Takes in what it sent before somebody looks at its attempts."""
        self._read()

    def _send(self, data: list[bytes]) -> None:
        waiting = bool(self._unsent)
        self._unsent.extend(data)
        if not waiting:
            self._write()
            if self._unsent:
                self._loop.add_writer(self._socket, self._write)

    def _write(self) -> None:
        try:
            while self._unsent:
                self._socket.send(self._unsent[0])
                self._unsent.popleft()
        except BlockingIOError:
            return
        except OSError:
            # Its end is on its way here.
            self._unsent.clear()
        self._loop.remove_writer(self._socket)

    def _read(self) -> None:
        messages: list[tuple[int, float, bytes | None]] = []
        while packet := receive_now(self._socket):
            message = self._joiner.push(packet)
            if message is not None and message[0] == 0:
                self._started = True
            elif message is not None:
                messages.append(message)
        if messages:
            self._owner.heard(self, messages)

    def _ends(self, end: Event) -> None:
        self._loop.call_soon_threadsafe(self._ended, end)

    def _ended(self, end: Event) -> None:
        self._read()
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._owner.ended(self, end)
        self._child.close()
        self.gone.set()
