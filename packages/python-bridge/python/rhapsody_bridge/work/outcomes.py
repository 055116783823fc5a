"""Outcomes of work, as values."""

from __future__ import annotations

from typing import Any

from rhapsody_bridge.outcome import thrown
from rhapsody_bridge.refusals import ValueRefused
from rhapsody_bridge.values import encode

from .functions import CallError, describe


def returned(value: Any, fields: dict[str, Any]) -> dict[str, Any]:
    """What a function returned."""
    return {"state": "DONE", "returnValue": value, **fields}


def threw(error: BaseException, fields: dict[str, Any]) -> dict[str, Any]:
    """What a function threw, or why it could not be called."""
    if isinstance(error, CallError):
        return failed(error.code, error.message, {**fields, "cause": error.cause})
    return failed("TASK_FUNCTION_THREW", f"the function threw {describe(error)}", {**fields, "cause": error})


def failed(code: str, message: str, fields: dict[str, Any] | None = None) -> dict[str, Any]:
    """A failure; a `cause` among the fields is an exception."""
    rest = dict(fields or {})
    cause = rest.pop("cause", None)
    failure: dict[str, Any] = {"code": code, "message": message}
    if cause is not None:
        failure["cause"] = thrown(cause)
    return {"state": "FAILED", "failure": failure, **rest}


def encoded(outcome: dict[str, Any]) -> bytes:
    """The encoded outcome; a failure when what was returned has no form that the host knows, or cannot be read."""
    try:
        return encode(outcome)
    except Exception as error:
        if "returnValue" not in outcome:
            raise
        rest = {key: value for key, value in outcome.items() if key != "returnValue"}
        why = str(error) if isinstance(error, ValueRefused) else f"reading it threw {describe(error)}"
        message = f"the function returned a value that cannot leave Python: {why}"
        return encode({**rest, **failed("TASK_NOT_SERIALIZABLE", message)})
