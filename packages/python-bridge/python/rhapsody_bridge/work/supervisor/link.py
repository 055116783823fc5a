"""The supervisor's end of the socket to the process whose programs it runs."""

from __future__ import annotations

import array
import socket
from collections import deque
from collections.abc import Callable
from typing import Any

from .poller import Poller
from .wire import Unframer, frame

_READ_BYTES = 262_144
_MAX_PASSED = 64


class Link:
    """Hands messages to a function, and sends what is put out in one go."""

    def __init__(self, poller: Poller, connection: socket.socket, take: Callable[[Any], None]) -> None:
        connection.setblocking(False)
        self._poller = poller
        self._socket = connection
        self._take = take
        self._unframer = Unframer()
        self._out: list[bytes] = []
        self._unsent = b""
        #: Descriptors that came along and that no message has claimed yet.
        self.passed: deque[int] = deque()
        #: True once the other end is gone.
        self.ended = False
        poller.watch(connection.fileno(), self._read)

    def put(self, *message: Any) -> None:
        self._out.append(frame(message))

    def flush(self) -> None:
        """Sends what was put; the rest goes once the other end has room."""
        if self.ended:
            self._out.clear()
            return
        waiting = bool(self._unsent)
        if self._out:
            self._unsent += b"".join(self._out)
            self._out.clear()
        if waiting or not self._unsent:
            return
        self._write()
        if self._unsent:
            self._poller.forget(self._socket.fileno())
            self._poller.watch(self._socket.fileno(), self._both, write=True)

    def _both(self) -> None:
        self._write()
        if not self._unsent:
            self._poller.forget(self._socket.fileno())
            self._poller.watch(self._socket.fileno(), self._read)

    def _write(self) -> None:
        try:
            self._unsent = self._unsent[self._socket.send(self._unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            self._end()

    def _read(self) -> None:
        try:
            data, ancillary, _, _ = self._socket.recvmsg(_READ_BYTES, socket.CMSG_SPACE(_MAX_PASSED * 4))
        except BlockingIOError:
            return
        except OSError:
            self._end()
            return
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds = array.array("i")
                fds.frombytes(payload[: len(payload) - len(payload) % fds.itemsize])
                self.passed.extend(fds)
        if not data:
            self._end()
            return
        for message in self._unframer.push(data):
            self._take(message)

    def _end(self) -> None:
        if not self.ended:
            self.ended = True
            self._unsent = b""
            self._poller.forget(self._socket.fileno())
