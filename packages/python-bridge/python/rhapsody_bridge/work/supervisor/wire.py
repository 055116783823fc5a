"""Messages between a helper process and the process that started it: both are one interpreter, so its own private format cannot differ between them."""

from __future__ import annotations

import marshal
from typing import Any

_LENGTH_BYTES = 4


def frame(message: Any) -> bytes:
    """A message as bytes: its length (32 bits, little-endian), then its data."""
    body = marshal.dumps(message)
    return len(body).to_bytes(_LENGTH_BYTES, "little") + body


class Unframer:
    """Cuts a stream of bytes into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def push(self, data: bytes) -> list[Any]:
        """Takes the next bytes; gives the messages that they complete, in order."""
        self._buffer += data
        start = 0
        messages: list[Any] = []
        with memoryview(self._buffer) as view:
            while len(view) - start >= _LENGTH_BYTES:
                body = start + _LENGTH_BYTES
                end = body + int.from_bytes(view[start:body], "little")
                if end > len(view):
                    break
                messages.append(marshal.loads(view[body:end]))
                start = end
        del self._buffer[:start]
        return messages
