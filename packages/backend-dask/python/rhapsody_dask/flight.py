"""Brings waiting tasks to Dask, a little ahead of what its threads do.

What Dask does not have yet is cheap to cancel, can still be put into a chunk of any size, and is lost with no worker.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .attempts import Chunk, Entry, Placement
from .chunks import LONG, Load, Pace, chunk_size
from .cluster import AsyncClient
from .line import Line
from .places import NeverFits, Workers
from .settings import Chunking

_log = logging.getLogger(__name__)

#: A cluster that can grow is asked for this many threads' work before it has any.
_GROWING = 8
_MAX_PACES = 10_000
#: Patience is doubled so many times at most, to some minutes.
_MOST_DOUBLED = 9
#: Bytes a second that what waits behind others is sent again with, at most: there it may wait for long.
_MOVED = 10e6
_UNFIT_FOR_KEYS = re.compile(r"[^A-Za-z0-9_.:]+")


class Room:
    """The tasks of one placement: those in line, and how much of them Dask has. One that waits for a GPU holds up nobody else."""

    def __init__(self) -> None:
        self.line = Line()
        self.load = Load()
        #: Nothing goes out: the workers that could run it are gone.
        self.held = False


class Flight:
    """The tasks that wait and those that Dask has. Lives in the event loop's thread."""

    def __init__(self, client: AsyncClient, opening: str, *, run: Callable[..., Any], pack: Callable[..., bytes]) -> None:
        """Begins empty.

        Args:
            client: How Dask is told.
            opening: Part of every key; the name of this opening's plugins.
            run: The shipped function that runs a chunk.
            pack: The shipped function that makes a chunk for it.
        """
        self._client = client
        self._opening = opening
        self._run = run
        self._pack = pack
        self._loop = asyncio.get_running_loop()
        self._rooms: dict[Placement, Room] = {}
        self._paces: dict[str, Pace] = {}
        self._chunks: dict[str, Chunk] = {}
        self._futures: dict[str, Any] = {}
        self._seq = 0
        self._pending = False
        self._closed = False
        self.workers = Workers()
        self.chunking: Chunking | None = None
        #: Whether the cluster may grow with what it is asked for.
        self.elastic = False
        #: Told of entries that no worker is able to run.
        self.on_unfit: Callable[[Sequence[Entry], str], None] = lambda _entries, _why: None
        #: Told of entries that Dask's client does not take.
        self.on_refused: Callable[[Sequence[Entry], Exception], None] = lambda _entries, _why: None

    @property
    def chunks(self) -> Iterable[Chunk]:
        """What Dask has."""
        return list(self._chunks.values())

    def __len__(self) -> int:
        return len(self._chunks)

    @property
    def waiting(self) -> int:
        """Tasks in line."""
        return sum(len(room.line) for room in self._rooms.values())

    def add(self, entries: Iterable[Entry]) -> None:
        """Puts new entries in line."""
        for entry in entries:
            self._room(entry.placement).line.push(entry)
        self.fill_soon()

    def put_back(self, entries: Sequence[Entry]) -> None:
        """Puts entries of one chunk, which have not begun, in line again; those that ended stay out."""
        left = [entry for entry in entries if not entry.ended]
        if left:
            self._room(left[0].placement).line.put_back(left)
        self.fill_soon()

    def move(self, key: str) -> None:
        """Takes a chunk that has not begun off Dask and puts it in line again."""
        chunk = self.remove(key)
        if chunk is not None:
            for entry in chunk.entries:
                entry.moves += 1
            self.put_back(chunk.entries)

    def forget(self, entry: Entry) -> None:
        """Counts out an entry in line that ended."""
        self._room(entry.placement).line.forget()

    def find(self, key: str) -> Chunk | None:
        """A chunk that Dask has."""
        return self._chunks.get(key)

    def future(self, key: str) -> Any:
        """Dask's side of a chunk."""
        return self._futures.get(key)

    def remove(self, key: str) -> Chunk | None:
        """Takes a chunk off, and gives its result and its place up; None when it is off already."""
        chunk = self._chunks.pop(key, None)
        if chunk is None:
            return None
        self._room(chunk.placement).load.remove(chunk.cost)
        self._futures.pop(key).release()
        self.fill_soon()
        return chunk

    def find_stuck(self) -> list[str]:
        """Chunks that Dask has had for long and that, as far as is known, have not begun.

        Those that have begun and went out long ago are counted as long work from now on.
        """
        stuck = []
        now = time.time() * 1000
        for chunk in self._chunks.values():
            waited = (now - chunk.sent_at) / 1000
            if not chunk.begun:
                if waited > chunk.patience:
                    stuck.append(chunk.key)
            elif waited > LONG and chunk.cost < LONG:
                load = self._room(chunk.placement).load
                load.remove(chunk.cost)
                chunk.cost = LONG
                load.add(LONG)
        return stuck

    def pace(self, group: str) -> Pace:
        """How long tasks of a group take."""
        pace = self._paces.get(group)
        if pace is None:
            if len(self._paces) >= _MAX_PACES:
                self._paces.clear()
            pace = self._paces[group] = Pace()
        return pace

    def fill_soon(self) -> None:
        """Lets Dask have more, once what happens at this moment has happened."""
        if not self._pending and not self._closed:
            self._pending = True
            self._loop.call_soon(self._fill)

    def close(self) -> None:
        """Forgets all; Dask forgets its part."""
        self._closed = True
        self._rooms.clear()
        for key in list(self._chunks):
            self._chunks.pop(key)
            self._futures.pop(key).release()

    def _room(self, placement: Placement) -> Room:
        room = self._rooms.get(placement)
        if room is None:
            room = self._rooms[placement] = Room()
        return room

    def _fill(self) -> None:
        self._pending = False
        threads = self.workers.threads
        if self.elastic:
            threads = max(threads, _GROWING)
        for placement, room in list(self._rooms.items()):
            if len(room.line):
                self._fill_room(placement, room, max(threads, 1))
            elif not room.load.long and not room.load.short:
                del self._rooms[placement]

    def _fill_room(self, placement: Placement, room: Room, threads: int) -> None:
        try:
            where = self._where(placement)
        except NeverFits as error:
            while unfit := room.line.take(len(room.line)):
                self.on_unfit(unfit, str(error))
            return
        if where is None and not room.held:
            _log.warning("tasks wait (%d): the workers that have what they ask for are gone, and may come back", len(room.line))
        room.held = where is None
        if where is None:
            return
        batches: dict[float, list[Chunk]] = {}
        room_left = 0
        while (first := room.line.peek()) is not None:
            pace = self.pace(first.task.group)
            count = chunk_size(pace, waiting=len(room.line), threads=threads, chunking=self.chunking)
            cost = pace.cost(count)
            if room_left <= 0 or cost >= LONG:
                room_left = room.load.room(threads, cost)
            if room_left <= 0:
                break
            room_left -= 1
            chunk = self._to_chunk(room.line.take(count), pace, placement)
            room.load.add(chunk.cost)
            batches.setdefault(first.priority, []).append(chunk)
        for priority, chunks in batches.items():
            self._send(chunks, priority, where)

    def _to_chunk(self, entries: list[Entry], pace: Pace, placement: Placement) -> Chunk:
        self._seq += 1
        task = entries[0].task
        label = _UNFIT_FOR_KEYS.sub("_", str(task.options.get("key") or task.group))[-60:] or "task"
        # what is before the last dash names a key's group in Dask's dashboard, and its estimate of how long such tasks take
        key = f"{label}-{self._opening}-{self._seq}"
        size = sum(len(entry.task.work) for entry in entries)
        # longer each time: on a machine that does nothing in good time all would be moved, and nothing done
        patience = LONG * 2 ** min(max(entry.moves for entry in entries), _MOST_DOUBLED) + size / _MOVED
        chunk = Chunk(key, entries, pace, placement, pace.cost(len(entries)), time.time() * 1000, patience)
        for entry in entries:
            entry.chunk = chunk
        return chunk

    def _where(self, placement: Placement) -> dict[str, Any] | None:
        """Where Dask may run tasks, in its words; None while the workers that can are gone."""
        fitting = self.workers.fitting(placement)
        if not fitting and len(self.workers):
            return None
        if placement.workers:
            return {"workers": list(placement.workers)}
        if len(fitting) < len(self.workers) and not placement.resources:
            # with resources Dask itself chooses; other workers being allowed, an idle one would take the task, and die of the lack
            return {"workers": fitting, "allow_other_workers": True}
        return {}

    def _send(self, chunks: Sequence[Chunk], priority: float, where: Mapping[str, Any]) -> None:
        placement = chunks[0].placement
        try:
            futures = self._client.map(
                self._run,
                [self._packed(chunk) for chunk in chunks],
                key=[chunk.key for chunk in chunks],
                pure=False,
                # fractions too: Dask compares them and nothing else
                priority=priority,
                retries=placement.retries,
                resources=dict(placement.resources) or None,
                **where,
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody else would tell the tasks
            for chunk in chunks:
                self._room(placement).load.remove(chunk.cost)
                self.on_refused(chunk.entries, error)
            return
        for chunk, future in zip(chunks, futures, strict=True):
            self._chunks[chunk.key] = chunk
            self._futures[chunk.key] = future

    def _packed(self, chunk: Chunk) -> bytes:
        items = [(entry.task.uid, entry.task.attempt, entry.task.work) for entry in chunk.entries]
        return self._pack(self._opening, chunk.key, items, chunk.placement.needs, chunk.placement.retries)
