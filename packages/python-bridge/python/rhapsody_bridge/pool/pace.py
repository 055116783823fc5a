"""How long functions take, and so how many a worker may be given ahead."""

from __future__ import annotations

_AHEAD_MS = 5.0
_MAX_AHEAD = 16
_WEIGHT = 0.25
_MAX_GROUPS = 1_000


class Pace:
    """Keeps a moving mean for each group of tasks."""

    def __init__(self) -> None:
        self._means: dict[str, float] = {}

    def note(self, group: str, ms: float) -> None:
        mean = self._means.get(group)
        if mean is None and len(self._means) >= _MAX_GROUPS:
            self._means.clear()
        self._means[group] = ms if mean is None else mean + _WEIGHT * (ms - mean)

    def ahead(self, group: str) -> int:
        """How many of a group a worker may have at a time: several of those that end before the next could arrive."""
        mean = self._means.get(group)
        return 1 if mean is None else max(1, min(_MAX_AHEAD, int(_AHEAD_MS / max(mean, 0.05))))
