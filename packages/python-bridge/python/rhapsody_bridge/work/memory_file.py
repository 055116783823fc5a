"""Files without a name, for output that is read once its writer has ended."""

from __future__ import annotations

import fcntl
import os
import tempfile


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
