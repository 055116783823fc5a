"""What functions print, apart for each of those that share a process."""

from __future__ import annotations

import contextvars
import os
import sys
import threading
from collections.abc import Mapping
from typing import Any, Protocol, TextIO

from .supervisor.failures import bad_output_file
from .supervisor.tail import Tail, text_of


class Prints(Protocol):
    """Takes what one function prints."""

    def write(self, fd: int, data: bytes) -> None: ...
    def close(self) -> dict[str, Any]:
        """Takes no more; gives the fields of the outcome."""
        ...


def open_prints(work: Mapping[str, Any]) -> Prints:
    """Where the prints of a piece of work go.

    Raises:
        StartError: a file cannot be written.
    """
    if work["capture"] == "memory":
        return _MemoryPrints(work["maxOutputBytes"])
    return _FilePrints(work["files"]) if work["capture"] == "file" else _NoPrints()


class _NoPrints:
    def write(self, fd: int, data: bytes) -> None:
        pass

    def close(self) -> dict[str, Any]:
        return {"stdout": "", "stderr": ""}


class _MemoryPrints:
    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._tails: dict[int, Tail] = {}

    def write(self, fd: int, data: bytes) -> None:
        tail = self._tails.get(fd)
        if tail is None:
            tail = self._tails[fd] = Tail(self._limit)
        tail.push(data)

    def close(self) -> dict[str, Any]:
        ends = [self._tails[fd].captured() if fd in self._tails else (b"", False) for fd in (1, 2)]
        return output_fields(*ends)


class _FilePrints:
    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files
        self._fds: dict[int, int] = {}
        try:
            for fd, name in ((1, "stdout"), (2, "stderr")):
                self._fds[fd] = open_output(files[name])
        except BaseException:
            self.close()
            raise

    def write(self, fd: int, data: bytes) -> None:
        left = memoryview(data)
        while left and fd in self._fds:
            left = left[os.write(self._fds[fd], left) :]

    def close(self) -> dict[str, Any]:
        for fd in self._fds.values():
            os.close(fd)
        self._fds.clear()
        return dict(self._files)


def open_output(path: str) -> int:
    """Makes or empties a file for output.

    Raises:
        StartError: `TASK_SPAWN_FAILED`.
    """
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    except OSError as error:
        raise bad_output_file(path, error.errno or 0) from None


def output_fields(stdout: tuple[bytes, bool], stderr: tuple[bytes, bool]) -> dict[str, Any]:
    """The fields of an outcome for output that was kept in memory."""
    fields: dict[str, Any] = {"stdout": text_of(*stdout), "stderr": text_of(*stderr)}
    if stdout[1] or stderr[1]:
        fields["outputTruncated"] = True
    return fields


_current: contextvars.ContextVar[Prints | None] = contextvars.ContextVar("rhapsody_prints", default=None)
_installing = threading.Lock()
_users = 0
_proxies: list[tuple[str, _Proxy]] = []


class printing:  # noqa: N801
    """Within it, what this thread prints goes to `prints`. Threads that it starts are not of it, but `asyncio.to_thread` is."""

    def __init__(self, prints: Prints) -> None:
        self._prints = prints

    def __enter__(self) -> None:
        _install()
        self._token = _current.set(self._prints)

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)
        _uninstall()


def _install() -> None:
    global _users
    with _installing:
        _users += 1
        if _users > 1:
            return
        for fd, name in ((1, "stdout"), (2, "stderr")):
            proxy = _Proxy(getattr(sys, name), fd)
            _proxies.append((name, proxy))
            setattr(sys, name, proxy)


def _uninstall() -> None:
    global _users
    with _installing:
        _users -= 1
        if _users > 0:
            return
        for name, proxy in _proxies:
            # Somebody else may have put something in its place, which stays.
            if getattr(sys, name) is proxy:
                setattr(sys, name, proxy.underlying)
        _proxies.clear()


class _Proxy:
    """Stands for a stream of the process; to those who look closer it is that stream."""

    def __init__(self, underlying: TextIO, fd: int) -> None:
        self.underlying = underlying
        self._fd = fd

    def write(self, text: str) -> int:
        prints = _current.get()
        if prints is None:
            return self.underlying.write(text)
        prints.write(self._fd, text.encode("utf-8", "replace"))
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        if _current.get() is None and self.underlying is not None:
            self.underlying.flush()

    @property
    def buffer(self) -> Any:
        prints = _current.get()
        return self.underlying.buffer if prints is None else _Bytes(prints, self._fd)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.underlying, name)


class _Bytes:
    def __init__(self, prints: Prints, fd: int) -> None:
        self._prints = prints
        self._fd = fd

    def write(self, data: Any) -> int:
        self._prints.write(self._fd, bytes(data))
        return len(data)

    def flush(self) -> None:
        pass
