"""Where chunks run: one worker of a cluster."""

from __future__ import annotations

import pickle
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from distributed import get_worker
from rhapsody_bridge.values import decode
from rhapsody_bridge.work import Site

from .gate import Gate
from .threads import leave_pool

#: Outcomes of a chunk that take more bytes stay on the worker until they are fetched; smaller ones go with the message that they are there.
MAX_MESSAGE_BYTES = 256 * 1024
#: After this time a chunk tells what it has done, and gives back what it has not begun.
SPLIT_SECONDS = 0.2
#: Work is told to be running once it has run for this long; what is shorter has its begin in its outcome.
TELL_SECONDS = 0.025
_MAX_WITHDRAWN = 10_000

#: An item of a chunk: uid, attempt, work.
Item = tuple[str, int, bytes]
Outcomes = list[tuple[int, bytes]]


class AttemptFailed(Exception):
    """A task that Dask is to run again failed; says so to Dask, whose retries count it."""

    def __init__(self, outcome: bytes) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class Chunk:
    """Tasks that run one after the other, as one task of Dask."""

    def __init__(self, key: str, items: Sequence[Item], needs: tuple[float, float], retries: int) -> None:
        self.key = key
        self.items = items
        self.needs = needs
        self.retries = retries
        #: Items from here on are not run: they were given back.
        self.end = len(items)
        #: Which item is under way, and since when; -1 before the first.
        self.current = -1
        self.since = 0.0
        #: The item whose begin was told last.
        self.told = -1
        #: Seconds of work in items that have ended.
        self.spent = 0.0
        self.began_at = time.time()
        self.outcomes: Outcomes = []
        self.thread = threading.current_thread()
        #: What the item under way has of the worker's cores and memory.
        self.share: tuple[float, float] | None = None
        #: Nobody waits for it any more, and the worker has another thread in the place of its own.
        self.let_go = False

    def begin(self, at: float) -> None:
        """Notes that the item under way has begun, in Unix milliseconds."""
        self.since = at / 1000


