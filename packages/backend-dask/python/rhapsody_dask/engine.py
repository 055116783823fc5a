"""The engine: one opening of a Dask cluster."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
import secrets
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from typing import Any

from distributed.versions import get_versions
from rhapsody_bridge.engine import Attempt, CancelOutcome, EngineError, Host, OpenRequest, Task

from .attempts import Entry
from .cluster import AsyncClient, Connection, connect
from .flight import Flight
from .news import LOOK_SECONDS, News
from .places import to_placement
from .remote.messages import pack
from .settings import Settings, read_settings
from .ship import pack_shipment
from .size import Size
from .stopping import Stopping
from .versions import find_mismatch

_log = logging.getLogger(__name__)

#: Attempts that the session hands over ahead, for each thread and at least.
_AHEAD_PER_THREAD = 1024
_AHEAD = 4096
#: Most seconds for good-byes to a cluster that does not answer.
_GOODBYE = 5.0


class DaskEngine:
    """Runs tasks on a Dask cluster. See ``rhapsody_bridge.engine.Engine``."""

    def __init__(self) -> None:
        self._connection: Connection | None = None
        self._watch: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._lost = False
        self._seq = 0
        #: How the cluster is doing; empty before the first word of it.
        self._facts: dict[str, Any] = {}
        self._observed: dict[str, Any] = {}

    async def open(self, request: OpenRequest, host: Host) -> Mapping[str, Any]:
        settings = read_settings(request.settings, request.secrets)
        opening = f"rhapsody_{secrets.token_hex(6)}"
        self._opening, self._host = opening, host
        if settings.kind == "local":
            # tasks then find their environment in the workers, and need no process of their own for it
            os.environ.update(request.environment)
        self._connection = await connect(settings, request.work_dir / opening)
        try:
            await self._check_versions()
            await self._install(settings)
            await self._wait_for_workers(settings)
        except BaseException:
            await self.close(0.0)
            raise
        self._watch = asyncio.create_task(self._watch_over())
        return self._describe()

    async def submit(self, tasks: Sequence[Task]) -> None:
        if self._connection is None or self._closing is not None:
            raise EngineError("BACKEND_CLOSED", "the connection to Dask is closed")
        if self._lost:
            raise EngineError("BACKEND_LOST", "the connection to Dask broke")
        entries = []
        for task in tasks:
            self._seq += 1
            entries.append(Entry(task, self._seq, to_placement(task)))
        self._news.add(entries)
        self._flight.add(entries)

    async def cancel(self, attempts: Sequence[Attempt], reason: str, grace: float) -> Sequence[CancelOutcome]:  # noqa: ARG002 - Dask has no use for it
        if self._connection is None or self._closing is not None or self._lost:
            return ["cancelled"] * len(attempts)
        try:
            return await self._stopping.stop(attempts, grace)
        except OSError:
            # the connection broke, which is told of on its own; workers end what nobody waits for
            return ["cancelled"] * len(attempts)

    async def call(self, method: str, params: Any) -> Any:
        if self._connection is None or self._closing is not None:
            raise EngineError("BACKEND_CLOSED", "the connection to Dask is closed")
        if method == "scale":
            return await self._size.scale(int(params["workers"]))
        if method == "adapt":
            self._size.adapt(int(params.get("minimum", 0)), int(params["maximum"]))
            self._flight.elastic = True
            return None
        if method == "workers":
            return [_public(worker) for worker in self._flight.workers.all]
        if method == "dashboard":
            return self._dashboard()
        raise EngineError("BACKEND_UNAVAILABLE", f"the Dask engine has no call {method!r}: host and engine are of different versions")

    async def close(self, grace: float) -> None:
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(grace))
        await asyncio.shield(self._closing)

    async def _check_versions(self) -> None:
        versions = await self._client.get_versions()
        others = {f"the scheduler {self._client.scheduler.address}": versions["scheduler"]}
        others.update({f"the worker {address}": worker for address, worker in versions["workers"].items()})
        for where, other in others.items():
            problem = find_mismatch(versions["client"], other or {}, where)
            if problem is not None:
                raise EngineError("BACKEND_UNAVAILABLE", problem)

    async def _install(self, settings: Settings) -> None:
        client, opening = self._client, self._opening
        shipment = pack_shipment()
        remote = {name: shipment.module(f"rhapsody_dask.remote.{name}") for name in ("place", "on_worker", "on_scheduler")}
        place = remote["place"]
        self._flight = Flight(client, opening, run=place.run_chunk, pack=place.pack_chunk)
        self._flight.chunking, self._flight.elastic = settings.chunking, self._connected.elastic
        self._news = News(client, self._flight, self._host)
        self._news.direct = self._connected.direct
        self._news.on_facts, self._news.on_worker = self._on_facts, self._on_worker
        self._stopping = Stopping(client, opening, self._flight, self._news, remote)
        self._size = Size(self._connected, opening, self._stopping, remote)
        client.subscribe_topic(opening, self._news.hear)
        # the subscription and the plugins go different ways to the scheduler: it has to be there first
        while not self._news.heard.is_set():
            await client.log_event(opening, pack("hello"))
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._news.heard.wait(), 0.05)
        self._remote = remote
        try:
            await client.register_plugin(remote["on_scheduler"].OnScheduler(shipment, opening, client.id))
            await client.register_plugin(remote["on_worker"].OnWorker(shipment, opening))
        except Exception as error:
            how = "the scheduler has to allow plugins (distributed.scheduler.pickle: true)"
            raise EngineError("BACKEND_UNAVAILABLE", f"Dask does not take the code that runs tasks ({error!r}): {how}") from error

    async def _wait_for_workers(self, settings: Settings) -> None:
        if settings.wait_for_workers <= 0 and settings.kind != "local":
            return
        try:
            await asyncio.wait_for(self._client.wait_for_workers(1), settings.wait_for_workers or settings.connect_timeout)
        except (TimeoutError, asyncio.TimeoutError) as error:
            address = self._client.scheduler.address
            how = f"start one with: dask worker {address}; or raise waitForWorkersMs; or let tasks wait with waitForWorkersMs: 0"
            if settings.kind == "local":
                how = "give its workers more memory (memoryLimitBytes) or time (waitForWorkersMs); the log says why they end, if they do"
            message = f"the Dask cluster at {address} has no worker after {settings.wait_for_workers:g} s: {how}"
            raise EngineError("BACKEND_UNAVAILABLE", message) from error

    async def _watch_over(self) -> None:
        while not self._lost:
            await asyncio.sleep(LOOK_SECONDS)
            if self._client.status != "running":
                self._lost = True
                self._flight.close()
                address = self._client.scheduler.address
                self._host.lost(f"the connection to the Dask scheduler {address} broke: it ended, or the network failed")
                return
            if self._facts:
                self._observe()
            if len(self._flight):
                await self._news.look()
            if stuck := self._flight.find_stuck():
                with suppress(OSError, ValueError):
                    await self._stopping.free(stuck)

    def _on_worker(self, worker: Mapping[str, Any]) -> None:
        other = {"host": {"python": worker["python"]}, "packages": worker["packages"]}
        problem = find_mismatch(get_versions(), other, f"the worker {worker['address']}")
        if problem is not None:
            _log.warning("%s", problem)
        self._tell_capacity()

    def _on_facts(self, facts: dict[str, Any]) -> None:
        self._facts = facts
        self._observe()

    def _observe(self) -> None:
        on_cluster = sum(len(chunk.entries) for chunk in self._flight.chunks)
        observed = {**self._facts, "tasks": {"waiting": self._flight.waiting, "onCluster": on_cluster}}
        if observed != self._observed:
            self._observed = observed
            self._host.observe(observed)

    def _tell_capacity(self) -> None:
        self._host.capacity(max_in_flight=max(_AHEAD, self._flight.workers.threads * _AHEAD_PER_THREAD))

    def _describe(self) -> dict[str, Any]:
        return {
            "name": "dask",
            "version": version("distributed"),
            "schedulerAddress": self._client.scheduler.address,
            "dashboardLink": self._dashboard(),
            "workers": len(self._flight.workers),
        }

    def _dashboard(self) -> str | None:
        if self._connection is None or importlib.util.find_spec("bokeh") is None:
            return None
        link = self._client.dashboard_link
        return None if link is None else str(link)

    @property
    def _connected(self) -> Connection:
        if self._connection is None:
            raise EngineError("BACKEND_CLOSED", "the connection to Dask is closed")
        return self._connection

    @property
    def _client(self) -> AsyncClient:
        return self._connected.client

    async def _close(self, grace: float) -> None:
        if self._watch is not None:
            self._watch.cancel()
        if self._connection is None:
            return
        if hasattr(self, "_news") and not self._lost:
            stop = self._remote["on_worker"].close_place
            await _politely(self._client.run(stop, opening=self._opening, grace=grace, on_error="return"), grace)
            self._flight.close()
            await self._news.close()
            await _politely(self._client.run_on_scheduler(self._remote["on_scheduler"].leave, opening=self._opening))
        await _politely(self._connection.close(0.0 if self._lost else _GOODBYE), _GOODBYE)


async def _politely(work: Awaitable[Any], extra: float = 0.0) -> None:
    """Does what may fail, or take forever, on a cluster that is gone."""
    try:
        await asyncio.wait_for(work, _GOODBYE + extra)
    except Exception as error:  # noqa: BLE001 - nobody can do anything about it
        _log.debug("closing Dask: %r", error)


def _public(worker: Mapping[str, Any]) -> dict[str, Any]:
    return {name: worker[name] for name in ("address", "name", "threads", "memoryLimitBytes", "resources")}
