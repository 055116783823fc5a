"""One attempt under way at a site, and how it is stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Literal

from . import outcomes

StopOutcome = Literal["cancelled", "detached"]


class Run:
    """An attempt under way."""

    def __init__(self, uid: str, attempt: int, began: Callable[[float], None] | None) -> None:
        self.uid = uid
        self.attempt = attempt
        #: Begin of the work, in Unix milliseconds; of its preparation until it has begun.
        self.began_at = now_ms()
        #: Set when nothing of the work is alive.
        self.gone = threading.Event()
        self._tell = began
        self._lock = threading.Lock()
        self._stopper: Callable[[float], None] | None = None
        self._stop_grace: float | None = None
        self._shared = False

    @property
    def stopping(self) -> bool:
        """True once somebody asked to stop it: whatever its end looks like, it was cancelled."""
        return self._stop_grace is not None

    @property
    def wants_begin(self) -> bool:
        return self._tell is not None

    def begin(self, at: float | None = None) -> float:
        """Notes and tells that the work has begun; gives when."""
        self.began_at = now_ms() if at is None else round(at)
        if self._tell is not None:
            self._tell(self.began_at)
        return self.began_at

    def on_stop(self, stopper: Callable[[float], None]) -> None:
        """Says how to stop the work; done at once, when somebody asked for it before."""
        with self._lock:
            self._stopper = stopper
            grace = self._stop_grace
        if grace is not None:
            stopper(grace)

    def share(self) -> bool:
        """From now on the work cannot be stopped; false when it was stopped already and must not begin."""
        with self._lock:
            self._shared = not self.stopping
            return self._shared

    def stop(self, grace: float) -> StopOutcome:
        """Stops the work; returns when it is gone, or at once when it cannot be stopped."""
        with self._lock:
            self._stop_grace = grace
            if self._shared:
                return "detached"
            stopper = self._stopper
        if stopper is not None:
            stopper(grace)
        self.gone.wait()
        return "cancelled"


def finish(outcome: dict[str, Any], run: Run) -> bytes:
    """The encoded outcome of a run, with its times; a cancellation when somebody stopped it."""
    if run.stopping:
        outcome = {key: value for key, value in outcome.items() if key not in ("returnValue", "failure")} | {"state": "CANCELED"}
    return outcomes.encoded({"startedAt": run.began_at, "finishedAt": now_ms(), **outcome})


def now_ms() -> float:
    """Now, in Unix milliseconds."""
    return round(time.time() * 1000)
