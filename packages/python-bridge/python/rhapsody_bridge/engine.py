"""What an engine module implements, and what the bridge lends to it.

An engine module is a Python module with a function ``create_engine() -> Engine``. The bridge imports it in the sidecar's main thread,
which runs an asyncio event loop, and awaits its methods there; it never calls two of ``open``, ``close`` at once. Reading, writing and
watching the host happen in threads of their own, so an engine that blocks the loop delays its own tasks and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

#: An attempt of a task: its uid, and which try it is, from 1.
Attempt = tuple[str, int]

CancelOutcome = Literal["cancelled", "detached"]


@dataclass(frozen=True, slots=True)
class Task:
    """One attempt that was handed over."""

    uid: str
    attempt: int
    #: The user's label, for people to read.
    name: str
    #: What kind of work ``work`` is: ``"executable"``, ``"python"``, ``"module"``.
    kind: str
    #: Tasks of one group are likely to take about as long as each other: the function's reference or the program's name.
    group: str
    #: Higher runs first.
    priority: float
    #: Cores, GPUs, memory in bytes, as far as the task asks for them.
    resources: Mapping[str, float]
    #: The user's options for this kind of backend, as they are.
    options: Mapping[str, Any]
    #: The work itself, in the form that ``rhapsody_bridge.work.run`` takes: opaque to an engine, which carries it to where the task runs.
    work: bytes = field(repr=False)


#: News of an attempt: what it is about, and an encoded outcome (see ``rhapsody_bridge.outcome``), often as it came from where the task ran.
Update = tuple[str, int, bytes]


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """What an engine is opened with."""

    session: str
    #: Rises with each opening of the backend in its session.
    epoch: int
    #: Existing directory of the session, for scratch files; on the host's machine.
    work_dir: Path
    #: The backend's settings, as the host's side of the engine sent them.
    settings: Mapping[str, Any]
    #: Passwords, keys and tokens. Kept out of logs, errors, ``argv`` and the environment.
    secrets: Mapping[str, str] = field(repr=False)
    #: Variables for every task.
    environment: Mapping[str, str] = field(repr=False)


class Host(Protocol):
    """The way back to the session. Every method may be called from any thread, returns at once and never raises."""

    def report(self, updates: Sequence[Update]) -> None:
        """Tells what became of attempts. At most one ``RUNNING``, then exactly one end for each attempt."""

    def capacity(
        self, *, max_in_flight: int | None = None, cores: float | None = None, gpus: float | None = None, memory_bytes: float | None = None
    ) -> None:
        """Tells how much the engine takes at a time; replaces what was told before."""

    def observe(self, facts: Mapping[str, Any]) -> None:
        """Tells how the engine is doing: ``workers``, ``threads``, ``memoryBytes``, ``memoryLimitBytes``, ``tasks`` (a count by state)."""

    def event(self, name: str, data: Any = None) -> None:
        """Tells the backend's own side of the engine something."""

    def lost(self, message: str) -> None:
        """The engine died: nothing that is reported after this counts."""


class EngineError(Exception):
    """A failure that the session shows to the user: what happened and what to do.

    ``code`` is one of core's ``BackendErrorCode``: ``BACKEND_UNAVAILABLE`` (cannot be reached or is not installed),
    ``BACKEND_REJECTED_TASKS``, ``BACKEND_LOST``, ``BACKEND_CLOSED``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Engine(Protocol):
    """One opening of an engine."""

    async def open(self, request: OpenRequest, host: Host) -> Mapping[str, Any]:
        """Starts or reaches the engine. Gives facts for the host's side: at least ``name`` and ``version`` of the engine.

        Cancelled (``asyncio.CancelledError``) when the session gives the opening up: clears up and re-raises.

        Raises:
            EngineError: with ``BACKEND_UNAVAILABLE`` and the fix. Nothing is left running.
        """

    async def submit(self, tasks: Sequence[Task]) -> None:
        """Queues a batch, all or nothing. The bridge drops attempts that it has handed over before.

        Raises:
            EngineError: none of the batch was accepted.
        """

    async def cancel(self, attempts: Sequence[Attempt], reason: str, grace: float) -> Sequence[CancelOutcome]:
        """Stops attempts, queued or running; returns once their work is gone, one outcome for each in order.

        ``cancelled`` for those that have ended.
        """

    async def call(self, method: str, params: Any) -> Any:
        """Does something that only this engine can, such as ``scale``.

        Raises:
            EngineError: with the fix.
        """

    async def close(self, grace: float) -> None:
        """Stops what runs (asks, then kills after ``grace`` seconds) and what the engine started. Idempotent."""
