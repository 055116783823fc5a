"""The way to a supervisor: a small helper process that starts programs, captures their output and kills them with all that they started."""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .boot import BOOT, pack
from .supervisor.family import kill_marked
from .supervisor.wire import Unframer, frame

_MODULES = tuple(
    f"work.supervisor.{name}" for name in ("wire", "tail", "failures", "family", "poller", "link", "spawn", "program", "strays", "main")
)
_READ_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class Began:
    """The program runs, since then in Unix milliseconds."""

    at: float


@dataclass(frozen=True, slots=True)
class Ended:
    """The program ended and nothing that it started is alive."""

    exit_code: int | None
    signal: str | None
    #: The end of each stream that was captured, and whether its beginning is missing.
    stdout: tuple[bytes, bool] | None
    stderr: tuple[bytes, bool] | None
    began: float
    ended: float
    peak_memory: int | None
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The program could not be started: a task failure code and a message."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """The program was stopped before it was started."""


@dataclass(frozen=True, slots=True)
class SupervisorLost:
    """The supervisor died; everything that it ran was killed."""


Event = Began | Ended | Failed | Dropped | SupervisorLost

#: Where a stream goes: at most so many bytes of its end into the event, into `file:PATH`, into a `passed` descriptor, or nowhere.
Target = int | str | None


@dataclass(frozen=True, slots=True)
class Start:
    """A program to start."""

    argv: Sequence[str]
    environment: dict[str, str]
    working_directory: str
    stdin: bytes | None = None
    stdout: Target = None
    stderr: Target = None
    #: Descriptors for it, which are copied: those of streams whose target is `"passed"`, then its own from 3 on.
    passed: Sequence[int] = ()
    #: Whether `Began` is wanted.
    tell: bool = False


class Supervisor:
    """A supervisor and what it runs, started with the first program and again after its death."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._listeners: dict[int, Callable[[Event], None]] = {}
        self._numbers = itertools.count(1)
        self._closed = False

    def start(self, start: Start, listener: Callable[[Event], None]) -> int:
        """Starts a program. `listener` is called in a thread of its own and must not block; one event, the last, is no `Began`.

        Raises:
            OSError: the supervisor cannot be started, or is closed.
        """
        number = next(self._numbers)
        message = frame(
            (
                "start",
                {
                    "number": number,
                    "argv": list(start.argv),
                    "environment": start.environment,
                    "cwd": start.working_directory,
                    "mkdir": False,
                    "stdin": start.stdin,
                    "stdout": start.stdout,
                    "stderr": start.stderr,
                    "passed": len(start.passed),
                    "tell": start.tell,
                },
            )
        )
        with self._lock:
            connection = self._open()
            self._listeners[number] = listener
            try:
                if start.passed:
                    sent = socket.send_fds(connection, [message], list(start.passed))
                    message = message[sent:]
                connection.sendall(message)
            except OSError:
                # Its end is noticed by the reader, which tells the listener.
                pass
        return number

    def kill(self, number: int, grace: float) -> None:
        """Asks a program and all that it started to end, and kills what is left after `grace` seconds. Its last event tells its end."""
        with self._lock:
            if self._socket is not None and number in self._listeners:
                with contextlib.suppress(OSError):
                    self._socket.sendall(frame(("kill", number, grace)))

    def close(self) -> None:
        """Kills what runs and ends the supervisor."""
        with self._lock:
            self._closed = True
            connection, process = self._socket, self._process
            if connection is not None:
                # It may have died this moment.
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_WR)
        if process is not None:
            process.wait()

    @property
    def pid(self) -> int | None:
        """Process id of the supervisor while it runs."""
        return None if self._process is None else self._process.pid

    def _open(self) -> socket.socket:
        if self._closed:
            raise OSError("the supervisor of programs is closed")
        if self._socket is not None:
            return self._socket
        if not sys.executable:
            raise OSError("this Python does not know its own executable, so it cannot start the supervisor of programs")
        ours, theirs = socket.socketpair()
        marker = _marker()
        with ours_closed_on_error(ours), theirs:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-E", "-c", _FIRST.format(fd=theirs.fileno()) + BOOT],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                # Ctrl-C in a terminal is for the process that owns it.
                start_new_session=True,
            )
            ours.sendall(pack(_MODULES) + frame(("open", marker)))
        self._socket, self._process = ours, process
        threading.Thread(target=self._listen, args=(ours, process, marker), name="rhapsody-supervisor", daemon=True).start()
        return ours

    def _listen(self, connection: socket.socket, process: subprocess.Popen[bytes], marker: str) -> None:
        unframer = Unframer()
        while data := _receive(connection):
            for message in unframer.push(data):
                self._hear(message)
        process.wait()
        kill_marked(marker)
        with self._lock:
            connection.close()
            self._socket = self._process = None
            lost, self._listeners = self._listeners, {}
        for listener in lost.values():
            listener(SupervisorLost())

    def _hear(self, message: tuple[Any, ...]) -> None:
        kind, number, *rest = message
        if kind == "began":
            listener = self._listeners.get(number)
            if listener is not None:
                listener(Began(rest[0]))
            return
        listener = self._listeners.pop(number, None)
        if listener is not None:
            listener(Ended(*rest) if kind == "ended" else Failed(*rest) if kind == "failed" else Dropped())


# Its socket becomes descriptor 3, and 0 to 2 are in use, so that no pipe of a program takes their numbers.
_FIRST = "import os; os.dup2({fd}, 3, False); {fd} == 3 or os.close({fd})\n"


class ours_closed_on_error:  # noqa: N801
    """Closes a socket when the block fails."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self._connection.close()


def _receive(connection: socket.socket) -> bytes:
    try:
        return connection.recv(_READ_BYTES)
    except OSError:
        return b""


def _marker() -> str:
    outer = os.environ.get("RHAPSODY_PROCESS")
    own = secrets.token_hex(8)
    # A supervisor inside a task appends its own part to the task's.
    return own if outer is None else f"{outer}/{own}"
