"""The engine on a cluster of two workers with a thread each, on this machine."""

import asyncio
import os
import signal
from collections import Counter
from pathlib import Path

from tests.dask_rigs import function, program, until


def states(outcomes):
    return Counter(outcome["state"] for outcome in outcomes)


def test_functions_and_programs_run(local):
    async def scenario():
        value, text, died = await local.do([function("operator:add", 1, 2), program("echo", "hello"), program("sh", "-c", "exit 3")])

        assert (value["state"], value["returnValue"]) == ("DONE", 3)
        assert (text["state"], text["stdout"]) == ("DONE", "hello\n")
        assert (died["failure"]["code"], died["exitCode"]) == ("TASK_EXIT_CODE", 3)

    local.run(scenario())


def test_failures_are_those_of_every_backend(local):
    async def scenario():
        missing, raised, unfit = await local.do([function("nowhere:f"), function("operator:truediv", 1, 0), function("builtins:object")])

        assert missing["failure"]["code"] == "TASK_FUNCTION_NOT_FOUND"
        assert raised["failure"]["code"] == "TASK_FUNCTION_THREW"
        assert raised["failure"]["cause"]["name"] == "ZeroDivisionError"
        assert "rhapsody" not in raised["failure"]["cause"]["traceback"]
        assert unfit["failure"]["code"] == "TASK_NOT_SERIALIZABLE"

    local.run(scenario())


def test_short_tasks_go_in_chunks_and_each_has_its_own_outcome(local):
    async def scenario():
        tasks = [function("operator:truediv", 1, number % 10) for number in range(3000)]
        outcomes = await local.do(tasks)

        assert states(outcomes) == {"DONE": 2700, "FAILED": 300}
        assert outcomes[7]["returnValue"] == 1 / 7
        assert local.engine._flight._seq < 2500

    local.run(scenario())


def test_arguments_that_take_long_to_arrive_go_once(local):
    async def scenario():
        before = local.engine._flight._seq
        outcomes = await local.do([function("builtins:len", bytes(80_000_000)) for _ in range(2)])

        assert [outcome["returnValue"] for outcome in outcomes] == [80_000_000] * 2
        assert local.engine._flight._seq - before == 2

    local.run(scenario())


def test_what_the_client_of_dask_does_not_take_fails_and_holds_back_no_other(local, monkeypatch):
    def full(*_args, **_options):
        raise MemoryError("no room for it")

    async def scenario():
        with monkeypatch.context() as patch:
            patch.setattr(local.engine._client, "map", full)
            (refused,) = await local.do([function("operator:neg", 1)])

        assert refused["failure"]["code"] == "BACKEND_REJECTED_TASKS"
        assert "MemoryError: no room for it" in refused["failure"]["message"]
        assert states(await local.do([function("operator:neg", 1) for _ in range(10)])) == {"DONE": 10}

    local.run(scenario())


def test_a_long_task_in_a_chunk_holds_back_no_other(local, tmp_path):
    async def scenario():
        os.mkfifo(tmp_path / "held")
        held = function("io:open", str(tmp_path / "held"), group="time:sleep")
        others = [function("time:sleep", 0.0001) for _ in range(500)]
        await local.engine.submit([*others[:250], held, *others[250:]])
        await local.host.ended(others)

        assert (held.uid, 1) not in local.host.ends
        await local.host.running(held)
        os.close(os.open(tmp_path / "held", os.O_WRONLY))
        await local.host.ended([held])

    local.run(scenario())


def test_how_many_tasks_wait_and_run_is_told_as_it_changes(local, tmp_path):
    async def scenario():
        os.mkfifo(tmp_path / "held")
        held = function("io:open", str(tmp_path / "held"))
        await local.engine.submit([held])
        await local.host.when(lambda: local.host.facts and local.host.facts[-1]["tasks"] == {"waiting": 0, "onCluster": 1})
        # the loop that sends the task would wait for it
        await local.host.running(held)
        os.close(os.open(tmp_path / "held", os.O_WRONLY))
        await local.host.when(lambda: local.host.facts[-1]["tasks"] == {"waiting": 0, "onCluster": 0})

    local.run(scenario())


