"""Programs that call a function of another language and tell its outcome."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from rhapsody_bridge.refusals import ValueRefused
from rhapsody_bridge.values import decode

from . import outcomes
from .memory_file import open_memory_file, read_all
from .printing import output_fields
from .programs import how_it_ended, not_run, resources, watch
from .runs import Run
from .supervision import Ended, Failed, Start, Supervisor

_FIELDS = ("returnValue", "failure")


def run_call(supervisor: Supervisor, work: Mapping[str, Any], run: Run) -> dict[str, Any]:
    """Runs a program that reads `input` from standard input and writes an encoded `{ state, returnValue?, failure? }` to descriptor 3.

    `advice` goes to the end of the message when the program is not there.
    """
    files = work["files"] if work["capture"] == "file" else None
    limit = int(work["maxOutputBytes"]) if work["capture"] == "memory" else None
    reply = open_memory_file("rhapsody-reply")
    try:
        start = Start(
            argv=work["argv"],
            environment=work["environment"],
            working_directory=work.get("workingDirectory") or os.getcwd(),
            stdin=work["input"],
            stdout=f"file:{files['stdout']}" if files else limit,
            stderr=f"file:{files['stderr']}" if files else limit,
            passed=[reply],
            tell=run.wants_begin,
        )
        end = watch(supervisor, start, run)
        if isinstance(end, Failed) and end.code == "TASK_PROGRAM_NOT_FOUND" and "advice" in work:
            return outcomes.failed(end.code, f"{end.message}; {work['advice']}")
        if not isinstance(end, Ended):
            return not_run(end)
        fields: dict[str, Any] = dict(files) if files else output_fields(end.stdout or (b"", False), end.stderr or (b"", False))
        fields.update(startedAt=round(end.began), finishedAt=round(end.ended), resources=resources(end))
        return _outcome(read_all(reply), end, fields)
    finally:
        os.close(reply)


def _outcome(reply: bytes, end: Ended, fields: dict[str, Any]) -> dict[str, Any]:
    try:
        told = decode(reply) if reply else None
    except ValueRefused:
        told = None
    if isinstance(told, dict) and told.get("state") in ("DONE", "FAILED"):
        return {"state": told["state"], **{name: told[name] for name in _FIELDS if name in told}, **fields}
    message = f"the process that was to call the function {how_it_ended(end)}, and did not tell the outcome; its standard error may say why"
    return outcomes.failed("TASK_WORKER_DIED", message, fields)
