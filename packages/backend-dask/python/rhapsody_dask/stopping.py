"""Stops attempts wherever they are: in line, on the scheduler, waiting at a worker, or running there."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from rhapsody_bridge import outcome
from rhapsody_bridge.engine import Attempt, CancelOutcome

from .attempts import Chunk, Entry
from .cluster import AsyncClient
from .flight import Flight
from .news import News

#: A key that the scheduler does not know is on its way there, or done: seconds until it is asked again.
_AGAIN_SECONDS = 0.02


class Stopping:
    """Stops attempts of one opening."""

    def __init__(self, client: AsyncClient, opening: str, flight: Flight, news: News, remote: Mapping[str, ModuleType]) -> None:
        """``remote`` has the shipped modules ``on_worker`` and ``on_scheduler``."""
        self._client = client
        self._opening = opening
        self._flight = flight
        self._news = news
        self._on_worker = remote["on_worker"]
        self._on_scheduler = remote["on_scheduler"]

    async def stop(self, attempts: Sequence[Attempt], grace: float) -> list[CancelOutcome]:
        """Stops attempts; returns once their work is gone, one outcome each. Those that nobody knows have ended."""
        outcomes: dict[Attempt, CancelOutcome] = {}
        left = list(attempts)
        while left:
            outcomes.update(await self._stop_once(left, grace))
            self._news.flush()
            # what a worker was kept from beginning may have come back in line, and gone out again, before it was recalled
            left = [attempt for attempt in left if attempt not in outcomes and self._news.entry(attempt) is not None]
            if left:
                await asyncio.sleep(_AGAIN_SECONDS)
        return [outcomes.get(attempt, "cancelled") for attempt in attempts]

    async def _stop_once(self, attempts: Sequence[Attempt], grace: float) -> dict[Attempt, CancelOutcome]:
        wanted: dict[str, list[Entry]] = defaultdict(list)
        for attempt in attempts:
            entry = self._news.entry(attempt)
            if entry is not None and entry.chunk is not None:
                wanted[entry.chunk.key].append(entry)
            elif entry is not None:
                self._flight.forget(entry)
                self._news.end(entry, outcome.canceled())
        return await self._stop_chunks(wanted, grace)

    async def pull_back(self, worker: str) -> None:
        """Puts what a worker has and has not begun in line again."""
        keys = await self._client.run_on_scheduler(self._on_scheduler.keys_at, opening=self._opening, worker=worker)
        await self._take_back(worker, keys, self._on_worker.withdraw)

    async def free(self, keys: Sequence[str]) -> None:
        """Puts chunks in line again that wait at a worker behind others: there, they would be lost with it, and others may be idle."""
        where: Mapping[str, Sequence[str]] = await self._client.run_on_scheduler(self._on_scheduler.by_worker, keys=list(keys))
        for worker, there in where.items():
            await self._take_back(worker, there, self._on_worker.withdraw_waiting)

    async def _take_back(self, worker: str, keys: Sequence[str], withdraw: Any) -> None:
        begun = await self._run(withdraw, worker, keys=list(keys))
        if not isinstance(begun, list):
            return
        for key, answer in (await self._recall({key: worker for key in keys if key not in begun})).items():
            if answer == "recalled":
                self._flight.move(key)

    async def _stop_chunks(self, wanted: dict[str, list[Entry]], grace: float) -> dict[Attempt, CancelOutcome]:
        outcomes: dict[Attempt, CancelOutcome] = {}
        promised: dict[str, str | None] = dict.fromkeys(wanted)
        while promised:
            at: dict[str, list[str]] = defaultdict(list)
            for key, answer in (await self._recall(promised)).items():
                if answer.startswith("at "):
                    at[answer.removeprefix("at ")].append(key)
                    continue
                if answer == "recalled":
                    self._take_out(self._flight.remove(key), wanted[key])
                if answer != "unknown" or self._flight.find(key) is None:
                    del promised[key]
            for worker, keys, answers in await self._stop_at(at, wanted, grace):
                for key in keys:
                    # a worker that does not answer is gone, with all that it ran
                    gone: list[CancelOutcome] = ["cancelled"] * len(wanted[key])
                    found = answers.get(key, []) if isinstance(answers, dict) else gone
                    if found is None:
                        promised[key] = worker
                        continue
                    del promised[key]
                    outcomes.update(self._note(wanted[key], found))
            if promised and not at:
                await asyncio.sleep(_AGAIN_SECONDS)
        return outcomes

    async def _stop_at(
        self, at: Mapping[str, list[str]], wanted: Mapping[str, list[Entry]], grace: float
    ) -> list[tuple[str, list[str], Any]]:
        async def stop(worker: str, keys: list[str]) -> tuple[str, list[str], Any]:
            attempts = {key: [(entry.task.uid, entry.task.attempt) for entry in wanted[key]] for key in keys}
            return worker, keys, await self._run(self._on_worker.stop_items, worker, keys=attempts, grace=grace)

        return list(await asyncio.gather(*(stop(worker, keys) for worker, keys in at.items())))

    def _note(self, entries: Sequence[Entry], found: Sequence[CancelOutcome]) -> dict[Attempt, CancelOutcome]:
        noted: dict[Attempt, CancelOutcome] = {}
        for entry, became in zip(entries, found, strict=False):
            noted[(entry.task.uid, entry.task.attempt)] = became
            if became == "detached":
                self._news.end(entry, outcome.canceled())
        return noted

    def _take_out(self, chunk: Chunk | None, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self._news.end(entry, outcome.canceled())
        if chunk is not None:
            self._flight.put_back(chunk.entries)

    async def _recall(self, keys: Mapping[str, str | None]) -> dict[str, str]:
        if not keys:
            return {}
        answers: dict[str, str] = await self._client.run_on_scheduler(self._on_scheduler.recall, client=self._client.id, keys=dict(keys))
        return answers

    async def _run(self, function: Any, worker: str, **arguments: Any) -> Any:
        """What a function gives on a worker; an exception, or None, when the worker is gone."""
        try:
            answers = await self._client.run(function, opening=self._opening, workers=[worker], on_error="return", **arguments)
        except (OSError, ValueError):
            return None
        return answers.get(worker)
