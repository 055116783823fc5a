"""The end of a stream."""

from __future__ import annotations

_SLACK_BYTES = 65_536


class Tail:
    """Keeps the last bytes of a stream, up to a limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept = bytearray()
        self._total = 0

    def push(self, data: bytes) -> None:
        self._total += len(data)
        self._kept += data
        # Cut seldom, and much at once.
        if len(self._kept) > 2 * self._limit + _SLACK_BYTES:
            self._cut()

    def captured(self) -> tuple[bytes, bool]:
        """What was kept, and whether the beginning is missing."""
        self._cut()
        return bytes(self._kept), self._total > self._limit

    def _cut(self) -> None:
        del self._kept[: max(0, len(self._kept) - self._limit)]


def text_of(data: bytes, cut: bool) -> str:
    """Bytes of a program as text. What is not UTF-8 becomes U+FFFD; the rest of a character that was cut in two goes."""
    start = 0
    while cut and start < min(3, len(data)) and data[start] & 0b1100_0000 == 0b1000_0000:
        start += 1
    return data[start:].decode("utf-8", "replace")
