"""What a process of its own for functions runs: calls one function after the other, as it is told by descriptor 3."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from rhapsody_bridge.values import decode

from . import outcomes
from .functions import CallError, call, describe
from .memory_file import read_tail
from .printing import open_output, output_fields
from .supervisor.failures import StartError, bad_working_directory
from .supervisor.wire import PACKET_BYTES, Joiner, packets

_CHANNEL = 3
_READ_BYTES = PACKET_BYTES + 1


def main() -> None:
    """Serves calls until the other end of the channel is closed."""
    os.set_inheritable(_CHANNEL, False)
    faulthandler.enable(file=2)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)  # type: ignore[union-attr]
    flush = _flusher()
    home = os.getcwd()
    joiner = Joiner()
    _send((0, 0.0, None))
    # One packet at a time: those that are not read may be taken back.
    while packet := os.read(_CHANNEL, _READ_BYTES):
        message = joiner.push(packet)
        if message is not None:
            _serve(message[0], decode(message[1]), flush)
            # Functions may go elsewhere, too.
            with contextlib.suppress(OSError):
                os.chdir(home)


def _serve(number: int, work: Mapping[str, Any], flush: Callable[[], None]) -> None:
    began = round(time.time() * 1000)
    cpu = time.process_time()
    output = _Output(work, flush)
    leave: list[Callable[[], None]] = []
    try:
        _enter(work, leave)
        output.open()
        _send((number, began, None))
        outcome = outcomes.returned(call(work), {})
    except (CallError, StartError) as error:
        outcome = outcomes.failed(error.code, error.message, {"cause": error.__cause__})
    except BaseException as error:  # noqa: BLE001 SystemExit too is no more than the function's end
        outcome = outcomes.threw(error, {})
    outcome = {"startedAt": began, "finishedAt": round(time.time() * 1000), **outcome, **output.close()}
    for undo in reversed(leave):
        undo()
    outcome["resources"] = {"cpuTimeMs": (time.process_time() - cpu) * 1000}
    _send((number, began, outcomes.encoded(outcome)))


def _send(message: tuple[int, float, bytes | None]) -> None:
    for packet in packets(message):
        os.write(_CHANNEL, packet)


def _enter(work: Mapping[str, Any], leave: list[Callable[[], None]]) -> None:
    """Sets the variables and the directory of a call; the variables are put back as they were afterwards."""
    environment: Mapping[str, str] = work["environment"]
    if environment:
        before = {name: os.environ.get(name) for name in environment}
        leave.append(lambda: _restore(before))
        try:
            os.environ.update(environment)
        except ValueError as error:
            raise CallError("TASK_SPAWN_FAILED", f"the environment cannot be set: {describe(error)}") from None
    directory = work.get("workingDirectory")
    if directory is not None:
        try:
            if work.get("createWorkingDirectory"):
                os.makedirs(directory, exist_ok=True)
            os.chdir(directory)
        except OSError as error:
            raise bad_working_directory(directory, error.errno or 0, bool(work.get("createWorkingDirectory"))) from None


def _restore(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


class _Output:
    """What a call prints: descriptors 1 and 2, files of nobody else, so that what C code and child processes print is there too."""

    def __init__(self, work: Mapping[str, Any], flush: Callable[[], None]) -> None:
        self._work = work
        self._flush = flush
        self._saved: list[int] = []

    def open(self) -> None:
        if self._work["capture"] != "file":
            return
        opened = [open_output(self._work["files"][name]) for name in ("stdout", "stderr")]
        self._saved = [os.dup(fd) for fd in (1, 2)]
        for fd, target in enumerate(opened, 1):
            os.dup2(target, fd)
            os.close(target)

    def close(self) -> dict[str, Any]:
        self._flush()
        if self._saved:
            for fd, saved in enumerate(self._saved, 1):
                os.dup2(saved, fd)
                os.close(saved)
            return dict(self._work["files"])
        limit = self._work["maxOutputBytes"] if self._work["capture"] == "memory" else 0
        fields = output_fields(*(_taken(fd, limit) for fd in (1, 2)))
        if self._work["capture"] != "memory":
            fields.pop("outputTruncated", None)
        return fields


def _taken(fd: int, limit: int) -> tuple[bytes, bool]:
    if os.fstat(fd).st_size == 0:
        return b"", False
    tail = read_tail(fd, limit)
    os.ftruncate(fd, 0)
    return tail


def _flusher() -> Callable[[], None]:
    try:
        import ctypes

        flush_c: Callable[[None], Any] = ctypes.CDLL(None).fflush
    except (ImportError, OSError, AttributeError):
        flush_c = len  # type: ignore[assignment]

    def flush() -> None:
        for stream in (sys.stdout, sys.stderr):
            # What the function put there may be closed or broken.
            with contextlib.suppress(Exception):
                stream.flush()
        with contextlib.suppress(TypeError):
            flush_c(None)

    return flush
