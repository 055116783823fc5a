"""The pool engine, driven as the sidecar does."""

import asyncio
import os
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from rhapsody_bridge.engine import EngineError, OpenRequest, Task, Update
from rhapsody_bridge.pool import create_engine, pace
from rhapsody_bridge.values import decode, encode

_COMMON = {"environment": {}, "capture": "memory", "maxOutputBytes": 1_000_000}


class Host:
    """Records what is reported, and that each attempt ends once."""

    def __init__(self) -> None:
        self.ends: dict[str, Any] = {}
        self.began: set[str] = set()
        self._news = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    def report(self, updates: Sequence[Update]) -> None:
        for uid, _, data in updates:
            outcome = decode(data)
            assert uid not in self.ends, f"{uid} ended twice"
            if outcome["state"] == "RUNNING":
                self.began.add(uid)
            else:
                self.ends[uid] = outcome
        task = asyncio.ensure_future(self._tell())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def until(self, met: Any) -> None:
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(met), 60)


class Pool:
    """An open pool and its host."""

    def __init__(self, settings: dict[str, Any], scratch: Any) -> None:
        self.engine = create_engine()
        self.host = Host()
        self._settings = settings
        self._scratch = scratch
        self._count = 0

    async def __aenter__(self) -> "Pool":
        facts = await self.engine.open(OpenRequest("s", 1, self._scratch, self._settings, {}, {}), self.host)
        assert facts["name"] == "pool"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.engine.close(0)

    def task(self, reference: str, *args: Any, **fields: Any) -> Task:
        self._count += 1
        module, name = reference.split(":")
        work = encode({"kind": "python", "module": module, "name": name, "args": list(args), **_COMMON, **fields})
        return Task(f"t{self._count}", 1, "", "python", reference, 0, {}, {}, work)

    async def ends(self, *tasks: Task) -> list[Any]:
        await self.host.until(lambda: all(task.uid in self.host.ends for task in tasks))
        return [self.host.ends[task.uid] for task in tasks]

    async def run(self, *tasks: Task) -> list[Any]:
        await self.engine.submit(tasks)
        return await self.ends(*tasks)

    async def began(self, *tasks: Task) -> None:
        await self.host.until(lambda: all(task.uid in self.host.began for task in tasks))


@pytest.fixture
def with_pool(tmp_path):
    def run(body: Any, **settings: Any) -> None:
        async def main() -> None:
            async with Pool({"workers": 2, **settings}, tmp_path) as pool:
                await body(pool)

        asyncio.run(main())

    return run


