"""Frames of the channel: a header of JSON and blobs. The format is in docs/architecture/python-bridge.md."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

#: Largest frame, in bytes.
MAX_FRAME = 1 << 30

_LENGTHS = struct.Struct("<II")
# what is smaller is copied into one piece with its neighbours, which is cheaper than a system call
_JOIN_BELOW = 64 * 1024

Blob = bytes | bytearray | memoryview


class FrameError(Exception):
    """What came, or was to be sent, is no frame: the channel cannot go on."""


def pack(header: Mapping[str, Any], blobs: Sequence[Blob] = ()) -> list[Blob]:
    """The pieces of a frame, in order."""
    if blobs:
        header = {**header, "blobs": [len(blob) for blob in blobs]}
    text = json.dumps(header, separators=(",", ":")).encode()
    length = 4 + len(text) + sum(map(len, blobs))
    if length > MAX_FRAME:
        raise FrameError(f"a frame of {length} bytes is more than the {MAX_FRAME} that can be sent")
    return [_LENGTHS.pack(length, len(text)), text, *blobs]


def send(connection: socket.socket, pieces: Sequence[Blob]) -> None:
    """Sends pieces of frames, small ones together."""
    gathered: list[Blob] = []
    size = 0
    for piece in pieces:
        if len(piece) < _JOIN_BELOW:
            gathered.append(piece)
            size += len(piece)
        if len(piece) >= _JOIN_BELOW or size >= _JOIN_BELOW:
            connection.sendall(b"".join(gathered))
            gathered, size = [], 0
        if len(piece) >= _JOIN_BELOW:
            connection.sendall(piece)
    if gathered:
        connection.sendall(b"".join(gathered))


def receive(stream: BinaryIO) -> tuple[dict[str, Any], list[memoryview]] | None:
    """The next frame of a buffered stream: header and blobs; ``None`` at the end.

    Raises:
        FrameError: the stream broke off in a frame, or has something else than frames.
    """
    lengths = stream.read(_LENGTHS.size)
    if not lengths:
        return None
    if len(lengths) < _LENGTHS.size:
        raise FrameError("the channel broke off in a frame")
    length, header_length = _LENGTHS.unpack(lengths)
    if not 4 + header_length <= length <= MAX_FRAME:
        raise FrameError(f"the channel carries no frames: lengths {length} and {header_length}")
    body = memoryview(stream.read(length - 4))
    if len(body) < length - 4:
        raise FrameError("the channel broke off in a frame")
    header = json.loads(str(body[:header_length], "utf-8"))
    blobs = []
    at = header_length
    for size in header.pop("blobs", ()):
        blobs.append(body[at : at + size])
        at += size
    if at != len(body):
        raise FrameError("the blobs of a frame are not as long as its header says")
    return header, blobs
