"""What the tests run on: an engine, the host that remembers what it is told, daemons of a cluster."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from rhapsody_bridge.engine import OpenRequest, Task
from rhapsody_bridge.values import decode, encode
from rhapsody_dask.engine import DaskEngine

#: Seconds within which all happens, also on a machine with much else to do.
DEADLINE = 60
_numbers = itertools.count()


class Remembering:
    """A host; everything happens in the loop of the engine."""

    def __init__(self) -> None:
        self.began: dict[tuple[str, int], dict[str, Any]] = {}
        self.ends: dict[tuple[str, int], dict[str, Any]] = {}
        self.facts: list[Mapping[str, Any]] = []
        self.losses: list[str] = []
        self.max_in_flight = 0
        self._waiting: list[tuple[Callable[[], object], asyncio.Future[None]]] = []

    def report(self, updates: Sequence[tuple[str, int, bytes]]) -> None:
        for uid, attempt, told in updates:
            update = decode(told)
            books = self.began if update["state"] == "RUNNING" else self.ends
            assert (uid, attempt) not in books, f"{uid} was told twice: {update}"
            assert (uid, attempt) not in self.ends, f"{uid} had ended: {update}"
            books[(uid, attempt)] = update
        self._look()

    def capacity(self, *, max_in_flight: int | None = None, **_: float | None) -> None:
        self.max_in_flight = max_in_flight or 0

    def observe(self, facts: Mapping[str, Any]) -> None:
        self.facts.append(facts)
        self._look()

    def event(self, name: str, data: Any = None) -> None:
        raise AssertionError((name, data))

    def lost(self, message: str) -> None:
        self.losses.append(message)
        self._look()

    async def when(self, holds: Callable[[], object]) -> None:
        if not holds():
            future = asyncio.get_running_loop().create_future()
            self._waiting.append((holds, future))
            await asyncio.wait_for(future, DEADLINE)

    async def ended(self, tasks: Sequence[Task]) -> list[dict[str, Any]]:
        await self.when(lambda: all((task.uid, task.attempt) in self.ends for task in tasks))
        return [self.ends[(task.uid, task.attempt)] for task in tasks]

    async def running(self, task: Task) -> None:
        await self.when(lambda: (task.uid, task.attempt) in self.began)

    def _look(self) -> None:
        for holds, future in self._waiting[:]:
            if future.done():
                self._waiting.remove((holds, future))
            elif holds():
                future.set_result(None)


class Rig:
    """An open engine, and the loop that it lives in."""

    def __init__(self, loop: asyncio.AbstractEventLoop, engine: DaskEngine, host: Remembering) -> None:
        self.loop = loop
        self.engine = engine
        self.host = host

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, 2 * DEADLINE))

    async def do(self, tasks: Sequence[Task]) -> list[dict[str, Any]]:
        await self.engine.submit(tasks)
        return await self.host.ended(tasks)

    async def pids(self) -> dict[str, int]:
        import os

        return await self.engine._client.run(os.getpid)


async def until(holds: Callable[[], object]) -> None:
    """For what nobody tells."""

    async def look() -> None:
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.005)

    await asyncio.wait_for(look(), DEADLINE)


def settings_of(cluster: Mapping[str, Any], **settings: Any) -> dict[str, Any]:
    chunking = {"targetMs": 75, "max": 64}
    return {"cluster": cluster, "chunking": chunking, "connectTimeoutMs": 60_000, "waitForWorkersMs": 60_000, **settings}


async def open_engine(work_dir: Path, settings: Mapping[str, Any]) -> tuple[DaskEngine, Remembering]:
    engine, host = DaskEngine(), Remembering()
    await engine.open(OpenRequest("session", 1, work_dir, settings, {}, {}), host)
    return engine, host


@contextmanager
def opened(work_dir: Path, settings: Mapping[str, Any]) -> Iterator[Rig]:
    loop = asyncio.new_event_loop()
    try:
        rig = Rig(loop, *loop.run_until_complete(open_engine(work_dir, settings)))
        try:
            yield rig
        finally:
            rig.run(rig.engine.close(0.0))
    finally:
        loop.close()


class Daemons:
    """A scheduler and workers that are processes of their own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._processes: list[subprocess.Popen[str]] = []
        self._readers: list[threading.Thread] = []
        self.scheduler, line = self._start("Scheduler at:", "scheduler", "--port", "0", "--dashboard-address", "127.0.0.1:0")
        self.address = line.split()[-1]

    def worker(self, *options: str) -> subprocess.Popen[str]:
        return self._start("Registered to:", "worker", self.address, "--no-dashboard", "--no-nanny", *options)[0]

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        for reader in self._readers:
            reader.join()

    def _start(self, until: str, *arguments: str) -> tuple[subprocess.Popen[str], str]:
        argv = [sys.executable, "-m", "dask", *arguments, "--host", "127.0.0.1"]
        process = subprocess.Popen(argv, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, cwd=self._directory)
        self._processes.append(process)
        assert process.stderr is not None
        for line in process.stderr:
            if until in line:
                # a daemon whose words nobody reads stops in the midst of one
                reader = threading.Thread(target=self._log, args=(process.stderr, self._directory / f"daemon-{process.pid}.log"))
                reader.start()
                self._readers.append(reader)
                return process, line
        raise AssertionError(f"{arguments} ended")

    @staticmethod
    def _log(stderr: IO[str], path: Path) -> None:
        with stderr, path.open("w") as log:
            log.writelines(stderr)


def function(name: str, *args: Any, **fields: Any) -> Task:
    module, attribute = name.split(":")
    return _task("python", name, {"module": module, "name": attribute, "args": list(args)}, fields)


def program(*argv: str, **fields: Any) -> Task:
    return _task("executable", argv[0], {"executable": argv[0], "arguments": list(argv[1:])}, fields)


def _task(kind: str, group: str, work: Mapping[str, Any], fields: Mapping[str, Any]) -> Task:
    common = {"kind": kind, "environment": {}, "capture": "memory", "maxOutputBytes": 65536}
    given = {"uid": f"t{next(_numbers)}", "attempt": 1, "group": group, "priority": 0, "resources": {}, "options": {}, **fields}
    return Task(name=given["uid"], kind=kind, work=encode({**common, **work}), **given)