class Place:
    """The chunks of one opening on one worker."""

    def __init__(
        self, site: Site, gate: Gate, tell: Callable[..., None], wake: Callable[[], None], replace: Callable[[str, threading.Thread], bool]
    ) -> None:
        """Is empty.

        Args:
            site: Runs the items.
            gate: Shares the worker's cores and memory out.
            tell: Carries messages home, from any thread.
            wake: Has :meth:`look` called soon.
            replace: Gives the worker another thread in the place of that which runs a key, if it can.
        """
        self.site = site
        self._gate = gate
        self._tell = tell
        self._wake = wake
        self._replace = replace
        self._lock = threading.Lock()
        self._chunks: dict[str, Chunk] = {}
        self._withdrawn: OrderedDict[str, None] = OrderedDict()
        self._ends: dict[str, tuple[Any, ...]] = {}
        self._idle = threading.Event()
        self._idle.set()

    def run(self, chunk: Chunk) -> Outcomes | None:
        """Runs a chunk in the caller's thread. Its outcomes are in :meth:`take_end`, or returned where they are large."""
        with self._lock:
            if self._withdrawn.pop(chunk.key, chunk) is None:
                chunk.end = 0
            self._chunks[chunk.key] = chunk
            self._idle.clear()
        self._wake()
        try:
            while self._next(chunk):
                self._run_item(chunk)
        finally:
            self._forget(chunk)
        if chunk.let_go:
            leave_pool()
            return None
        return self._finish(chunk)

    def stop(self, key: str, attempts: Sequence[tuple[str, int]], grace: float) -> list[str] | None:
        """Stops items of a chunk that has begun; gives what became of each. None when it has not begun: then it never will, here."""
        with self._lock:
            chunk = self._chunks.get(key)
            if chunk is None:
                self._withdraw(key)
                return None
        return [self._stop_item(chunk, attempt, grace) for attempt in attempts]

    def withdraw(self, keys: Sequence[str]) -> list[str]:
        """Keeps chunks that have not begun from ever beginning here; gives those that have."""
        with self._lock:
            begun = [key for key in keys if key in self._chunks]
            for key in keys:
                if key not in self._chunks:
                    self._withdraw(key)
        return begun

    def abandon(self, key: str, grace: float) -> bool:
        """Stops all of a chunk that nobody waits for any more; False when there is nothing to stop."""
        with self._lock:
            chunk = self._chunks.get(key)
            if chunk is None:
                return False
            chunk.end = min(chunk.end, chunk.current + 1)
            current = chunk.items[chunk.current] if chunk.current >= 0 else None
        if current is not None and self.site.stop(current[0], current[1], grace) == "detached":
            self._let_go(chunk)
        return True

    def look(self) -> bool:
        """Tells what has run for a while. Gives whether there is anything to look at again soon."""
        now = time.time()
        began: list[tuple[str, int, float]] = []
        again = False
        with self._lock:
            chunks = list(self._chunks.values())
        for chunk in chunks:
            with self._lock:
                current = chunk.current
                if current >= 0 and chunk.told < current and chunk.since and now - chunk.since >= TELL_SECONDS:
                    uid, attempt, _ = chunk.items[current]
                    began.append((uid, attempt, round(chunk.since * 1000)))
                    chunk.told = current
                alone = chunk.end <= current + 1 and not chunk.outcomes
            if not alone and now - chunk.began_at >= SPLIT_SECONDS:
                self._split(chunk)
                alone = True
            again = again or not alone or chunk.told < current or current < 0
        if began:
            self._tell("began", began)
        return again

    def take_end(self, key: str) -> tuple[Any, ...] | None:
        """The message about the end of a chunk, once."""
        return self._ends.pop(key, None)

    def wait_until_idle(self, seconds: float) -> bool:
        """Waits, no longer than this, until no chunk is under way."""
        return self._idle.wait(seconds)

    def _next(self, chunk: Chunk) -> bool:
        with self._lock:
            if chunk.current + 1 >= chunk.end:
                return False
            chunk.current += 1
            chunk.since = 0.0
            return True

    def _run_item(self, chunk: Chunk) -> None:
        uid, attempt, work = chunk.items[chunk.current]
        chunk.share = self._gate.enter(*chunk.needs)
        try:
            begin = time.time()
            if len(chunk.items) == 1:
                # the true begin: a helper process, or another interpreter, may have to be started first
                outcome = self.site.run(uid, attempt, work, chunk.begin)
            else:
                chunk.since = begin
                outcome = self.site.run(uid, attempt, work)
        finally:
            self._leave_gate(chunk)
        with self._lock:
            chunk.spent += time.time() - begin
            chunk.outcomes.append((chunk.current, outcome))

    def _finish(self, chunk: Chunk) -> Outcomes | None:
        outcomes = chunk.outcomes
        if chunk.retries > 0 and outcomes and decode(outcomes[-1][1])["state"] == "FAILED":
            raise AttemptFailed(outcomes[-1][1])
        held = sum(len(outcome) for _, outcome in outcomes) > MAX_MESSAGE_BYTES
        self._ends[chunk.key] = ("end", chunk.key, [] if held else outcomes, chunk.end, held, chunk.current + 1, chunk.spent)
        return outcomes if held else None

    def _split(self, chunk: Chunk) -> None:
        with self._lock:
            outcomes: Outcomes = []
            if sum(len(outcome) for _, outcome in chunk.outcomes) <= MAX_MESSAGE_BYTES:
                outcomes, chunk.outcomes = chunk.outcomes, []
            chunk.end = min(chunk.end, chunk.current + 1)
            end = chunk.end
        self._tell("part", chunk.key, outcomes, end)

    def _stop_item(self, chunk: Chunk, attempt: tuple[str, int], grace: float) -> str:
        with self._lock:
            places = [index for index, item in enumerate(chunk.items) if (item[0], item[1]) == tuple(attempt)]
            if not places or places[0] < chunk.current or places[0] >= chunk.end:
                return "cancelled"
        outcome = self.site.stop(attempt[0], attempt[1], grace)
        if outcome == "detached":
            self._split(chunk)
            self._let_go(chunk)
        return "cancelled" if outcome == "unknown" else outcome

    def _let_go(self, chunk: Chunk) -> None:
        """Leaves a function alone that cannot be stopped, and its thread to it."""
        with self._lock:
            # large outcomes go home with the end of the chunk
            if chunk.outcomes or self._chunks.get(chunk.key) is not chunk or not self._replace(chunk.key, chunk.thread):
                return
            chunk.let_go = True
        self._forget(chunk)
        self._leave_gate(chunk)
        self._tell("let_go", chunk.key)

    def _forget(self, chunk: Chunk) -> None:
        with self._lock:
            if self._chunks.get(chunk.key) is chunk:
                del self._chunks[chunk.key]
            if not self._chunks:
                self._idle.set()

    def _leave_gate(self, chunk: Chunk) -> None:
        with self._lock:
            share, chunk.share = chunk.share, None
        if share is not None:
            self._gate.leave(share)

    def _withdraw(self, key: str) -> None:
        self._withdrawn[key] = None
        if len(self._withdrawn) > _MAX_WITHDRAWN:
            self._withdrawn.popitem(last=False)


def run_chunk(packed: bytes) -> Outcomes | None:
    """What Dask runs: a chunk, as :func:`pack_chunk` packed it."""
    opening, *chunk = pickle.loads(packed)  # noqa: S301 - it came the way of this function
    place: Place = get_worker().plugins[opening].place  # type: ignore[attr-defined]
    return place.run(Chunk(*chunk))


def pack_chunk(opening: str, key: str, items: Sequence[Item], needs: tuple[float, float], retries: int) -> bytes:
    """A chunk as one piece of bytes: Dask looks into lists, for tasks in them."""
    return pickle.dumps((opening, key, items, needs, retries), protocol=5)


def place_of(worker: Any, opening: str) -> Place | None:
    """The place of an opening on a worker, while there is one."""
    plugin = worker.plugins.get(opening)
    return None if plugin is None else plugin.place
