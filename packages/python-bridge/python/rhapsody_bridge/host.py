"""The way back to the session that engines get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rhapsody_bridge.channel import Channel
from rhapsody_bridge.engine import Update
from rhapsody_bridge.values import encode


class ChannelHost:
    """A :class:`rhapsody_bridge.engine.Host` over the channel."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def report(self, updates: Sequence[Update]) -> None:
        """Tells what became of attempts."""
        try:
            self._channel.report([(str(uid), int(attempt), bytes(outcome)) for uid, attempt, outcome in updates])
        except Exception as error:  # noqa: BLE001 an engine's mistake
            self._complain("report", error)

    def capacity(
        self, *, max_in_flight: int | None = None, cores: float | None = None, gpus: float | None = None, memory_bytes: float | None = None
    ) -> None:
        """Tells how much the engine takes at a time."""
        told = {"maxInFlight": max_in_flight, "cores": cores, "gpus": gpus, "memoryBytes": memory_bytes}
        self._channel.send({"op": "capacity", **{name: value for name, value in told.items() if value is not None}})

    def observe(self, facts: Mapping[str, Any]) -> None:
        """Tells how the engine is doing."""
        self._send({"op": "observe"}, dict(facts))

    def event(self, name: str, data: Any = None) -> None:
        """Tells the backend's own side of the engine something."""
        self._send({"op": "event", "name": str(name)}, data)

    def lost(self, message: str) -> None:
        """The engine died."""
        self._channel.send({"op": "lost", "message": str(message)}, after_reports=True)

    def _send(self, header: Mapping[str, Any], value: Any) -> None:
        try:
            self._channel.send(header, [encode(value)])
        except Exception as error:  # noqa: BLE001 an engine's mistake
            self._complain(str(header["op"]), error)

    def _complain(self, method: str, error: Exception) -> None:
        self._channel.log("error", "rhapsody_bridge", f"host.{method}() was given what cannot be sent: {type(error).__name__}: {error}")
