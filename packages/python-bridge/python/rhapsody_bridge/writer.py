"""The thread that writes the channel: batches of outcomes, credit, beats."""

from __future__ import annotations

import contextlib
import socket
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event
from typing import Any

from rhapsody_bridge.engine import Update
from rhapsody_bridge.frames import Blob, FrameError, pack, send
from rhapsody_bridge.spill import spill

#: Bytes of outcomes that may be under way without the host having taken them.
WINDOW = 8 * 1024 * 1024
#: Seconds without a frame after which a beat is sent.
BEAT_SECONDS = 5.0
#: Lines of log that may wait.
MAX_LOG_ENTRIES = 1000

_MAX_TASKS = 1000
_MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Frame:
    header: Mapping[str, Any]
    blobs: Sequence[Blob]
    after_reports: bool


class Writer:
    """All that is to be sent. Other threads only put things into a queue whose ``put`` may interrupt itself: no lock is held."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._inbox: SimpleQueue[_Frame | list[Update] | int | Path | Event | None] = SimpleQueue()
        self._waiting: deque[_Frame | Update | Event] = deque()
        self._credit = WINDOW
        self._directory: Path | None = None
        self._logs: deque[dict[str, str]] = deque()
        self._dropped = 0
        self._woken = False

    def put(self, header: Mapping[str, Any], blobs: Sequence[Blob], *, after_reports: bool) -> None:
        self._inbox.put(_Frame(header, blobs, after_reports))

    def report(self, updates: list[Update]) -> None:
        self._inbox.put(updates)

    def log(self, level: str, logger: str, text: str) -> None:
        if len(self._logs) >= MAX_LOG_ENTRIES:
            self._dropped += 1
            return
        self._logs.append({"level": level, "logger": logger, "text": text})
        if not self._woken:
            self._woken = True
            self._inbox.put(None)

    def credit(self, size: int) -> None:
        self._inbox.put(size)

    def spill_to(self, directory: Path) -> None:
        self._inbox.put(directory)

    def flush(self, done: Event) -> None:
        self._inbox.put(done)

    def run(self) -> None:
        """Writes until the host is gone, or until there is something that cannot be sent: then the host is told by the channel's end."""
        try:
            self._run()
        except OSError:  # the host is gone, which the reader sees as well
            return
        finally:
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)

    def _run(self) -> None:
        beat_at = time.monotonic() + BEAT_SECONDS
        while True:
            pieces = self._collect(max(0.0, beat_at - time.monotonic()))
            self._add_logs(pieces)
            flushed = self._add_waiting(pieces)
            if not pieces and time.monotonic() >= beat_at:
                pieces = pack({"op": "beat"})
            if pieces:
                send(self._connection, pieces)
                beat_at = time.monotonic() + BEAT_SECONDS
            for done in flushed:
                done.set()

    def _collect(self, seconds: float) -> list[Blob]:
        """Waits for something to do; gives what goes at once."""
        pieces: list[Blob] = []
        try:
            item = self._inbox.get(timeout=seconds)
            while True:
                if isinstance(item, int):
                    self._credit += item
                elif isinstance(item, Path):
                    self._directory = item
                elif isinstance(item, _Frame) and not item.after_reports:
                    pieces += self._pack(item.header, item.blobs)
                elif isinstance(item, list):
                    self._waiting.extend(item)
                elif item is not None:
                    self._waiting.append(item)
                item = self._inbox.get_nowait()
        except Empty:
            return pieces

    def _add_logs(self, pieces: list[Blob]) -> None:
        self._woken = False
        entries = [self._logs.popleft() for _ in range(len(self._logs))]
        dropped, self._dropped = self._dropped, 0
        if dropped:
            entries.append({"level": "warn", "logger": "rhapsody_bridge", "text": f"{dropped} more lines of log were dropped"})
        if entries:
            pieces += pack({"op": "log", "entries": entries})

    def _add_waiting(self, pieces: list[Blob]) -> list[Event]:
        flushed: list[Event] = []
        while self._waiting:
            first = self._waiting[0]
            if isinstance(first, tuple):
                frame = self._next_reports()
                if frame is None:
                    break
                pieces += frame
                continue
            self._waiting.popleft()
            if isinstance(first, Event):
                flushed.append(first)
            else:
                pieces += self._pack(first.header, first.blobs)
        return flushed

    def _next_reports(self) -> list[Blob] | None:
        """A frame of the outcomes that wait, as many as there is credit for; ``None`` when there is none."""
        tasks: list[tuple[str, int]] = []
        outcomes: list[Blob] = []
        files: dict[str, str] = {}
        size = 0
        while self._waiting and len(tasks) < _MAX_TASKS:
            first = self._waiting[0]
            if not isinstance(first, tuple):
                break
            uid, attempt, whole = first
            spilled, (outcome,) = spill(self._directory, [whole])
            if spilled:
                files[str(len(tasks))] = spilled["0"]
            elif (tasks and size + len(outcome) > _MAX_BYTES) or size + len(outcome) > self._credit < WINDOW:
                break
            tasks.append((uid, attempt))
            outcomes.append(outcome)
            size += len(outcome)
            self._waiting.popleft()
        if not tasks:
            return None
        self._credit -= size
        return pack({"op": "report", "tasks": tasks, **({"files": files} if files else {})}, outcomes)

    def _pack(self, header: Mapping[str, Any], blobs: Sequence[Blob]) -> list[Blob]:
        files, kept = spill(self._directory, blobs)
        try:
            return pack({**header, "files": files} if files else header, kept)
        except (FrameError, TypeError, ValueError) as error:
            text = f"the sidecar cannot send {header.get('op')}: {error}"
            if header.get("op") != "answer":
                return pack({"op": "log", "entries": [{"level": "error", "logger": "rhapsody_bridge", "text": text}]})
            return pack({"op": "answer", "id": header["id"], "ok": False, "error": {"code": "BACKEND_REJECTED_TASKS", "message": text}})
