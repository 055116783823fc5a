"""Changes how many workers a cluster has that was started here."""

from __future__ import annotations

from typing import Any

from rhapsody_bridge.engine import EngineError

from .cluster import Connection
from .job_queue import is_job_queue, scale_jobs
from .stopping import Stopping

#: A worker that is to go has its chunks looked at so often, in seconds.
_STEP = 10.0


class Size:
    """Scales a cluster; workers that go finish what they run."""

    def __init__(self, connection: Connection, opening: str, stopping: Stopping, remote: Any) -> None:
        self._connection = connection
        self._opening = opening
        self._stopping = stopping
        self._remote = remote

    async def scale(self, workers: int) -> None:
        """Starts workers, or lets the least busy go; returns once that is so, or for jobs once they are asked for."""
        cluster = self._own()
        if (adaptive := cluster._adaptive) is not None:  # noqa: SLF001 - Dask has no other word for it
            adaptive.stop()
        if is_job_queue(cluster):
            await self._scale_jobs(cluster, workers)
            return
        surplus = len(cluster.worker_spec) - workers
        if surplus <= 0:
            cluster.scale(workers)
            await cluster
            return
        client = self._connection.client
        leaving = await client.run_on_scheduler(self._remote["on_scheduler"].least_busy, count=surplus)
        # they get nothing new from now on
        await client.retire_workers(leaving, close_workers=False, remove=False)
        for address in leaving:
            await self._drain(address)
        names = {worker["name"] for address, worker in cluster.scheduler_info["workers"].items() if address in leaving}
        await cluster.scale_down(names)

    def adapt(self, minimum: int, maximum: int) -> None:
        """Lets Dask choose the number of workers by its load."""
        cluster = self._own()
        if is_job_queue(cluster):
            cluster.adapt(minimum_jobs=minimum, maximum_jobs=maximum)
        else:
            cluster.adapt(minimum=minimum, maximum=maximum)
        self._connection.elastic = True

    async def _scale_jobs(self, cluster: Any, jobs: int) -> None:
        try:
            await scale_jobs(cluster, jobs)
        except Exception as error:
            raise EngineError("BACKEND_UNAVAILABLE", f"jobs could not be submitted: {error}") from error

    async def _drain(self, address: str) -> None:
        client, on_worker = self._connection.client, self._remote["on_worker"]
        idle = False
        while not idle:
            await self._stopping.pull_back(address)
            wait = on_worker.wait_until_idle
            answers = await client.run(wait, opening=self._opening, seconds=_STEP, workers=[address], on_error="return")
            # an error: the worker went by itself
            idle = answers.get(address) is not False

    def _own(self) -> Any:
        cluster = self._connection.cluster
        if cluster is None:
            how = "change its workers where it was, or start more with dask worker"
            raise EngineError("BACKEND_UNAVAILABLE", f"this Dask cluster was not started here: {how}")
        return cluster
