"""One attempt in the pool."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rhapsody_bridge.engine import Attempt, Task
from rhapsody_bridge.values import decode

if TYPE_CHECKING:
    from .worker import Worker


@dataclass(eq=False, slots=True)
class Entry:
    """An attempt that was taken and has not ended."""

    task: Task
    #: Begin of the work in Unix milliseconds, once it is known.
    began: float | None = None
    #: Workers that died when its turn had come, before it began.
    deaths: int = 0
    #: True once somebody asked to stop it: whatever its end looks like, it was cancelled.
    stopped: bool = False
    #: Who has it; none while it is in line.
    worker: Worker | None = field(default=None, repr=False)

    @property
    def key(self) -> Attempt:
        return (self.task.uid, self.task.attempt)

    @property
    def output_limit(self) -> int:
        """How much of its output is kept."""
        work: dict[str, Any] = decode(self.task.work)
        return int(work["maxOutputBytes"]) if work["capture"] == "memory" else 0