@pytest.fixture
def hold(tmp_path, monkeypatch):
    """A function that tells its process id into a file and goes on for ever, and starts a program that does."""
    text = "import os, subprocess, time\ndef hold(path):\n    other = subprocess.Popen(['setsid', 'sleep', '600'])\n"
    text += "    with open(path, 'w') as file: file.write(f'{os.getpid()} {other.pid}')\n    time.sleep(600)\n"
    (tmp_path / "tried_holding.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    return "tried_holding:hold"


def test_runs_many_functions_each_to_one_end(with_pool):
    async def body(pool):
        tasks = [pool.task("operator:add", number, 1) for number in range(2_000)]
        ends = await pool.run(*tasks)
        assert [end["returnValue"] for end in ends] == list(range(1, 2_001))
        assert await pool.engine.call("workers", None) == 2

    with_pool(body)


def test_starts_no_worker_before_there_is_work_and_keeps_those_there_are(with_pool):
    async def body(pool):
        assert await pool.engine.call("workers", None) == 0
        [first] = await pool.run(pool.task("os:getpid"))
        [second] = await pool.run(pool.task("os:getpid"))
        assert first["returnValue"] == second["returnValue"] != os.getpid()
        assert await pool.engine.call("workers", None) == 1

    with_pool(body)


def test_replaces_workers_after_as_many_calls_as_it_is_told(with_pool):
    async def body(pool):
        pids = [(await pool.run(pool.task("os:getpid")))[0]["returnValue"] for _ in range(4)]
        assert len(set(pids)) == 2

    with_pool(body, workers=1, maxTasks=2)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the file takes room on the disk")
def test_takes_little_memory_for_output_that_nobody_wants(with_pool, tmp_path, monkeypatch):
    text = "import os, time\ndef much():\n    for _ in range(64): os.write(1, bytes(1 << 20))\n    late = time.monotonic() + 20\n"
    text += "    while os.fstat(1).st_blocks * 512 > 1 << 25 and time.monotonic() < late: time.sleep(0.01)\n"
    (tmp_path / "tried_printing.py").write_text(text + "    os.write(1, b'end')\n    return os.fstat(1).st_blocks * 512\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    async def body(pool):
        [end] = await pool.run(pool.task("tried_printing:much", maxOutputBytes=3))
        assert end["returnValue"] < 1 << 25
        assert (end["stdout"], end["outputTruncated"]) == ("end", True)

    with_pool(body)


def test_takes_what_is_printed_below_python(with_pool):
    async def body(pool):
        first, second = await pool.run(pool.task("os:system", "echo child; echo error >&2"), pool.task("builtins:print", "mine"))
        assert (first["stdout"], first["stderr"]) == ("child\n", "error\n")
        assert (second["stdout"], second["stderr"]) == ("mine\n", "")

    with_pool(body, workers=1)


def test_gives_each_function_its_environment_and_directory(with_pool, tmp_path):
    async def body(pool):
        inside, variable, after = await pool.run(
            pool.task("os:getcwd", workingDirectory=str(tmp_path)),
            pool.task("os:getenv", "OF_TASK", environment={"OF_TASK": "1"}),
            pool.task("os:getenv", "OF_TASK"),
        )
        assert inside["returnValue"] == str(tmp_path.resolve())
        assert (variable["returnValue"], after["returnValue"]) == ("1", None)
        [made] = await pool.run(pool.task("os:getcwd", workingDirectory=str(tmp_path / "a" / "b"), createWorkingDirectory=True))
        assert made["returnValue"] == str(tmp_path.resolve() / "a" / "b")

    with_pool(body, workers=1)


def test_fails_what_kills_its_worker_and_nothing_else(with_pool):
    async def body(pool):
        tasks = [pool.task("operator:add", 1, 1) for _ in range(50)]
        await pool.run(*tasks)
        mixed = [pool.task("os:_exit", 3) if number % 10 == 5 else pool.task("operator:add", 1, 1) for number in range(50)]
        ends = await pool.run(*mixed)
        for number, end in enumerate(ends):
            assert end["state"] == ("FAILED" if number % 10 == 5 else "DONE")
        assert ends[5]["failure"] == {"code": "TASK_WORKER_DIED", "message": "the worker that ran the function ended with exit code 3"}
        [crashed] = await pool.run(pool.task("ctypes:string_at", 0))
        assert "SIGSEGV" in crashed["failure"]["message"]
        assert "Fatal Python error" in crashed["stderr"]

    with_pool(body)


def test_blames_nothing_on_what_only_waited_where_others_died(with_pool, tmp_path, monkeypatch):
    text = "import os\ndef wait(path):\n    open(path).read()\ndef die(path):\n    wait(path)\n    os._exit(3)\n"
    (tmp_path / "tried_dying.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(pace, "_AHEAD_MS", 1e6)
    gates = [tmp_path / name for name in ("first", "between", "second")]
    for gate in gates:
        os.mkfifo(gate)

    async def body(pool):
        await pool.run(*[pool.task("operator:add", 1, 1) for _ in range(50)])
        calls = zip(("die", "wait", "die"), gates, strict=True)
        first, between, second = (pool.task(f"tried_dying:{name}", str(gate)) for name, gate in calls)
        behind = [pool.task("operator:add", 1, 1) for _ in range(6)]
        # half of them wait behind what dies first; one of these then waits behind what dies second
        await pool.engine.submit([first, between, *behind, second])
        await asyncio.to_thread(gates[1].write_text, "")
        await pool.began(second)
        for gate, dies in ((gates[0], first), (gates[2], second)):
            await asyncio.to_thread(gate.write_text, "")
            assert (await pool.ends(dies))[0]["failure"]["code"] == "TASK_WORKER_DIED"
        assert {end["state"] for end in await pool.ends(*behind)} == {"DONE"}

    with_pool(body)


def test_lets_none_wait_behind_a_long_one_while_a_worker_is_free(with_pool):
    async def body(pool):
        await pool.run(*[pool.task("time:sleep", 0.0001) for _ in range(100)])
        long = pool.task("time:sleep", 600)
        short = [pool.task("time:sleep", 0.0001) for _ in range(30)]
        await pool.engine.submit([long, *short])
        await pool.ends(*short)
        assert long.uid not in pool.host.ends
        await pool.began(long)
        assert await pool.engine.cancel([(long.uid, 1)], "why", 0) == ["cancelled"]
        assert pool.host.ends[long.uid]["state"] == "CANCELED"

    with_pool(body)


def test_kills_a_cancelled_function_with_what_it_started(with_pool, hold, tmp_path, wait_gone):
    async def body(pool):
        fifo = tmp_path / "fifo"
        os.mkfifo(fifo)
        task, behind = pool.task(hold, str(fifo)), pool.task("operator:add", 1, 1)
        await pool.engine.submit([task, behind])
        pids = map(int, (await asyncio.to_thread(fifo.read_text)).split())
        outcomes = await pool.engine.cancel([("unknown", 1), (task.uid, 1)], "why", 5)
        assert outcomes == ["cancelled", "cancelled"]
        for pid in pids:
            wait_gone(pid)
        assert (await pool.ends(task, behind))[1]["returnValue"] == 2

    with_pool(body, workers=1)


def test_takes_cancelled_functions_out_of_the_line(with_pool):
    async def body(pool):
        first, *queued = [pool.task("time:sleep", 600) for _ in range(20)]
        await pool.engine.submit([first, *queued])
        await pool.engine.cancel([(task.uid, 1) for task in queued], "why", 0)
        assert {end["state"] for end in await pool.ends(*queued)} == {"CANCELED"}
        assert first.uid not in pool.host.ends

    with_pool(body, workers=1)


def test_ends_everything_when_it_is_closed(with_pool, hold, tmp_path, wait_gone):
    async def body(pool):
        fifo = tmp_path / "fifo"
        os.mkfifo(fifo)
        tasks = [pool.task(hold, str(fifo)), *[pool.task("time:sleep", 600) for _ in range(3)]]
        await pool.engine.submit(tasks)
        pids = map(int, (await asyncio.to_thread(fifo.read_text)).split())
        await pool.engine.close(1)
        await pool.engine.close(1)
        assert {end["state"] for end in await pool.ends(*tasks)} == {"CANCELED"}
        for pid in pids:
            wait_gone(pid)
        with pytest.raises(EngineError, match="closed"):
            await pool.engine.submit([pool.task("operator:add", 1, 1)])

    with_pool(body)


def test_carries_megabytes(with_pool):
    async def body(pool):
        data = os.urandom(5_000_000)
        ends = await pool.run(*[pool.task("copy:copy", data) for _ in range(4)])
        assert all(end["returnValue"] == data for end in ends)

    with_pool(body)


def test_gives_up_functions_when_workers_cannot_start(with_pool, monkeypatch):
    async def body(pool):
        monkeypatch.setattr(sys, "path", ["/no/such"])
        [end] = await pool.run(pool.task("operator:add", 1, 1))
        assert end["failure"]["code"] == "TASK_WORKER_DIED"
        assert "Error" in end["stderr"]

    with_pool(body)


def test_refuses_what_it_does_not_run(with_pool):
    async def body(pool):
        with pytest.raises(EngineError, match="executable"):
            await pool.engine.submit([Task("t", 1, "", "executable", "g", 0, {}, {}, b"")])

    with_pool(body)