def test_the_begin_of_what_takes_long_is_told_and_that_of_short_work_is_not(local):
    async def scenario():
        slow = program("sleep", "0.3")
        await local.do([slow])
        # on a machine with much else to do, some short work takes long
        quick = [function("operator:neg", number) for number in range(20)]
        for task in quick:
            await local.do([task])

        assert any((task.uid, 1) not in local.host.began for task in quick)
        began, ended = local.host.began[(slow.uid, 1)], local.host.ends[(slow.uid, 1)]
        assert began["at"] == ended["startedAt"]
        assert ended["finishedAt"] - ended["startedAt"] >= 290

    local.run(scenario())


def test_large_results_are_fetched(local):
    async def scenario():
        (large,) = await local.do([function("builtins:bytes", 3_000_000)])

        assert len(large["returnValue"]) == 3_000_000

    local.run(scenario())


def test_cancel_ends_the_processes_of_a_running_program(local, tmp_path):
    async def scenario():
        task = program("sh", "-c", f"sleep 600 & echo $! > {tmp_path}/child; mv {tmp_path}/child {tmp_path}/ready; wait")
        await local.engine.submit([task])
        await local.host.running(task)
        await until((tmp_path / "ready").exists)

        assert await local.engine.cancel([(task.uid, 1)], "", 2.0) == ["cancelled"]

        assert not Path(f"/proc/{(tmp_path / 'ready').read_text().strip()}").exists()  # noqa: ASYNC240
        assert states(await local.host.ended([task])) == {"CANCELED": 1}

    local.run(scenario())


def test_a_function_cannot_be_stopped_and_is_reported_detached(local, tmp_path):
    async def scenario():
        os.mkfifo(tmp_path / "held")
        task = function("io:open", str(tmp_path / "held"))
        await local.engine.submit([task])
        await local.host.running(task)

        assert await local.engine.cancel([(task.uid, 1)], "", 0.0) == ["detached"]
        assert states(await local.host.ended([task])) == {"CANCELED": 1}
        os.close(os.open(tmp_path / "held", os.O_WRONLY))

    local.run(scenario())


def test_functions_that_cannot_be_stopped_hold_up_nobody(local, tmp_path):
    os.mkfifo(gate := tmp_path / "gate")

    async def scenario():
        # twice as many as there are threads, in turns
        for turn in range(2):
            stuck = [function("io:open", str(gate)) for _ in range(2)]
            await local.engine.submit(stuck)
            for task in stuck:
                await local.host.running(task)
            assert set(await local.engine.cancel([(task.uid, 1) for task in stuck], "", 0.0)) == {"detached"}, turn
        after = [program("true", resources={"cores": 1}), function("operator:neg", 1), program("true")]

        assert states(await local.do(after)) == {"DONE": 3}
        assert len(local.engine._flight) == 0

        with await asyncio.to_thread(gate.open, "w"):
            assert states(await local.do([function("operator:neg", number) for number in range(200)])) == {"DONE": 200}

    before = local.run(local.pids())
    local.run(scenario())
    assert local.run(local.pids()) == before


def test_cancel_reaches_tasks_wherever_they_are_and_leaves_the_others(local):
    async def scenario():
        tasks = [function("operator:neg", number) for number in range(5000)]
        await local.engine.submit(tasks)
        await local.host.ended(tasks[:100])
        doomed = tasks[::3]

        assert set(await local.engine.cancel([(task.uid, 1) for task in doomed], "", 1.0)) == {"cancelled"}

        outcomes = await local.host.ended(tasks)
        assert states(outcomes[1::3]) == {"DONE": len(outcomes[1::3])}
        assert states(outcomes[2::3]) == {"DONE": len(outcomes[2::3])}
        assert states(outcomes[::3])["CANCELED"] > 500

    local.run(scenario())


