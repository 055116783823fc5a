"""Messages between a helper process and who started it: both are one interpreter, so its private format cannot differ between them."""

from __future__ import annotations

import marshal
from typing import Any

_LENGTH_BYTES = 4
#: Data in one packet; well under what a socket buffers.
PACKET_BYTES = 32_768


def frame(message: Any) -> bytes:
    """A message as bytes: its length (32 bits, little-endian), then its data."""
    body = marshal.dumps(message)
    return len(body).to_bytes(_LENGTH_BYTES, "little") + body


def packets(message: Any) -> list[bytes]:
    """A message for a socket of packets, which is read packet by packet; the first byte tells whether more follow."""
    body = marshal.dumps(message)
    last = max(0, len(body) - 1) // PACKET_BYTES * PACKET_BYTES
    return [(b"\1" if start < last else b"\0") + body[start : start + PACKET_BYTES] for start in range(0, last + 1, PACKET_BYTES)]


class Joiner:
    """Joins packets to messages."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def push(self, packet: bytes) -> Any:
        """Takes the next packet; gives the message that it completes, or `None`, which is no message."""
        self._parts.append(packet[1:])
        if packet[:1] == b"\1":
            return None
        body, self._parts = b"".join(self._parts), []
        return marshal.loads(body)  # noqa: S302 of this very program


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
                messages.append(marshal.loads(view[body:end]))  # noqa: S302 of this very program
                start = end
        del self._buffer[:start]
        return messages
