"""Why a value cannot cross the channel, and what its author does about it."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from enum import Enum
from typing import Any

#: Longest name of a part in a message, in characters.
_MAX_PART = 200
_ARRAY_FORMATS = frozenset("bBhHiIlLqQfd")


class ValueRefused(Exception):
    """A value, or a part of it, has no form that both languages share. ``str()`` names the part and the fix."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        #: What is the matter and what to do, to go on after the name of the part.
        self.reason = reason
        #: Which part, e.g. ``args[0].rows``; empty for the value itself.
        self.part = ""

    def within(self, step: str | int) -> ValueRefused:
        """The same refusal, seen from the container that has the part under ``step``."""
        name = f"[{step}]" if isinstance(step, int) else f".{step}" if step.isidentifier() else f"[{json.dumps(step[:100])}]"
        self.part = name + self.part
        return self

    def __str__(self) -> str:
        part = self.part.removeprefix(".") or "the value"
        return f"{part if len(part) <= _MAX_PART else f'{part[: _MAX_PART // 2]}…{part[-_MAX_PART // 2 :]}'} {self.reason}"


def reason_for(value: Any) -> str | None:
    """Why a value that is no container cannot cross, or ``None`` when it can."""
    if isinstance(value, Enum):
        return f"is the enum member {value!s:.100}: use its .value"
    if isinstance(value, (str, int, float)):
        return None
    if isinstance(value, datetime):
        return _reason_for_datetime(value)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.generic):
        plain = isinstance(value.item(), (bool, int, float, str, bytes))
        return None if plain else f"is a NumPy {value.dtype}, which JavaScript has no number for: use float(x), or text"
    try:
        view = memoryview(value)
    except (TypeError, ValueError, BufferError):
        return f"is of type {_name_of(value)}, which has no form outside Python: {_fix_for(value)}"
    if view.format not in _ARRAY_FORMATS:
        return f'is an array of elements of format {view.format!r}: use .astype("f8"), or another of f4 and i1 to u8, or .tolist()'
    return None


def _reason_for_datetime(value: datetime) -> str | None:
    offset = value.utcoffset()
    if offset is None:
        return "is a datetime without a time zone: use .astimezone(timezone.utc)"
    if offset:
        return "is a datetime in another time zone than UTC: use .astimezone(timezone.utc)"
    if value.microsecond % 1000:
        return "is a datetime with microseconds, and JavaScript's Date has milliseconds: use .isoformat() or .timestamp()"
    return None


def _name_of(value: Any) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _fix_for(value: Any) -> str:
    # by name: modules that nobody has imported need not be imported to say this
    for kind in type(value).__mro__:
        fix = _FIXES.get(f"{kind.__module__.partition('.')[0]}.{kind.__qualname__}")
        if fix is not None:
            return fix
    for name, fix in _MEMBERS:
        if hasattr(value, name):
            return fix
    return "use numbers, strings, lists, dicts, bytes and arrays"


_FIXES = {
    "builtins.set": "use a list, sorted(x)",
    "builtins.frozenset": "use a list, sorted(x)",
    "builtins.complex": "use [x.real, x.imag]",
    "builtins.BaseException": "use str(x)",
    "decimal.Decimal": "use float(x), or str(x) to keep every digit",
    "fractions.Fraction": "use float(x), or str(x) to keep every digit",
    "datetime.date": "use .isoformat()",
    "datetime.time": "use .isoformat()",
    "datetime.timedelta": "use .total_seconds()",
    "pathlib.PurePath": "use str(x)",
}
_MEMBERS = (
    ("__dataclass_fields__", "use dataclasses.asdict(x)"),
    ("model_dump", "use .model_dump()"),
    ("to_dict", "use .to_dict()"),
    ("numpy", "use .numpy()"),
    ("tolist", "use .tolist()"),
    ("__iter__", "use list(x)"),
)
