"""The engine: one opening of Dragon's inference service, in the head process of a Dragon runtime."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Protocol

from rhapsody_bridge.engine import Attempt, CancelOutcome, EngineError, Host, OpenRequest, Task

from .asked import Asked
from .lanes import Lanes, Service
from .requirements import find_problems
from .service import DragonService, gpus_by_host

#: Seconds between two looks at the service's processes.
_LOOK_SECONDS = 2.0
#: Most seconds for the service to end, beyond the grace: the bridge allows five.
_STOP_SECONDS = 4.0
#: Prompts with the service for each of its copies of the model, in batches, so that none waits for the next.
_BATCHES_AHEAD = 2
#: Prompts that a copy takes at a time when the configuration does not say: Dragon's own default.
_BATCH = 60
#: Most prompts with the service: each has a thread and a queue.
_MOST = 512


class RunningService(Service, Protocol):
    """A service, from its making to its end. Its methods block."""

    @property
    def workers(self) -> int:
        """Copies of the model."""

    def start(self) -> None:
        """Returns when it can be asked."""

    def find_dead(self) -> str | None:
        """What of it has ended, which it should not."""

    def stop(self) -> None:
        """Ends it."""


MakeService = Callable[[Mapping[str, Any]], RunningService]


def make_dragon_service(config: Mapping[str, Any]) -> RunningService:
    """Dragon's own, not started yet.

    Raises:
        EngineError: it could not start here; names everything that is missing.
    """
    problems = find_problems(gpus_by_host(), config, sys.executable)
    if problems:
        raise EngineError("BACKEND_UNAVAILABLE", "Dragon's inference service cannot start: " + "; ".join(problems))
    return DragonService(config)


class DragonVllmEngine:
    """Asks Dragon's inference service. See ``rhapsody_bridge.engine.Engine``.

    ``settings`` are, as the TypeScript side (``src/dragon/open-dragon.ts``) writes them, ``{ config, maxInFlight? }`` with
    Dragon's own configuration, and the secrets ``hf_token``, ``flask_secret_key`` and ``token`` belong into it.
    """

    def __init__(self, make_service: MakeService = make_dragon_service) -> None:
        self._make_service = make_service
        self._service: RunningService | None = None
        self._lanes: Lanes | None = None
        self._watch: asyncio.Task[None] | None = None
        self._asked: dict[Attempt, Asked] = {}
        self._closed = False

    async def open(self, request: OpenRequest, host: Host) -> Mapping[str, Any]:
        os.environ.update(request.environment)
        self._host, settings = host, request.settings
        config = _with_secrets(settings["config"], request.secrets)
        if "DRAGON_MY_PUID" not in os.environ:
            raise EngineError(
                "BACKEND_UNAVAILABLE", "the process was not started by Dragon's launcher: host and engine are of different versions"
            )
        self._service = await _call(self._make_service, config)
        await self._start(self._service)
        most = settings.get("maxInFlight") or min(_MOST, self._service.workers * _batch_of(config) * _BATCHES_AHEAD)
        self._lanes = Lanes(self._service, most)
        self._watch = asyncio.create_task(self._watch_over(self._service))
        return {"name": "dragon", "version": version("dragonhpc"), "workers": self._service.workers, "room": most}

    async def submit(self, tasks: Sequence[Task]) -> None:
        if self._lanes is None or self._closed:
            raise EngineError("BACKEND_CLOSED", "Dragon's inference service is closed")
        prompts = [Asked(task, self._tell) for task in tasks]
        self._asked.update((prompt.attempt, prompt) for prompt in prompts)
        self._lanes.ask(prompts)

    async def cancel(self, attempts: Sequence[Attempt], reason: str, grace: float) -> Sequence[CancelOutcome]:  # noqa: ARG002 the service stops no prompt
        return [self._cancel(attempt) for attempt in attempts]

    async def call(self, method: str, params: Any) -> Any:  # noqa: ARG002 there is none
        raise EngineError("BACKEND_UNAVAILABLE", f"this engine has no call {method!r}: host and engine are of different versions")

    async def close(self, grace: float) -> None:
        if self._closed:
            return
        self._closed = True
        if self._watch is not None:
            self._watch.cancel()
        if self._lanes is not None:
            self._lanes.close()
        if self._service is not None:
            try:
                await asyncio.wait_for(_call(self._service.stop), grace + _STOP_SECONDS)
            except (TimeoutError, asyncio.TimeoutError):
                # it answers what it has to the end; the guard kills it
                return

    def _cancel(self, attempt: Attempt) -> CancelOutcome:
        prompt = self._asked.pop(attempt, None)
        if prompt is None or self._lanes is None:
            return "cancelled"
        return "cancelled" if self._lanes.give_up(prompt) else "detached"

    def _tell(self, attempt: Attempt, told: bytes, *, ended: bool) -> None:
        if ended:
            self._asked.pop(attempt, None)
        self._host.report([(*attempt, told)])

    async def _start(self, service: RunningService) -> None:
        starting = asyncio.ensure_future(_call(service.start))
        try:
            while not starting.done():
                await asyncio.wait([starting], timeout=_LOOK_SECONDS)
                if not starting.done() and (dead := _dead_of(service)) is not None:
                    raise EngineError("BACKEND_UNAVAILABLE", f"{dead}, before the model was loaded: their log lines say why")
        finally:
            starting.cancel()
        await starting

    async def _watch_over(self, service: RunningService) -> None:
        while not self._closed:
            await asyncio.sleep(_LOOK_SECONDS)
            if (dead := await asyncio.to_thread(_dead_of, service)) is not None:
                self._host.lost(dead)
                return


def _dead_of(service: RunningService) -> str | None:
    try:
        return service.find_dead()
    except Exception:  # noqa: BLE001 the group is not up yet, or changes just now
        return None


async def _call(what: Callable[..., Any], *arguments: Any) -> Any:
    """Calls what may never return in a thread that keeps nobody."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Any] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(result)
        else:
            done.set_exception(error)

    def run() -> None:
        result, failure = None, None
        try:
            result = what(*arguments)
        except BaseException as error:  # noqa: BLE001 the caller's to handle
            failure = error
        loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=run, daemon=True).start()
    return await done


def _with_secrets(config: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
    required = {"hf_token": "", "flask_secret_key": "", **config.get("required", {})}
    required.update((name, secrets[name]) for name in ("hf_token", "flask_secret_key") if name in secrets)
    return {
        "run_type": "backend_only",
        "token": "",
        **config,
        **{name: secrets[name] for name in ("token",) if name in secrets},
        "required": required,
    }


def _batch_of(config: Mapping[str, Any]) -> int:
    batching = config.get("input_batching") or {}
    return int(batching.get("max_batch_limit", _BATCH)) if batching.get("toggle_on", True) else 1
