"""Processes and what they started, as /proc tells. Elsewhere than on Linux there is only the process group."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable

_READ_BYTES = 65_536


def tree(root: int) -> list[int]:
    """A process and everything below it at this instant, parents first."""
    found = [root]
    for pid in found:
        found += children(pid)
    return found


def children(pid: int) -> list[int]:
    """The children of a process, adopted ones included."""
    found: list[int] = []
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return found
    for thread in threads:
        # A thread's file lists the children that this thread started.
        found += map(int, _read(f"/proc/{pid}/task/{thread}/children").split())
    return found


class OwnChildren:
    """The children of this process, adopted ones included; the file that lists them with the main thread stays open."""

    def __init__(self) -> None:
        self._file: int | None = None
        # Not there elsewhere than on Linux.
        with contextlib.suppress(OSError):
            self._file = os.open(f"/proc/self/task/{os.getpid()}/children", os.O_RDONLY)

    def list(self) -> list[int]:
        if self._file is None:
            return []
        text = b""
        while part := os.pread(self._file, _READ_BYTES, len(text)):
            text += part
        return [int(pid) for pid in text.split()]


def marked(pid: int, marker: str) -> int | None:
    """The number of the program that a process belongs to, by the marker in its environment."""
    prefix = b"RHAPSODY_PROCESS=" + marker.encode() + b":"
    for entry in _read(f"/proc/{pid}/environ").split(b"\0"):
        if entry.startswith(prefix):
            # What a supervisor inside the program appended comes after a slash.
            number = entry[len(prefix) :].split(b"/", 1)[0]
            return int(number) if number.isdigit() else None
    return None


def peak_memory(pid: int) -> int | None:
    """Largest resident memory of a running process so far, in bytes."""
    for line in _read(f"/proc/{pid}/status").splitlines():
        if line.startswith(b"VmHWM:"):
            return int(line.split()[1]) * 1024
    return None


def send(signals: Iterable[int], pid: int) -> bool:
    """Sends signals to a process, or to a group by its negative id; false when it is another user's."""
    for number in signals:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
    return True


def group_of(pid: int) -> int | None:
    """The process group of a process; none when it is gone."""
    try:
        return os.getpgid(pid)
    except OSError:
        return None


def kill_marked(marker: str) -> None:
    """Kills every process of this machine that carries a marker, until there is none."""
    left = True
    while left:
        left = False
        for name in os.listdir("/proc") if os.path.isdir("/proc/self") else []:
            if name.isdigit() and int(name) != os.getpid() and marked(int(name), marker) is not None:
                left = send([9], int(name)) or left


def _read(path: str) -> bytes:
    try:
        fd = os.open(path, os.O_RDONLY)
    except OSError:
        return b""
    try:
        data = b""
        while part := os.read(fd, _READ_BYTES):
            data += part
        return data
    except OSError:
        return b""
    finally:
        os.close(fd)
