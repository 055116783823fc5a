"""The codec of values that cross the channel, lossless or refused. The format is in docs/architecture/python-bridge.md."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

from rhapsody_bridge.refusals import ValueRefused, reason_for

#: How deep a value may be nested.
MAX_DEPTH = 256
#: How many parts a value may have: more than fit into a frame, so what comes here refers to itself many times over.
MAX_PARTS = 1 << 26
#: Longest encoded value, in bytes: that of a frame less its header.
MAX_BYTES = (1 << 30) - (1 << 16)
#: What a JavaScript number holds exactly, either way from 0.
MAX_INT = (1 << 53) - 1

_FORMATS: dict[str, Any] = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "f4": "f", "f8": "d", "i8": "q", "u8": "Q"}
_LEAVES = frozenset({str, bool, type(None), float})
_CONTAINERS = frozenset({list, tuple, dict})
_PLAIN = _LEAVES | _CONTAINERS | {int}
_NUMBERS = frozenset({int, float, bool})
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_write = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")).encode
_write_ascii = json.JSONEncoder(allow_nan=False, check_circular=False, separators=(",", ":")).encode


def encode(value: Any) -> bytes:
    """The bytes of a value.

    Raises:
        ValueRefused: a part has no form that both languages share; says which and what to do.
    """
    buffers: list[bytes | memoryview] = []
    text = _plain_text(value)
    if text is None:
        try:
            text = _write(_Converter(buffers).convert(value, 0))
        except RecursionError:
            raise ValueRefused(f"is nested more than {MAX_DEPTH} deep, or contains itself") from None
    try:
        body = text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair: JSON has an escape for it, UTF-8 has no form
        body = _write_ascii(json.loads(text)).encode()
    length = 4 + len(body) + sum(map(len, buffers))
    if length > MAX_BYTES:
        raise ValueRefused(f"takes {length} bytes, more than the {MAX_BYTES} that can cross: write it to a file and use its path")
    return b"".join((len(body).to_bytes(4, "little"), body, *buffers))


def decode(data: bytes | bytearray | memoryview) -> Any:
    """The value of bytes that :func:`encode`, or the host, wrote. What it holds is a copy.

    Raises:
        ValueRefused: these bytes are no value.
    """
    view = memoryview(data)
    end = 4 + int.from_bytes(view[:4], "little")
    if not 4 < end <= len(view):
        raise ValueRefused("is cut off")
    try:
        text = str(view[4:end], "utf-8")
        if '"$' not in text:
            return json.loads(text)
        bytes_after = view[end:]
        return json.loads(text, object_hook=lambda found: _untag(found, bytes_after))
    except ValueRefused:
        raise
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise ValueRefused(f"cannot be read: {error}") from error


def _plain_text(value: Any) -> str | None:
    """The JSON of a value that needs no tags, or ``None``. Looks at whole containers at once, in C, and at no leaf by itself."""
    level: list[Any] = [(value,)]
    for _ in range(MAX_DEPTH + 1):
        below: list[Any] = []
        for container in level:
            parts: Iterable[Any] = container
            if type(container) is dict:
                if container and set(map(type, container)) != {str}:
                    return None
                parts = container.values()
            types = set(map(type, parts))
            if types <= _LEAVES:
                continue
            if not types <= _PLAIN or (int in types and not _small(parts, types)):
                return None
            if types & _CONTAINERS:
                below += [part for part in parts if type(part) in _CONTAINERS]
        if not below:
            return _json_of(value)
        if len(below) > MAX_PARTS:
            raise ValueRefused("has more parts than can cross")
        level = below
    return None


def _small(parts: Iterable[Any], types: set[type]) -> bool:
    numbers = parts if types <= _NUMBERS else [part for part in parts if type(part) is int]
    return bool(max(numbers) <= MAX_INT and min(numbers) >= -MAX_INT)


def _json_of(value: Any) -> str | None:
    try:
        text = _write(value)
    except (ValueError, RecursionError):  # a float that JSON has no number for, or a stack that is deep already
        return None
    return None if '"$' in text else text


class _Converter:
    """Gives values their tags, and gathers the bytes that these refer to."""

    def __init__(self, buffers: list[bytes | memoryview]) -> None:
        self._buffers = buffers
        self._offset = 0
        self._parts = 0

    def convert(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind is str or kind is bool or value is None:
            return value
        if isinstance(value, (dict, list, tuple)):
            return self._container(value, depth + 1)
        reason = reason_for(value)
        if reason is not None:
            raise ValueRefused(reason)
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else {"$f": repr(float(value))}
        if isinstance(value, int):
            return self._int(int(value))
        if isinstance(value, str):
            return str(value)
        if isinstance(value, datetime):
            return {"$d": (value - _EPOCH) // timedelta(milliseconds=1)}
        numpy = sys.modules.get("numpy")
        if numpy is not None and isinstance(value, numpy.generic):
            return self.convert(value.item(), depth)
        return self._bytes(value)

    def _container(self, value: dict[Any, Any] | list[Any] | tuple[Any, ...], depth: int) -> Any:
        self._parts += len(value)
        if depth > MAX_DEPTH:
            raise ValueRefused(f"is nested more than {MAX_DEPTH} deep, or contains itself")
        if self._parts > MAX_PARTS:
            raise ValueRefused("has more parts than can cross")
        if not isinstance(value, dict):
            items = []
            for index, item in enumerate(value):
                try:
                    items.append(self.convert(item, depth))
                except ValueRefused as refused:
                    raise refused.within(index) from None
            return items
        fields = []
        tagged = False
        for key, item in value.items():
            if not isinstance(key, str):
                raise ValueRefused(f"has the key {key!r:.100}, of type {type(key).__name__}: keys are strings, use str(key)")
            tagged = tagged or key.startswith("$")
            try:
                fields.append((key, self.convert(item, depth)))
            except ValueRefused as refused:
                raise refused.within(key) from None
        return {"$o": fields} if tagged else dict(fields)

    def _int(self, value: int) -> Any:
        if -MAX_INT <= value <= MAX_INT:
            return value
        try:
            return {"$i": str(value)}
        except ValueError as error:
            raise ValueRefused(f"is an int of too many digits: {error}") from None

    def _bytes(self, value: Any) -> Any:
        view = memoryview(value)
        if view.format == "B" and view.ndim == 1 and isinstance(value, (bytes, bytearray, memoryview)):
            return {"$b": self._place(view)}
        kind = ("f" if view.format in "fd" else "i" if view.format.islower() else "u") + str(view.itemsize)
        shape = [] if view.ndim == 1 else [list(view.shape or ())]
        return {"$a": [kind, *self._place(view), *shape]}

    def _place(self, view: memoryview) -> list[int]:
        offset = self._offset
        flat = view.nbytes > 0 and view.ndim > 0 and view.c_contiguous
        self._buffers.append(view.cast("B") if flat else view.tobytes())
        self._offset += view.nbytes
        return [offset, view.nbytes]


def _untag(found: dict[str, Any], data: memoryview) -> Any:
    if len(found) != 1:
        return found
    ((tag, content),) = found.items()
    if not tag.startswith("$"):
        return found
    if tag == "$o":
        return dict(content)
    if tag == "$b":
        return bytes(_slice(data, *content))
    if tag == "$a":
        return _array(data, *content)
    if tag == "$f":
        return float(content)
    if tag == "$i":
        return int(content)
    if tag == "$d":
        return _EPOCH + timedelta(milliseconds=content)
    raise ValueRefused(f"has the unknown tag {tag!r}: host and sidecar are of different versions")


def _slice(data: memoryview, offset: int, length: int) -> memoryview:
    if not 0 <= offset <= offset + length <= len(data):
        raise ValueRefused("is cut off")
    return data[offset : offset + length]


def _array(data: memoryview, kind: str, offset: int, length: int, shape: list[int] | None = None) -> Any:
    if kind not in _FORMATS:
        raise ValueRefused(f"is an array of {kind!r}, which this version does not know")
    # a copy of its own: aligned, writable, and it does not keep the whole frame
    view = memoryview(bytearray(_slice(data, offset, length)))
    if shape is None:
        return view.cast(_FORMATS[kind])
    if 0 in shape:
        raise ValueRefused(f"is an array of shape {shape}: Python's memoryview has no empty dimensions, send a flat array")
    return view.cast(_FORMATS[kind], shape)
