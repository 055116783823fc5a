"""One running program and our ends of its pipes."""

from __future__ import annotations

import os
import resource
import signal
import stat
import sys
import time
from typing import Any, Protocol

from .family import peak_memory
from .spawn import Stdio
from .tail import Tail

_READ_BYTES = 65_536
_SETTLED_MS = 200
#: `ru_maxrss` is in KiB on Linux, in bytes on macOS.
_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
#: A file that a program prints to is freed from its beginning, in steps of this many bytes, as long as this much stays.
_FILE_TAIL_BYTES = 64 * 1_048_576


class Poller(Protocol):
    """Watches descriptors."""

    def watch(self, fd: int, ready: Any, *, write: bool = False) -> None: ...
    def forget(self, fd: int) -> None: ...


class Program:
    """The first process of a task, from its start until nothing of it is alive."""

    def __init__(self, number: int, pid: int, began: float) -> None:
        self.number = number
        self.pid = pid
        self.began = began
        #: When to kill what is left, once somebody asked for the end, in seconds of the monotonic clock.
        self.kill_at: float | None = None
        self.status: int | None = None
        self._usage: resource.struct_rusage | None = None
        self._ended = 0.0
        self._sampled = 0
        self._input: _Input | None = None
        self._outputs: list[_Output | None] = [None, None]
        self._files: list[int] = []

    def connect(self, poller: Poller, request: dict[str, Any], stdio: Stdio) -> None:
        """Takes over our ends of its pipes."""
        if stdio.input is not None:
            self._input = _Input(poller, stdio.input, request["stdin"])
        for index, fd, limit in ((0, stdio.output, request["stdout"]), (1, stdio.error, request["stderr"])):
            if fd is not None:
                self._outputs[index] = _Output(poller, fd, limit)

    def keep_short(self, fds: list[int]) -> None:
        """Takes over descriptors of files that the program prints to, whose beginnings are freed when they grow."""
        for fd in fds:
            if stat.S_ISREG(os.fstat(fd).st_mode):
                self._files.append(fd)
            else:
                os.close(fd)

    def keep_house(self, punch: Any) -> None:
        """Notes the memory used so far, which the kernel tells at the end only of what is larger than this process; frees long files."""
        # A process that has just begun may not be the program yet.
        if time.time() * 1000 - self.began > _SETTLED_MS:
            self._sampled = max(self._sampled, peak_memory(self.pid) or 0)
        for fd in self._files:
            size = os.fstat(fd).st_size
            if size > 2 * _FILE_TAIL_BYTES:
                punch(fd, size - _FILE_TAIL_BYTES)

    def reaped(self, status: int, usage: resource.struct_rusage) -> None:
        self.status = status
        self._usage = usage
        self._ended = time.time() * 1000

    def end(self) -> tuple[Any, ...]:
        """Closes the pipes; tells how it went."""
        if self._input is not None:
            self._input.close()
        for fd in self._files:
            os.close(fd)
        stdout, stderr = (None if output is None else output.finish() for output in self._outputs)
        code, name = _how_it_ended(self.status or 0)
        return code, name, stdout, stderr, self.began, self._ended, self._peak(), self._cpu_ms()

    def _peak(self) -> int | None:
        counted = 0 if self._usage is None else self._usage.ru_maxrss
        # exec carries the peak of the process before it along, which was this one's (fs/exec.c, setmax_mm_hiwater_rss).
        if counted > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss:
            return counted * _MAXRSS_UNIT
        return self._sampled or None

    def _cpu_ms(self) -> float:
        return 0.0 if self._usage is None else (self._usage.ru_utime + self._usage.ru_stime) * 1000


def _how_it_ended(status: int) -> tuple[int | None, str | None]:
    if not os.WIFSIGNALED(status):
        return os.WEXITSTATUS(status), None
    number = os.WTERMSIG(status)
    try:
        return None, signal.Signals(number).name
    except ValueError:
        return None, f"signal {number}"


class _Input:
    """Feeds bytes to a program."""

    def __init__(self, poller: Poller, fd: int, data: bytes) -> None:
        self._poller = poller
        self._fd: int | None = fd
        self._left = memoryview(data)
        poller.watch(fd, self._ready, write=True)

    def close(self) -> None:
        if self._fd is not None:
            self._poller.forget(self._fd)
            os.close(self._fd)
            self._fd = None

    def _ready(self) -> None:
        if self._fd is None:
            return
        try:
            while self._left:
                self._left = self._left[os.write(self._fd, self._left) :]
        except BlockingIOError:
            return
        except OSError:
            # A program may leave its input unread.
            pass
        self.close()


class _Output:
    """Takes in what a program prints."""

    def __init__(self, poller: Poller, fd: int, limit: int) -> None:
        self._poller = poller
        self._fd: int | None = fd
        self._tail = Tail(limit)
        poller.watch(fd, self._read)

    def finish(self) -> tuple[bytes, bool]:
        # All that the program wrote is in the pipe by now; whoever else holds the other end is not waited for.
        while self._read():
            pass
        self._close()
        return self._tail.captured()

    def _read(self) -> bool:
        if self._fd is None:
            return False
        try:
            data = os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return False
        if data:
            self._tail.push(data)
            return True
        self._close()
        return False

    def _close(self) -> None:
        if self._fd is not None:
            self._poller.forget(self._fd)
            os.close(self._fd)
            self._fd = None
