"""Clusters whose workers are jobs of a resource manager, submitted through dask-jobqueue."""

from __future__ import annotations

import importlib
import shlex
import shutil
import signal
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from distributed import Status

#: Classes of dask-jobqueue by the name of the resource manager.
_CLASSES = {
    "slurm": "SLURMCluster",
    "pbs": "PBSCluster",
    "lsf": "LSFCluster",
    "sge": "SGECluster",
    "htcondor": "HTCondorCluster",
    "oar": "OARCluster",
    "moab": "MoabCluster",
}


def make_job_queue(given: Mapping[str, Any]) -> Any:
    """A cluster that is not started yet.

    Raises:
        FileNotFoundError: no jobs can be submitted from here; says what to do.
    """
    kind: Any = getattr(_dask_jobqueue(), _CLASSES[given["system"]])
    program = shlex.split(kind.job_cls.submit_command)[0]
    if shutil.which(program) is None:
        raise FileNotFoundError(f"{program} is not in PATH; start the session where jobs can be submitted, e.g. on a login node")
    options: dict[str, Any] = {"scheduler_options": {"dashboard_address": ":0"}, **given.get("options", {})}
    return kind(asynchronous=True, **options)


def _dask_jobqueue() -> ModuleType:
    """Without its handler of SIGINT, which would end this process by the Ctrl-C that is the host's."""
    handler = signal.getsignal(signal.SIGINT)
    try:
        return importlib.import_module("dask_jobqueue")
    finally:
        signal.signal(signal.SIGINT, handler)


def is_job_queue(cluster: Any) -> bool:
    """Whether a cluster's workers are jobs."""
    return hasattr(cluster, "job_cls")


async def submit_first_jobs(cluster: Any, given: Mapping[str, Any]) -> None:
    """Asks for what a started cluster was described with. Raises what :func:`scale_jobs` does."""
    adaptive = given.get("adaptive")
    if adaptive is None:
        await scale_jobs(cluster, given.get("jobs", 1))
    else:
        cluster.adapt(minimum_jobs=adaptive.get("minimum", 0), maximum_jobs=adaptive["maximum"])


async def scale_jobs(cluster: Any, jobs: int) -> None:
    """Submits jobs, or gives the last ones up; returns once they are submitted.

    Raises:
        RuntimeError: the resource manager refused, with its words.
    """
    before = set(cluster.worker_spec)
    if jobs <= len(before):
        cluster.scale(jobs=jobs)
        return
    # not by `scale`, which tells nobody that a job was refused
    while len(cluster.worker_spec) < jobs:
        cluster.worker_spec.update(cluster.new_worker_spec())
    try:
        await cluster
    except Exception:
        for name in cluster.worker_spec.keys() - before:
            job = cluster.workers.get(name)
            if job is None or job.job_id is None:
                _forget(cluster, name)
        raise


def _forget(cluster: Any, name: str) -> None:
    """Gives up a job that was not submitted."""
    del cluster.worker_spec[name]
    job = cluster.workers.pop(name, None)
    if job is not None:
        # Dask does not close a cluster with jobs that are neither this nor closed
        job.status = Status.failed
