"""Programs as work: what core calls executables."""

from __future__ import annotations

import os
import queue
from collections.abc import Callable, Mapping
from typing import Any

from . import outcomes
from .printing import output_fields
from .runs import Run
from .supervision import Began, Dropped, Ended, Event, Failed, Start, Supervisor, SupervisorLost, Target


def run_program(supervisor: Supervisor, work: Mapping[str, Any], run: Run) -> dict[str, Any]:
    """Runs a program to its end; gives its outcome."""
    files = work["files"] if work["capture"] == "file" else None
    start = Start(
        argv=[work["executable"], *work["arguments"]],
        environment=work["environment"],
        working_directory=work.get("workingDirectory") or os.getcwd(),
        stdin=work.get("stdin"),
        stdout=_target(work, files, "stdout"),
        stderr=_target(work, files, "stderr"),
        tell=run.wants_begin,
    )
    end = watch(supervisor, start, run)
    if not isinstance(end, Ended):
        return not_run(end)
    fields: dict[str, Any] = dict(files) if files else output_fields(end.stdout or (b"", False), end.stderr or (b"", False))
    fields.update(startedAt=round(end.began), finishedAt=round(end.ended), resources=resources(end))
    if end.signal is not None:
        return outcomes.failed("TASK_SIGNALED", f"the program {how_it_ended(end)}", {**fields, "signal": end.signal})
    fields["exitCode"] = end.exit_code
    if end.exit_code == 0:
        return {"state": "DONE", **fields}
    return outcomes.failed("TASK_EXIT_CODE", f"the program ended with exit code {end.exit_code}", fields)


def watch(supervisor: Supervisor, start: Start, run: Run) -> Event:
    """Starts a program and waits for its end."""
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    number = supervisor.start(start, events.put)
    run.on_stop(stopper(supervisor, number))
    while True:
        event = events.get()
        if not isinstance(event, Began):
            return event
        run.begin(event.at)


def stopper(supervisor: Supervisor, number: int) -> Callable[[float], None]:
    """What stops a program."""
    return lambda grace: supervisor.kill(number, grace)


def not_run(end: Event) -> dict[str, Any]:
    """The outcome of a program that did not run, or whose end nobody saw."""
    if isinstance(end, Failed):
        return outcomes.failed(end.code, end.message)
    if isinstance(end, Dropped):
        return {"state": "CANCELED"}
    assert isinstance(end, SupervisorLost)
    message = "the helper process for programs died, and all that it ran was killed; when nobody killed it, the system was out of memory"
    return outcomes.failed("TASK_WORKER_DIED", message)


def _target(work: Mapping[str, Any], files: Mapping[str, str] | None, stream: str) -> Target:
    if files is not None:
        return f"file:{files[stream]}"
    return int(work["maxOutputBytes"]) if work["capture"] == "memory" else None


def resources(ended: Ended) -> dict[str, float]:
    """What a program used."""
    used: dict[str, float] = {"cpuTimeMs": ended.cpu_ms}
    if ended.peak_memory is not None:
        used["peakMemoryBytes"] = ended.peak_memory
    return used


def how_it_ended(ended: Ended) -> str:
    """For a sentence about a process."""
    if ended.signal is not None:
        hint = "; when nobody killed it, the system was out of memory" if ended.signal == "SIGKILL" else ""
        return f"was ended by {ended.signal}{hint}"
    return f"ended with exit code {ended.exit_code}"
