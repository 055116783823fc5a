"""What the host is told when an engine's method raises."""

from __future__ import annotations

import asyncio
import sys
import traceback

from rhapsody_bridge.engine import EngineError
from rhapsody_bridge.outcome import message_of

_CODES = {"open": "BACKEND_UNAVAILABLE", "close": "BACKEND_CLOSED"}


def error_of(operation: str, error: BaseException) -> dict[str, str]:
    """The ``error`` of an answer."""
    if isinstance(error, EngineError):
        return {"code": error.code, "message": error.message}
    if isinstance(error, asyncio.CancelledError):
        return {"code": "BACKEND_CLOSED", "message": f"{operation} was given up"}
    return {"code": _CODES.get(operation, "BACKEND_REJECTED_TASKS"), "message": f"{operation} failed: {_told(error)}"}


def _told(error: BaseException) -> str:
    where = traceback.extract_tb(error.__traceback__, limit=-1)
    place = f" ({where[0].filename}:{where[0].lineno}, in {where[0].name})" if where else ""
    fix = f"; Python is {sys.executable}: is it the one where the engine is installed?" if isinstance(error, ImportError) else ""
    return f"{type(error).__qualname__}: {message_of(error)}{place}{fix}"
