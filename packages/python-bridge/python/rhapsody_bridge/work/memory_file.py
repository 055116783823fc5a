"""Files without a name, for output that is read once its writer has ended."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile

#: What is more than this beyond the tail that is wanted is worth giving back, in bytes.
_WORTH_GIVING_BACK = 16 * 1024 * 1024
_PUNCH_HOLE_KEEP_SIZE = 3


def open_memory_file(name: str) -> int:
    """A descriptor of an empty file, in memory where the system can, to which everybody appends."""
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create(name)
    else:
        made, path = tempfile.mkstemp(prefix="rhapsody-")
        os.unlink(path)
        fd = made
    fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_APPEND)
    return fd


def keeps_much(fd: int) -> bool:
    """Whether a file takes memory that may be worth giving back."""
    return os.fstat(fd).st_blocks * 512 > _WORTH_GIVING_BACK


def forget_beginning(fd: int, limit: int) -> None:
    """Gives back the memory of all but the last bytes of a file that may grow still, where the system can. Its size stays."""
    status = os.fstat(fd)
    if status.st_blocks * 512 <= limit + _WORTH_GIVING_BACK:
        return
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import ctypes

        beginning = ctypes.c_int64(status.st_size - limit)
        ctypes.CDLL(None).fallocate64(fd, _PUNCH_HOLE_KEEP_SIZE, ctypes.c_int64(0), beginning)


def read_tail(fd: int, limit: int) -> tuple[bytes, bool]:
    """The last bytes of a file, and whether more came before them."""
    size = os.fstat(fd).st_size
    parts: list[bytes] = []
    offset = max(0, size - limit)
    while offset < size:
        part = os.pread(fd, size - offset, offset)
        if not part:
            break
        parts.append(part)
        offset += len(part)
    return b"".join(parts), size > limit


def read_all(fd: int) -> bytes:
    """Everything in a file."""
    return read_tail(fd, os.fstat(fd).st_size)[0]
