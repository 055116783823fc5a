"""Where tasks run: one process of an engine."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from rhapsody_bridge.values import decode

from . import outcomes
from .calls import run_call
from .children import Children
from .functions import call
from .printing import open_prints, printing
from .programs import run_program
from .runs import Run, finish
from .supervision import Supervisor
from .supervisor.failures import StartError

#: How many stops of attempts that have not come yet are remembered.
_MAX_EARLY_STOPS = 10_000


class Site:
    """What tasks run with in one process: the supervisor of programs, and the books of what runs. May be used from any thread."""

    def __init__(self, *, name: str, scratch: Path | None = None) -> None:
        """Starts nothing; helper processes come with the first task that needs them.

        Args:
            name: For people to read, e.g. the worker's address.
            scratch: A directory that it may put files into.
        """
        self.name = name
        self.scratch = scratch
        self._lock = threading.Lock()
        self._runs: dict[tuple[str, int], Run] = {}
        self._early: OrderedDict[tuple[str, int], None] = OrderedDict()
        self._supervisor = Supervisor()
        self._children = Children(self._supervisor)
        self._closed = False

    def run(self, uid: str, attempt: int, work: bytes, began: Callable[[float], None] | None = None) -> bytes:
        """Runs a task's encoded work to its end, in this thread; gives the encoded outcome and never raises.

        ``began`` is called with the begin in Unix milliseconds, when there is one.
        """
        run = Run(uid, attempt, began)
        key = (uid, attempt)
        with self._lock:
            early = self._early.pop(key, run) is None
            if early or self._closed:
                return outcomes.encoded({"state": "CANCELED", "finishedAt": run.began_at})
            self._runs[key] = run
        try:
            return self._run(work, run)
        except Exception as error:  # noqa: BLE001 every attempt has an outcome
            failure = outcomes.failed("TASK_WORKER_DIED", f"the work could not be run on {self.name}: {error!r}", {"cause": error})
            return finish(failure, run)
        finally:
            with self._lock:
                self._runs.pop(key, None)
            run.gone.set()

    def stop(self, uid: str, attempt: int, grace: float) -> Literal["cancelled", "detached", "unknown"]:
        """Stops an attempt: asks its processes to end and kills those that are left after `grace` seconds; returns once all are gone.

        `detached`: a function that shares this process goes on, and `run` returns when it ends.
        `unknown`: it is not here; should it come, it is not run.
        """
        with self._lock:
            run = self._runs.get((uid, attempt))
            if run is None:
                self._early[(uid, attempt)] = None
                if len(self._early) > _MAX_EARLY_STOPS:
                    self._early.popitem(last=False)
                return "unknown"
        return run.stop(grace)

    def running(self) -> list[tuple[str, int, float]]:
        """What runs: uid, attempt, and its begin in Unix milliseconds; oldest first."""
        with self._lock:
            runs = list(self._runs.values())
        return sorted(((run.uid, run.attempt, run.began_at) for run in runs), key=lambda entry: entry[2])

    def close(self, grace: float) -> None:
        """Stops what runs, as `stop` does, and ends the helper processes. Functions that share this process go on. Idempotent."""
        with self._lock:
            self._closed = True
            runs = list(self._runs.values())
        stops = [threading.Thread(target=run.stop, args=(grace,), daemon=True) for run in runs]
        for stop in stops:
            stop.start()
        for stop in stops:
            stop.join()
        self._children.close()
        self._supervisor.close()

    def _run(self, encoded: bytes, run: Run) -> bytes:
        work = decode(encoded)
        kind = work["kind"]
        if kind == "python" and (work.get("killable") or not _at_home(work)):
            return self._children.run(encoded, run, work["maxOutputBytes"])
        if kind == "python":
            outcome = _run_here(work, run)
        elif kind == "executable":
            outcome = run_program(self._supervisor, work, run)
        elif kind == "call":
            outcome = run_call(self._supervisor, work, run)
        else:
            message = f'work of kind "{kind}" cannot run on {self.name}: host and engine are of different versions'
            outcome = outcomes.failed("BACKEND_REJECTED_TASKS", message)
        return finish(outcome, run)


def _run_here(work: Mapping[str, Any], run: Run) -> dict[str, Any]:
    """Calls a function in this thread."""
    try:
        prints = open_prints(work)
    except StartError as error:
        return outcomes.failed(error.code, error.message)
    if not run.share():
        return {"state": "CANCELED", **prints.close()}
    run.begin()
    cpu = time.thread_time()
    try:
        with printing(prints):
            value = call(work)
    except BaseException as error:  # noqa: BLE001 SystemExit too is no more than the function's end
        return outcomes.threw(error, {**prints.close(), "resources": _used(cpu)})
    return outcomes.returned(value, {**prints.close(), "resources": _used(cpu)})


def _used(cpu: float) -> dict[str, float]:
    return {"cpuTimeMs": (time.thread_time() - cpu) * 1000}


def _at_home(work: Mapping[str, Any]) -> bool:
    """Whether this process has the environment and the directory that the work asks for: threads share one of each."""
    if any(os.environ.get(name) != value for name, value in work["environment"].items()):
        return False
    directory = work.get("workingDirectory")
    if directory is None:
        return True
    try:
        return os.path.samefile(directory, os.getcwd())
    except OSError:
        return False
