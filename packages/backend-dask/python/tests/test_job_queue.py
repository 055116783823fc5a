"""Clusters of jobs, submitted by programs that stand in for Slurm's."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rhapsody_bridge.engine import EngineError
from tests.dask_rigs import function, open_engine, opened, settings_of, until

SBATCH = """
import os, subprocess, sys
if os.path.exists({refusal!r}):
    sys.exit("sbatch: error: invalid partition specified: gpu")
with open(sys.argv[1]) as script:
    command = ["sh", "-c", script.read()]
job = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
with open({jobs!r}, "a") as jobs:
    print(job.pid, file=jobs)
print("Submitted batch job", job.pid)
"""
SCANCEL = """
import os, signal, sys
os.killpg(int(sys.argv[1]), signal.SIGKILL)
"""


class Slurm:
    """Runs jobs at once, or refuses them."""

    def __init__(self, directory: Path) -> None:
        self.refusal = directory / "refusal"
        self._jobs = directory / "jobs"
        for name, text in (("sbatch", SBATCH), ("scancel", SCANCEL)):
            program = directory / name
            program.write_text(f"#!{sys.executable}\n" + text.format(refusal=str(self.refusal), jobs=str(self._jobs)))
            program.chmod(0o755)

    @property
    def jobs(self) -> list[int]:
        return [int(line) for line in self._jobs.read_text().split()] if self._jobs.exists() else []

    @property
    def running(self) -> list[int]:
        return [job for job in self.jobs if is_running(job)]

    def close(self) -> None:
        for job in self.running:
            os.killpg(job, signal.SIGKILL)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory), prepend=os.pathsep)
    monkeypatch.chdir(tmp_path)
    slurm = Slurm(directory)
    yield slurm
    slurm.close()


def described(**cluster):
    options = {"cores": 1, "memory": "1GB", "interface": "lo", "python": sys.executable, **cluster.pop("options", {})}
    return settings_of({"kind": "jobqueue", "system": "slurm", "options": options, **cluster})


def test_tasks_run_in_jobs_whose_number_follows_the_order_and_that_end_with_the_engine(slurm, tmp_path):
    with opened(tmp_path, described(jobs=1, options={"cores": 2, "processes": 2})) as rig:

        async def scenario():
            (outcome,) = await rig.do([function("operator:add", 1, 2)])
            assert outcome["returnValue"] == 3
            assert len(slurm.jobs) == 1

            await rig.engine.call("scale", {"workers": 2})
            assert len(slurm.running) == 2
            await until(lambda: len(rig.engine._flight.workers) == 4)

            await rig.engine.call("scale", {"workers": 1})
            await until(lambda: len(slurm.running) == 1)

            await rig.engine.call("adapt", {"minimum": 2, "maximum": 2})
            await until(lambda: len(slurm.running) == 2)
            await rig.engine.call("scale", {"workers": 2})
            assert rig.engine._connection.cluster._adaptive.periodic_callback is None

        rig.run(scenario())
    assert slurm.running == []


def test_a_job_that_is_refused_is_told_with_the_words_of_the_resource_manager(slurm, tmp_path):
    with opened(tmp_path, described(jobs=1)) as rig:

        async def scenario():
            slurm.refusal.touch()
            with pytest.raises(EngineError, match="invalid partition specified: gpu"):
                await rig.engine.call("scale", {"workers": 2})
            slurm.refusal.unlink()
            await rig.engine.call("scale", {"workers": 2})
            assert len(slurm.running) == 2

        rig.run(scenario())
        slurm.refusal.touch()

        with pytest.raises(EngineError, match=r"through slurm: [^!]*invalid partition specified: gpu") as told:
            rig.run(open_engine(tmp_path, described(jobs=1)))
        assert told.value.code == "BACKEND_UNAVAILABLE"


def test_where_no_jobs_can_be_submitted_is_told(tmp_path):
    for adaptive in ({}, {"adaptive": {"minimum": 0, "maximum": 2}}):
        with pytest.raises(EngineError, match="sbatch is not in PATH"):
            asyncio.run(open_engine(tmp_path, described(**adaptive)))


def test_ctrl_c_stays_the_hosts():
    program = """
import signal
from rhapsody_dask.job_queue import make_job_queue
signal.signal(signal.SIGINT, before := lambda *_: None)
try:
    make_job_queue({"system": "slurm"})
except FileNotFoundError:
    assert signal.getsignal(signal.SIGINT) is before
else:
    raise AssertionError("sbatch is in no PATH")
"""
    subprocess.run([sys.executable, "-c", program], env={**os.environ, "PATH": "", "PYTHONPATH": os.pathsep.join(sys.path)}, check=True)
