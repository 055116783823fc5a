"""What Dask has when: the clock is the tests'."""

import asyncio

import pytest
from rhapsody_dask import flight as module
from rhapsody_dask.attempts import Entry
from rhapsody_dask.flight import Flight
from rhapsody_dask.places import to_placement
from rhapsody_dask.remote.place import pack_chunk, run_chunk
from tests.dask_rigs import DEADLINE, function


class Future:
    def release(self):
        pass


class Client:
    """Takes all that it is given."""

    def __init__(self):
        self.sent = []

    def map(self, _run, _packed, *, key, **_):
        self.sent += key
        return [Future() for _ in key]


class Clock:
    def __init__(self):
        self.now = 1_000.0

    def time(self):
        return self.now


class Rig:
    def __init__(self, clock):
        self.clock = clock
        self.client = Client()
        self.flight = Flight(self.client, "opening", run=run_chunk, pack=pack_chunk)
        self.flight.workers.put([{"address": "tcp://worker", "name": "worker", "threads": 2, "resources": {}, "memoryLimitBytes": 0}])

    async def add(self, count):
        tasks = [function("operator:neg", number) for number in range(count)]
        self.flight.add([Entry(task, seq, to_placement(task)) for seq, task in enumerate(tasks)])
        await asyncio.sleep(0)

    async def move(self, key):
        self.flight.move(key)
        await asyncio.sleep(0)


@pytest.fixture
def with_rig(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)

    def run(scenario):
        async def main():
            await asyncio.wait_for(scenario(Rig(clock)), DEADLINE)

        asyncio.run(main())

    return run


def test_what_waits_behind_others_is_moved_less_and_less_often(with_rig):
    async def scenario(rig):
        await rig.add(1)
        for wait in (0.5, 1.0, 2.0, 4.0):
            (key,) = rig.client.sent
            rig.clock.now += wait * 0.9
            assert rig.flight.find_stuck() == []
            rig.clock.now += wait * 0.2
            assert rig.flight.find_stuck() == [key]
            rig.client.sent.clear()
            await rig.move(key)

    with_rig(scenario)


def test_short_work_that_waits_for_long_takes_no_thread(with_rig):
    async def scenario(rig):
        rig.flight.pace("operator:neg").learn(1, 0.001)
        await rig.add(400)
        (*waiting,) = rig.client.sent[:2]
        rig.clock.now += 5.0
        rig.flight.find_stuck()
        for key in rig.client.sent[2:]:
            rig.flight.remove(key)
        rig.client.sent.clear()
        await asyncio.sleep(0)

        assert rig.client.sent

        # what is known to have begun, and goes on, has its thread for itself
        for key in waiting:
            rig.flight.find(key).begun = True
        rig.flight.find_stuck()
        for key in rig.client.sent:
            rig.flight.remove(key)
        rig.client.sent.clear()
        await asyncio.sleep(0)
        assert (rig.client.sent, rig.flight.waiting > 0) == ([], True)

    with_rig(scenario)
