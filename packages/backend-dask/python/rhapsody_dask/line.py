"""The tasks of one placement that wait: by priority, then in the order they came, taken together with their like."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Sequence

from .attempts import Entry


class Line:
    """Waiting entries. Those that ended while they waited are passed over."""

    def __init__(self) -> None:
        self._lanes: dict[tuple[float, str], _Lane] = {}
        # has each lane under the number of its first entry, and under old ones
        self._heap: list[tuple[float, int, _Lane]] = []
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting

    def push(self, entry: Entry) -> None:
        """Adds an entry behind those of its priority."""
        lane = self._lane(entry)
        lane.entries.append(entry)
        if len(lane.entries) == 1:
            self._offer(lane)
        self._waiting += 1

    def put_back(self, entries: Sequence[Entry]) -> None:
        """Adds entries that had been taken, in the order they were in."""
        for entry in reversed(entries):
            entry.chunk = None
            lane = self._lane(entry)
            lane.entries.appendleft(entry)
            self._offer(lane)
        self._waiting += len(entries)

    def forget(self) -> None:
        """Counts out an entry that ended while it waited."""
        self._waiting -= 1

    def peek(self) -> Entry | None:
        """The entry whose turn it is."""
        while self._heap:
            _, seq, lane = self._heap[0]
            if lane.entries and lane.entries[0].seq == seq:
                if not lane.entries[0].ended:
                    return lane.entries[0]
                heapq.heappop(self._heap)
                while lane.entries and lane.entries[0].ended:
                    lane.entries.popleft()
                self._offer(lane)
            else:
                heapq.heappop(self._heap)
        return None

    def take(self, count: int) -> list[Entry]:
        """The entry whose turn it is and those of its like behind it, up to ``count`` together."""
        first = self.peek()
        if first is None:
            return []
        lane = heapq.heappop(self._heap)[2]
        taken = [lane.entries.popleft()]
        while lane.entries and len(taken) < count and not first.alone and not lane.entries[0].alone:
            entry = lane.entries.popleft()
            if not entry.ended:
                taken.append(entry)
        self._offer(lane)
        self._waiting -= len(taken)
        return taken

    def _lane(self, entry: Entry) -> _Lane:
        key = (entry.priority, entry.task.group)
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = _Lane(key)
        return lane

    def _offer(self, lane: _Lane) -> None:
        if lane.entries:
            heapq.heappush(self._heap, (-lane.key[0], lane.entries[0].seq, lane))
        else:
            self._lanes.pop(lane.key, None)


class _Lane:
    """Entries of one group and priority."""

    __slots__ = ("entries", "key")

    def __init__(self, key: tuple[float, str]) -> None:
        self.key = key
        self.entries: deque[Entry] = deque()

    def __lt__(self, other: _Lane) -> bool:
        return False
