"""How many tasks go to Dask at a time, and how many of them as one. Pure: numbers in, numbers out."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .settings import Chunking

#: What a task costs Dask besides its own time, in seconds.
OVERHEAD = 0.001
#: Work this long keeps its thread to itself: nothing waits behind it on a worker, where the worker's death would reach it.
LONG = 0.5
#: Seconds of short work that wait for each thread, so that it has something to do while news travel.
LEAD = 0.1
#: Most chunks that wait for each thread.
MOST_WAITING = 64
#: Weight of the newest measurement.
_NEWEST = 0.3


@dataclass(slots=True)
class Pace:
    """How long the tasks of a group take."""

    #: Seconds of one task, about; None before the first has ended.
    seconds: float | None = None

    def learn(self, tasks: int, seconds: float) -> None:
        """Takes in that so many tasks took so long together."""
        if tasks > 0:
            mean = max(seconds, 0.0) / tasks
            self.seconds = mean if self.seconds is None else self.seconds + _NEWEST * (mean - self.seconds)

    def cost(self, tasks: int) -> float:
        """Seconds that a chunk of so many tasks keeps a thread busy, about; long when nothing is known."""
        return LONG if self.seconds is None else self.seconds * tasks + OVERHEAD


def chunk_size(pace: Pace, *, waiting: int, threads: int, chunking: Chunking | None) -> int:
    """How many tasks of a group to run as one.

    One, while nothing is known of them, while they are long, and while there are so few in line that threads would go idle; else as many as
    fill the target.
    """
    if chunking is None or pace.seconds is None:
        return 1
    fill = chunking.target / max(pace.seconds, 1e-6)
    fair = waiting // (2 * max(threads, 1))
    return max(1, min(int(fill), fair, chunking.maximum))


@dataclass(slots=True)
class Load:
    """What Dask has of the tasks that may run in the same places."""

    #: Chunks that take long, each of which has a thread to itself.
    long: int = 0
    #: The others, and their seconds.
    short: int = 0
    seconds: float = 0.0

    def add(self, cost: float) -> None:
        """Counts a chunk in."""
        if cost >= LONG:
            self.long += 1
        else:
            self.short += 1
            self.seconds += cost

    def remove(self, cost: float) -> None:
        """Counts a chunk out, at what it was counted in."""
        if cost >= LONG:
            self.long -= 1
        else:
            self.short -= 1
            # sums of floats drift
            self.seconds = max(0.0, self.seconds - cost) if self.short else 0.0

    def room(self, threads: int, cost: float) -> int:
        """How many more chunks of such a cost Dask should have."""
        free = threads - self.long
        if free <= 0 or cost >= LONG:
            return max(free, 0)
        mean = (self.seconds + cost) / (self.short + 1)
        most = min(math.ceil(LEAD / mean), MOST_WAITING) * free
        # a few at a time: each handing over has a price of its own
        return most - self.short if most - self.short >= most // 4 else 0
