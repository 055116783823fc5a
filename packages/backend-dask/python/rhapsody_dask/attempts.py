"""What the engine knows of attempts, and of the chunks that take them to Dask."""

from __future__ import annotations

from dataclasses import dataclass

from rhapsody_bridge.engine import Task

from .chunks import Pace


@dataclass(slots=True, eq=False)
class Entry:
    """One attempt, from when it was handed over until its end was told."""

    task: Task
    seq: int
    placement: Placement
    #: The chunk that it went to Dask in; None while it waits in line.
    chunk: Chunk | None = None
    #: Its begin was told.
    begun: bool = False
    #: Nothing more is told of it: its end was, or it was cancelled.
    ended: bool = False
    #: Times that it was taken from where it waited, to go elsewhere.
    moves: int = 0

    @property
    def priority(self) -> float:
        return float(self.task.options.get("priority", self.task.priority))

    @property
    def alone(self) -> bool:
        """Whether it goes to Dask alone: what ran before may be what its worker died of."""
        return self.task.attempt > 1 or not self.placement.plain


@dataclass(slots=True, eq=False)
class Chunk:
    """Entries that Dask has as one task."""

    key: str
    entries: list[Entry]
    pace: Pace
    placement: Placement
    #: Seconds, as they were estimated when it went.
    cost: float
    #: Unix milliseconds.
    sent_at: float
    #: Seconds that it may wait behind others at a worker before it is moved.
    patience: float
    #: Something of it is known to have begun.
    begun: bool = False
    #: Looks that saw it finished while no message said so.
    silent: int = 0


@dataclass(frozen=True, slots=True)
class Placement:
    """Where tasks may run and what they take there. Tasks of different ones never share a chunk."""

    #: Addresses or names; empty: anywhere.
    workers: tuple[str, ...] = ()
    #: Dask's resources.
    resources: tuple[tuple[str, float], ...] = ()
    #: Cores and bytes of memory, which each worker shares out on its own.
    needs: tuple[float, float] = (1.0, 0.0)
    retries: int = 0

    @property
    def plain(self) -> bool:
        """Whether tasks may share a chunk."""
        return self == _ANYWHERE


_ANYWHERE = Placement()
