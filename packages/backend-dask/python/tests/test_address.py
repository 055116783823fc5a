"""The engine on a cluster that somebody else started."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from itertools import pairwise

import pytest
from rhapsody_bridge.engine import EngineError
from tests.dask_rigs import function, open_engine, opened, program, settings_of, until

# as text: the scheduler cannot import this file
plugins_of = eval("lambda dask_scheduler: [*dask_scheduler.plugins, *dask_scheduler.worker_plugins]", {})


def at(daemons, **settings):
    return settings_of({"kind": "address", "address": daemons.address}, **settings)


def test_code_is_brought_along_and_taken_away_again(daemons, tmp_path):
    daemons.worker("--nthreads", "2")
    with opened(tmp_path, at(daemons)) as rig, opened(tmp_path, at(daemons)) as other:
        (outcome,) = rig.run(rig.do([function("operator:add", 1, 2)]))
        (also,) = other.run(other.do([program("echo", "hi")]))

        assert (outcome["returnValue"], also["stdout"]) == (3, "hi\n")

        async def installed():
            return await rig.engine._client.run_on_scheduler(plugins_of)

        names = [other.engine._opening, rig.engine._opening]
        assert all(rig.run(installed()).count(name) == 2 for name in names)
        other.run(other.engine.close(0.0))
        assert names[0] not in rig.run(installed())


def test_a_session_that_is_killed_leaves_nothing_running_and_nothing_installed(daemons, tmp_path):
    daemons.worker("--nthreads", "2")
    with opened(tmp_path, at(daemons)) as rig:

        async def left():
            return [name for name in await rig.engine._client.run_on_scheduler(plugins_of) if "rhapsody" in name]

        ours = rig.run(left())
        path = os.pathsep.join(entry for entry in sys.path if entry)
        argv = [sys.executable, "-c", CHILD, daemons.address, str(tmp_path)]
        child = subprocess.Popen(argv, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path})
        with child:
            pid = int(child.stdout.readline())
            assert len(rig.run(left())) == 2 * len(ours)
            child.kill()

        async def gone():
            while await left() != ours or os.path.exists(f"/proc/{pid}"):  # noqa: ASYNC240
                pass

        rig.run(gone())


#: A session that has a program run, tells the program's pid and goes on.
CHILD = """
import asyncio, sys
from pathlib import Path
from tests.dask_rigs import open_engine, program, settings_of, until

async def main(address, directory):
    engine, host = await open_engine(directory, settings_of({"kind": "address", "address": address}))
    await engine.submit([program("sh", "-c", f"echo $$ > {directory}/made; mv {directory}/made {directory}/pid; sleep 600")])
    await until((directory / "pid").exists)
    print((directory / "pid").read_text(), flush=True)
    await until(lambda: False)

asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
"""


def test_tasks_wait_for_workers_and_use_those_that_come(daemons, tmp_path):
    with opened(tmp_path, at(daemons, waitForWorkersMs=0)) as rig:
        tasks = [function("operator:neg", 1) for _ in range(100)]
        rig.run(rig.engine.submit(tasks))
        daemons.worker("--nthreads", "2")

        assert all(outcome["state"] == "DONE" for outcome in rig.run(rig.host.ended(tasks)))


@pytest.mark.parametrize("asked", [{"resources": {"gpus": 1}}, {"resources": {"cores": 3}}])
def test_tasks_whose_only_worker_is_gone_wait_for_one_like_it(daemons, tmp_path, asked):
    special = ("--nthreads", "4", "--resources", "GPU=1")
    mortal = daemons.worker(*special)
    daemons.worker("--nthreads", "1")
    with opened(tmp_path, at(daemons)) as rig:

        async def scenario():
            workers = rig.engine._flight.workers
            await until(lambda: len(workers) == 2)
            os.kill(mortal.pid, signal.SIGKILL)
            await until(lambda: len(workers) == 1)
            task, other = function("operator:neg", 1, **asked), function("operator:neg", 2)
            never = function("operator:neg", 3, resources={"cores": 64})
            await rig.engine.submit([task, other, never])
            await rig.host.ended([other, never])

            assert rig.host.ends[(never.uid, 1)]["failure"]["code"] == "TASK_NEVER_FITS"
            assert (task.uid, 1) not in rig.host.ends
            daemons.worker(*special)
            (outcome,) = await rig.host.ended([task])
            assert outcome["state"] == "DONE"

        rig.run(scenario())


def test_what_was_under_way_on_a_worker_that_dies_is_lost_once_and_not_run_again(daemons, tmp_path):
    workers = [daemons.worker("--nthreads", "2") for _ in range(2)]
    with opened(tmp_path, at(daemons)) as rig:

        async def scenario():
            tasks = [program("sh", "-c", f"echo x >> {tmp_path}/{number}; sleep 600") for number in range(4)]
            await rig.engine.submit(tasks)
            for task in tasks:
                await rig.host.running(task)
            began = [tmp_path / str(number) for number in range(4)]
            await until(lambda: all(path.exists() and path.read_text() for path in began))

            os.kill(workers[0].pid, signal.SIGKILL)
            await rig.host.when(lambda: len(rig.host.ends) == 2)
            await rig.engine.cancel([(task.uid, 1) for task in tasks], "", 0.0)
            await rig.host.when(lambda: len(rig.host.ends) == 4)

            states = sorted(outcome["state"] for outcome in rig.host.ends.values())
            assert states == ["CANCELED", "CANCELED", "LOST", "LOST"]
            assert [path.read_text() for path in began] == ["x\n"] * 4

        rig.run(scenario())


def test_a_worker_that_is_retired_amid_its_work_loses_it_openly(daemons, tmp_path):
    for _ in range(2):
        daemons.worker("--nthreads", "1")
    with opened(tmp_path, at(daemons)) as rig:

        async def scenario():
            tasks = [program("sleep", "600") for _ in range(2)]
            await rig.engine.submit(tasks)
            for task in tasks:
                await rig.host.running(task)
            address = (await rig.engine.call("workers", None))[0]["address"]

            await rig.engine._client.retire_workers([address])
            await rig.host.when(lambda: rig.host.ends)

            assert [outcome["state"] for outcome in rig.host.ends.values()] == ["LOST"]

        rig.run(scenario())


def test_cores_are_shared_out_on_each_worker(daemons, tmp_path):
    daemons.worker("--nthreads", "3")
    with opened(tmp_path, at(daemons)) as rig:

        async def scenario():
            tasks = [program("sleep", "0.2", resources={"cores": 2}) for _ in range(3)]
            outcomes = sorted(await rig.do(tasks), key=lambda outcome: outcome["startedAt"])

            assert all(before["finishedAt"] <= after["startedAt"] for before, after in pairwise(outcomes))

        rig.run(scenario())


def test_resources_and_names_of_workers_choose_where_tasks_run(daemons, tmp_path):
    daemons.worker("--nthreads", "1", "--name", "plain")
    daemons.worker("--nthreads", "1", "--name", "special", "--resources", "GPU=2")
    with opened(tmp_path, at(daemons)) as rig:

        async def scenario():
            await rig.host.when(lambda: rig.host.facts and rig.host.facts[-1]["workers"] == 2)
            by_resource = program("sh", "-c", "echo $PPID", options={"resources": {"GPU": 1}})
            by_gpu = program("sh", "-c", "echo $PPID", resources={"gpus": 2})
            by_name = program("sh", "-c", "echo $PPID", options={"workers": "special"})
            elsewhere = program("sh", "-c", "echo $PPID", options={"workers": ["plain"]})
            one, two, three, other = (outcome["stdout"] for outcome in await rig.do([by_resource, by_gpu, by_name, elsewhere]))

            assert one == two == three != other

        rig.run(scenario())


def test_idle_workers_leave_tasks_alone_whose_resources_they_lack(daemons, tmp_path):
    daemons.worker("--nthreads", "1", "--name", "plain")
    daemons.worker("--nthreads", "1", "--name", "special", "--resources", "GPU=4")
    with opened(tmp_path, at(daemons)) as rig:

        async def scenario():
            await rig.host.when(lambda: rig.host.facts and rig.host.facts[-1]["workers"] == 2)
            tasks = [program("sh", "-c", "sleep 0.2; echo $PPID", options={"resources": {"GPU": amount}}) for amount in (1, 2, 3, 4)]

            assert len({outcome["stdout"] for outcome in await rig.do(tasks)}) == 1

        rig.run(scenario())


def test_a_scheduler_that_dies_is_told_within_seconds(daemons, tmp_path):
    daemons.worker()
    with opened(tmp_path, at(daemons)) as rig:

        async def scenario():
            await rig.engine.submit([task := program("sleep", "600")])
            await rig.host.running(task)
            daemons.scheduler.kill()
            await rig.host.when(lambda: rig.host.losses)

            assert daemons.address in rig.host.losses[0]

        rig.run(scenario())


@pytest.mark.parametrize("listens", [False, True])
def test_an_address_where_nobody_answers_is_told_in_time_with_the_fix(tmp_path, listens):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1] if listens else 1}"
        settings = settings_of({"kind": "address", "address": address}, connectTimeoutMs=500)
        began = time.monotonic()
        with pytest.raises(EngineError, match=f"no Dask scheduler answers at {address} within 0.5 s") as caught:
            asyncio.run(open_engine(tmp_path, settings))

    assert caught.value.code == "BACKEND_UNAVAILABLE"
    # Dask's own patience is 30 s
    assert time.monotonic() - began < 20


def test_a_cluster_without_workers_is_told_with_the_fix(daemons, tmp_path):
    with pytest.raises(EngineError, match=r"has no worker after 0.3 s: start one with: dask worker"):
        asyncio.run(open_engine(tmp_path, at(daemons, waitForWorkersMs=300)))


def test_no_address_starts_no_cluster(tmp_path):
    with pytest.raises(EngineError, match="has no address"):
        asyncio.run(open_engine(tmp_path, settings_of({"kind": "address", "address": None})))
