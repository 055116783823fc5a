"""The sidecar's end of the channel. A reader and a writer thread own it, so an engine that keeps the event loop busy starves neither."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from io import BufferedReader
from pathlib import Path
from threading import Event, Thread
from typing import Any

from rhapsody_bridge.engine import Update
from rhapsody_bridge.frames import Blob, FrameError, receive
from rhapsody_bridge.spill import take
from rhapsody_bridge.writer import Writer

#: Takes the header and the blobs of a frame; called in the reader thread.
Receiver = Callable[[dict[str, Any], list[Blob]], None]


def connect(address: str) -> socket.socket:
    """The host at ``fd:N``, a socket that this process was started with, or ``unix:PATH``, where the host listens."""
    kind, _, place = address.partition(":")
    if kind == "fd":
        connection = socket.socket(fileno=int(place))
        os.set_inheritable(connection.fileno(), False)
    else:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(place)
    connection.setblocking(True)
    return connection


class Channel:
    """Frames to and from the host. Everything but :meth:`read` may be called from any thread and returns at once."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._spill: Path | None = None
        self._writer = Writer(connection)

    def start(self, receiver: Receiver, ended: Callable[[], None]) -> None:
        """Begins to read; ``ended`` is called once in the reader thread, when the host is gone."""

        def read() -> None:
            try:
                self._read(receiver)
            except (OSError, FrameError, ValueError, KeyError) as error:
                self.log("error", "rhapsody_bridge", f"the channel failed: {error}")
            finally:
                ended()

        Thread(target=self._writer.run, name="rhapsody-writer", daemon=True).start()
        Thread(target=read, name="rhapsody-reader", daemon=True).start()

    def send(self, header: Mapping[str, Any], blobs: Sequence[Blob] = (), *, after_reports: bool = False) -> None:
        """Sends a frame, ahead of outcomes that wait for credit; ``after_reports``: not before what was reported until now."""
        self._writer.put(header, blobs, after_reports=after_reports)

    def report(self, updates: list[Update]) -> None:
        """Sends outcomes, as soon as the host takes them."""
        self._writer.report(updates)

    def log(self, level: str, logger: str, text: str) -> None:
        """Sends a line of log, or drops it when there are too many."""
        self._writer.log(level, logger, text)

    def flush(self, seconds: float) -> None:
        """Waits until all of it is on its way; the one method that waits."""
        done = Event()
        self._writer.flush(done)
        done.wait(seconds)

    def _read(self, receiver: Receiver) -> None:
        stream = BufferedReader(self._connection.makefile("rb", buffering=0), 64 * 1024)
        while (frame := receive(stream)) is not None:
            header, blobs = frame[0], list[Blob](frame[1])
            if header["op"] == "credit":
                self._writer.credit(header["bytes"])
                continue
            if header["op"] == "open" and header.get("spill"):
                self._spill = Path(header["spill"])
                self._writer.spill_to(self._spill)
            receiver(header, take(self._spill, header.get("files", {}), blobs))
