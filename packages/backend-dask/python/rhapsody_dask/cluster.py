"""Gets hold of a cluster: one that is started here, or one that runs already."""

from __future__ import annotations

import asyncio
import importlib
import logging
import shutil
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import dask
from distributed import Client, LocalCluster
from distributed.security import Security
from rhapsody_bridge.engine import EngineError

from .job_queue import make_job_queue, submit_first_jobs
from .settings import Settings

#: Seconds after Dask's own deadline until its word is not waited for.
_LEEWAY = 0.5
_LOOPBACK = "127.0.0.1"

#: A client in asynchronous mode: Dask's own types are those of the other mode, where methods give values and not awaitables.
AsyncClient: TypeAlias = Any


@dataclass(slots=True)
class Connection:
    """A client, and the cluster when it was started here."""

    client: AsyncClient
    #: What has to be stopped again; None when the cluster is somebody else's.
    cluster: Any
    #: Whether this process can reach workers.
    direct: bool
    #: Whether the cluster may grow with what it is asked for.
    elastic: bool
    #: Directory of a cluster on this machine.
    scratch: Path | None = None

    async def close(self, patience: float) -> None:
        """Ends the connection, and what was started here. ``patience`` is for the scheduler's answer, in seconds."""
        try:
            await self.client.close(timeout=patience)
        finally:
            await _close_cluster(self.cluster, self.scratch)


async def connect(settings: Settings, scratch: Path) -> Connection:
    """Starts or reaches the cluster.

    Args:
        settings: Which cluster, and how long to wait for it.
        scratch: Directory for a cluster on this machine; made when needed, removed at its end.

    Raises:
        EngineError: with the fix; nothing is left running.
    """
    # What a worker died of is run again by the session, which counts attempts, or not at all.
    dask.config.set({"distributed.scheduler.allowed-failures": 0, "distributed.comm.timeouts.connect": settings.connect_timeout})
    # its advice, for large arguments, is about programs that call Dask themselves
    dask.config.set({"distributed.admin.large-graph-warning-threshold": 2**60})
    if settings.kind == "local":
        dask.config.set({"temporary-directory": str(scratch)})
        # it would call tasks failed that the session is told of, and runs again
        logging.getLogger("distributed.scheduler").setLevel(logging.CRITICAL)
        return await _start(settings, _local(settings, scratch), scratch)
    if settings.kind == "jobqueue":
        return await _start(settings, lambda: make_job_queue(settings.cluster), None)
    return await _reach(settings)


def _connect(to: Any, **options: Any) -> AsyncClient:
    make: Any = Client
    return make(to, asynchronous=True, set_as_default=False, **options)


def _local(settings: Settings, scratch: Path) -> Any:
    given = settings.cluster
    sizes = {
        "n_workers": given.get("workers"),
        "threads_per_worker": given.get("threadsPerWorker"),
        "memory_limit": given.get("memoryLimitBytes"),
    }
    chosen = {name: value for name, value in sizes.items() if value is not None}

    def make() -> Any:
        scratch.mkdir(parents=True, exist_ok=True)
        start: Any = LocalCluster
        return start(
            asynchronous=True,
            host=_LOOPBACK,
            dashboard_address=f"{_LOOPBACK}:0",
            worker_dashboard_address=f"{_LOOPBACK}:0",
            silence_logs=logging.ERROR,
            local_directory=str(scratch),
            **chosen,
        )

    return make


async def _start(settings: Settings, make: Any, scratch: Path | None) -> Connection:
    cluster = None
    try:
        cluster = make()
        await asyncio.wait_for(_up(cluster, settings), settings.connect_timeout + settings.wait_for_workers)
        client = await _connect(cluster, timeout=settings.connect_timeout)
    except asyncio.CancelledError:
        await _give_up(cluster, scratch)
        raise
    except Exception as error:
        await _give_up(cluster, scratch)
        raise EngineError("BACKEND_UNAVAILABLE", _not_started(settings, error)) from error
    return Connection(client, cluster, direct=True, elastic=settings.kind == "jobqueue", scratch=scratch)


