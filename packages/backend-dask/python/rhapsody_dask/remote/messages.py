"""Messages to an opening as one piece of bytes: Dask looks into all that is not, at every station of its way."""

from __future__ import annotations

from typing import Any

import msgpack  # type: ignore[import-untyped]


def pack(*message: Any) -> bytes:
    """A message: its kind, then what it says."""
    packed: bytes = msgpack.packb(message)
    return packed


def unpack(packed: bytes) -> list[Any]:
    """The message of :func:`pack`."""
    message: list[Any] = msgpack.unpackb(packed, strict_map_key=False)
    return message
