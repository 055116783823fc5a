"""Which attempts an engine has been handed."""

from __future__ import annotations

from collections.abc import Sequence

from rhapsody_bridge.engine import Attempt, Task

#: Attempts that are remembered. A second handing over comes soon after the first, if at all.
MAX_REMEMBERED = 100_000


class Taken:
    """The attempts of the last submissions."""

    def __init__(self) -> None:
        self._attempts: dict[Attempt, None] = {}

    def add(self, tasks: Sequence[Task]) -> list[Task]:
        """Remembers attempts; gives those that are new, each once."""
        fresh = []
        for task in tasks:
            key = (task.uid, task.attempt)
            if key not in self._attempts:
                self._attempts[key] = None
                fresh.append(task)
        while len(self._attempts) > MAX_REMEMBERED:
            del self._attempts[next(iter(self._attempts))]
        return fresh

    def remove(self, tasks: Sequence[Task]) -> None:
        """Forgets attempts that the engine refused."""
        for task in tasks:
            self._attempts.pop((task.uid, task.attempt), None)
