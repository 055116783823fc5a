"""Shares a worker's cores and memory out among its threads: Dask itself counts only threads."""

from __future__ import annotations

import threading
from collections import deque


class Gate:
    """Lets tasks in, first come first served, while what they ask for is there."""

    def __init__(self, cores: float, memory: float) -> None:
        """All of it is free.

        Args:
            cores: What there is to share: the worker's threads.
            memory: Bytes; 0 without a limit.
        """
        self._lock = threading.Lock()
        self._free = [cores, memory if memory > 0 else float("inf")]
        self._all = tuple(self._free)
        self._line: deque[tuple[tuple[float, float], threading.Event]] = deque()

    def enter(self, cores: float, memory: float) -> tuple[float, float]:
        """Waits in line; returns what to give back to :meth:`leave`. One that asks for more than there is gets all of it."""
        share = (min(cores, self._all[0]), min(memory, self._all[1]))
        with self._lock:
            if not self._line and self._take(share):
                return share
            turn = threading.Event()
            self._line.append((share, turn))
        turn.wait()
        return share

    def leave(self, share: tuple[float, float]) -> None:
        """Gives a share back."""
        with self._lock:
            self._free[0] += share[0]
            self._free[1] += share[1]
            while self._line and self._take(self._line[0][0]):
                self._line.popleft()[1].set()

    def _take(self, share: tuple[float, float]) -> bool:
        if share[0] > self._free[0] or share[1] > self._free[1]:
            return False
        self._free[0] -= share[0]
        self._free[1] -= share[1]
        return True