async def _up(cluster: Any, settings: Settings) -> None:
    await cluster
    if settings.kind == "jobqueue":
        await submit_first_jobs(cluster, settings.cluster)


async def _started(client: AsyncClient) -> None:
    await client


def _not_started(settings: Settings, error: Exception) -> str:
    if isinstance(error, TimeoutError | asyncio.TimeoutError):
        within = settings.connect_timeout + settings.wait_for_workers
        return f"the Dask cluster did not start within {within:g} s: raise connectTimeoutMs, or start fewer workers"
    what = "on this machine" if settings.kind == "local" else f"through {settings.cluster['system']}"
    return f"a Dask cluster could not be started {what}: {type(error).__name__}: {error}"


async def _reach(settings: Settings) -> Connection:
    address = str(settings.cluster["address"])
    if address.startswith("gateway://"):
        importlib.import_module("dask_gateway.comm")
    try:
        security = _security(settings.tls)
    except (ssl.SSLError, ValueError) as error:
        how = "give a certificate and the key that belongs to it, both in PEM, and as ca the certificate that signed the scheduler's"
        raise EngineError("BACKEND_UNAVAILABLE", f"the certificates (option tls) do not hold ({error}): {how}") from error
    # behind a gateway or a firewall, workers cannot be reached
    client = _connect(address, timeout=settings.connect_timeout, security=security, direct_to_workers=False)
    try:
        # its own deadline, which tells more, is over once something has answered, whatever that is
        await asyncio.wait_for(_started(client), settings.connect_timeout + _LEEWAY)
    except asyncio.CancelledError:
        await client.close(timeout=0)
        raise
    except Exception as error:
        await client.close(timeout=0)
        raise EngineError("BACKEND_UNAVAILABLE", _unreachable(address, settings, error)) from error
    return Connection(client, None, direct=False, elastic=True)


def _security(tls: Mapping[str, str]) -> Any:
    if not tls:
        return None
    certificate = tls.get("tlsCert")
    make: Any = Security
    security = make(
        tls_ca_file=tls.get("tlsCa", certificate), tls_client_cert=certificate, tls_client_key=tls.get("tlsKey"), require_encryption=True
    )
    # reads them, which would else be done amid the connection
    security.get_connection_args("client")
    return security


def _unreachable(address: str, settings: Settings, error: Exception) -> str:
    text = f"no Dask scheduler answers at {address} within {settings.connect_timeout:g} s ({_reasons(error)})"
    if isinstance(error, MemoryError):
        # the first bytes of an answer are taken for its length
        return f"{text}: what answers there is no scheduler; its dashboard has a port of its own, usually 8787, the scheduler 8786"
    if address.startswith("tcp://") and settings.tls:
        return f"{text}: with certificates its address begins with tls://"
    if address.startswith(("tls://", "gateway://")) and not settings.tls:
        return f"{text}: give the certificates that this address needs, option tls"
    protocol = ", that it speaks TLS" if settings.tls else ", that it does without TLS (else its address begins with tls://)"
    return f"{text}: check that it runs, that its port is open to this machine{protocol}, and that its Dask is of the same version"


def _reasons(error: BaseException) -> str:
    """An error and what it came from, in one line: Dask's own are often empty."""
    first = last = f"{type(error).__name__}: {error}".rstrip(": ")
    while (reason := error.__cause__ or error.__context__) is not None and not isinstance(reason, asyncio.CancelledError):
        error, last = reason, f"{type(reason).__name__}: {reason}".rstrip(": ")
    return first if last in first else f"{first}, from {last}"


async def _give_up(cluster: Any, scratch: Path | None) -> None:
    # why it did not start is what has to be told
    with suppress(Exception):
        await _close_cluster(cluster, scratch)


async def _close_cluster(cluster: Any, scratch: Path | None) -> None:
    try:
        if cluster is not None:
            await cluster.close()
    finally:
        if scratch is not None:
            await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)
