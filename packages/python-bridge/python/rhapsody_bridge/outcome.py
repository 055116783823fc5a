"""What became of an attempt, as bytes: the outcomes of docs/architecture/python-bridge.md."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Any, Literal, TypedDict

from rhapsody_bridge.refusals import ValueRefused
from rhapsody_bridge.values import encode

#: Longest message and traceback of a described exception, in characters.
MAX_MESSAGE = 8 * 1024
MAX_TRACEBACK = 32 * 1024

_OWN = os.path.dirname(os.path.abspath(__file__)) + os.sep


class Facts(TypedDict, total=False):
    """What is known about an attempt that ended. Times are Unix milliseconds."""

    startedAt: float
    finishedAt: float
    stdout: str
    stderr: str
    outputTruncated: bool
    exitCode: int
    signal: str
    resources: dict[str, float]


class Cause(TypedDict):
    """An exception, described."""

    name: str
    module: str
    message: str
    traceback: str


class _Nothing:
    """No value was returned, as opposed to ``None``."""


NOTHING = _Nothing()


def running(at: float) -> bytes:
    """The work began ``at``, in Unix milliseconds."""
    return encode({"state": "RUNNING", "at": at})


def output(stream: Literal["stdout", "stderr"], text: str) -> bytes:
    """A piece of output while the work goes on."""
    return encode({"state": "OUTPUT", "stream": stream, "text": text})


def done(value: Any = NOTHING, facts: Facts | None = None) -> bytes:
    """The work ended well, and a function returned ``value``.

    One that cannot cross makes it a failure, ``TASK_NOT_SERIALIZABLE``, which names the part.
    """
    if isinstance(value, _Nothing):
        return encode({"state": "DONE", **(facts or {})})
    try:
        return encode({"state": "DONE", **(facts or {}), "returnValue": value})
    except ValueRefused as refused:
        return failed("TASK_NOT_SERIALIZABLE", f"the function returned a value that cannot leave Python: {refused}", facts=facts)


def failed(code: str, message: str, *, cause: BaseException | None = None, facts: Facts | None = None) -> bytes:
    """The work ended badly; ``code`` is one of core's ``TaskFailureCode``, ``message`` says what happened and what to do."""
    failure: dict[str, Any] = {"code": code, "message": message}
    if cause is not None:
        failure["cause"] = thrown(cause)
    return encode({"state": "FAILED", **(facts or {}), "failure": failure})


def canceled(facts: Facts | None = None) -> bytes:
    """The work was stopped on request."""
    return encode({"state": "CANCELED", **(facts or {})})


def lost(message: str, *, started_at: float | None = None) -> bytes:
    """Where the work ran is gone, and with it what became of the work.

    ``started_at``: it may have begun, then, in Unix milliseconds, and no ``RUNNING`` was told.
    """
    begun = {} if started_at is None else {"startedAt": started_at}
    return encode({"state": "LOST", **begun, "failure": {"code": "TASK_WORKER_DIED", "message": message}})


def thrown(error: BaseException) -> Cause:
    """Name, module, message and traceback of an exception. Its causes are in the traceback; the bridge's own frames at the top are not."""
    kind = type(error)
    return {"name": kind.__qualname__, "module": kind.__module__, "message": message_of(error), "traceback": _traceback_of(error)}


def message_of(error: BaseException) -> str:
    """The exception's own words, cut to a bearable length."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 a __str__ of somebody else
        text = "(its message cannot be shown)"
    return text if len(text) <= MAX_MESSAGE else text[:MAX_MESSAGE] + "…"


def _traceback_of(error: BaseException) -> str:
    import traceback

    try:
        text = "".join(traceback.format_exception(type(error), error, _user_part(error.__traceback__)))
    except Exception:  # noqa: BLE001 a __str__ of somebody else
        text = f"{type(error).__qualname__}\n"
    if len(text) <= MAX_TRACEBACK:
        return text
    half = MAX_TRACEBACK // 2
    return f"{text[:half]}\n  … {len(text) - 2 * half} characters left out …\n{text[-half:]}"


def _user_part(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_OWN):
        trace = trace.tb_next
    return trace