def test_higher_priority_runs_first(local):
    async def scenario():
        # on one thread, where they run one after another
        one = {"workers": [next(iter(await local.pids()))]}
        blocker = program("sleep", "0.4", options=one)
        await local.engine.submit([blocker])
        await local.host.running(blocker)
        low, low2, high = (program("true", priority=priority, options=one) for priority in (0, 0, 9))
        await local.engine.submit([low, low2, high])
        first, second, third = await local.host.ended([high, low, low2])

        assert first["finishedAt"] <= min(second["startedAt"], third["startedAt"])

    local.run(scenario())


def test_what_no_worker_has_is_refused_with_the_fix(local):
    async def scenario():
        wide, gpu = await local.do([program("true", resources={"cores": 8}), program("true", resources={"gpus": 1})])

        assert wide["failure"]["code"] == gpu["failure"]["code"] == "TASK_NEVER_FITS"
        assert "8 cores" in wide["failure"]["message"]
        assert "GPU=1" in gpu["failure"]["message"]

    local.run(scenario())


def test_retries_of_dask_run_a_failing_task_again_unseen(local, tmp_path):
    async def scenario():
        task = program("sh", "-c", f"echo x >> {tmp_path}/runs; test $(wc -l < {tmp_path}/runs) = 3", options={"retries": 5})
        (outcome,) = await local.do([task])

        assert outcome["state"] == "DONE"
        assert (tmp_path / "runs").read_text() == "x\n" * 3

        (failed,) = await local.do([program("false", options={"retries": 1})])
        assert failed["failure"]["code"] == "TASK_EXIT_CODE"

    local.run(scenario())


def test_a_worker_that_dies_loses_what_ran_there_and_nothing_else(local, tmp_path):
    async def scenario():
        tasks = [program("sh", "-c", f"echo $$ > {tmp_path}/{number}; sleep 600") for number in range(2)]
        await local.engine.submit(tasks)
        for task in tasks:
            await local.host.running(task)
        behind = [function("operator:neg", 1) for _ in range(50)]
        await local.engine.submit(behind)
        await until(lambda: local.engine._flight.waiting == 50 and len(local.engine._flight) == 2)
        victim = next(iter((await local.pids()).values()))

        os.kill(victim, signal.SIGKILL)
        await local.host.when(lambda: any((task.uid, 1) in local.host.ends for task in tasks))

        (lost,) = [task for task in tasks if (task.uid, 1) in local.host.ends]
        outcome = local.host.ends[(lost.uid, 1)]
        assert (outcome["state"], outcome["failure"]["code"]) == ("LOST", "TASK_WORKER_DIED")
        assert states(await local.host.ended(behind)) == {"DONE": 50}
        (alive,) = [task for task in tasks if task is not lost]
        assert await local.engine.cancel([(alive.uid, 1)], "", 0.0) == ["cancelled"]
        again = await local.do([program("true", uid=lost.uid, attempt=2)])
        assert states(again) == {"DONE": 1}

    local.run(scenario())


def test_workers_come_and_go_and_what_they_run_is_finished(local):
    async def scenario():
        await local.engine.call("scale", {"workers": 3})
        await local.host.when(lambda: len(local.engine._flight.workers) == 3)
        tasks = [program("sleep", "1") for _ in range(3)]
        await local.engine.submit(tasks)
        for task in tasks:
            await local.host.running(task)

        await local.engine.call("scale", {"workers": 2})

        assert states(await local.host.ended(tasks)) == {"DONE": 3}
        await local.host.when(lambda: local.host.facts[-1]["workers"] == 2)
        assert [worker["threads"] for worker in await local.engine.call("workers", None)] == [1, 1]

    local.run(scenario())
