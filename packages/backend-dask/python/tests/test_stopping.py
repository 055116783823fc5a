"""What becomes of attempts whose news cross the order to stop them, on a Dask that answers in the order that a test says."""

import asyncio
from collections import deque

import pytest
from rhapsody_dask.attempts import Entry
from rhapsody_dask.flight import Flight
from rhapsody_dask.news import News
from rhapsody_dask.places import to_placement
from rhapsody_dask.remote import on_scheduler, on_worker
from rhapsody_dask.remote.messages import pack
from rhapsody_dask.remote.place import pack_chunk, run_chunk
from rhapsody_dask.stopping import Stopping
from tests.dask_rigs import DEADLINE, Remembering, program

WORKER = "tcp://worker"


class Future:
    """Dask's side of a chunk."""

    def __init__(self):
        self.released = False

    def release(self):
        self.released = True


class ScriptedDask:
    """A client; ``answers`` has what is asked, in order, and gives the answer for the key that is asked about."""

    id = "client"

    def __init__(self):
        self.sent = asyncio.Queue()
        self.futures = {}
        self.answers = deque()

    def map(self, _run, _packed, *, key, **_):
        made = {one: Future() for one in key}
        self.futures.update(made)
        for one in key:
            self.sent.put_nowait(one)
        return list(made.values())

    async def run_on_scheduler(self, function, *, keys, **_):
        return self._answer(function, keys)

    async def run(self, function, *, keys, **_):
        answer = self._answer(function, keys)
        return {} if answer is None else {WORKER: answer}

    def _answer(self, function, keys):
        asked, answer = self.answers.popleft()
        assert function is asked
        (key,) = keys
        return answer(key)


class Rig:
    """What an engine stops attempts with."""

    def __init__(self):
        self.dask, self.host = ScriptedDask(), Remembering()
        self.flight = Flight(self.dask, "opening", run=run_chunk, pack=pack_chunk)
        self.news = News(self.dask, self.flight, self.host)
        self.stopping = Stopping(self.dask, "opening", self.flight, self.news, {"on_worker": on_worker, "on_scheduler": on_scheduler})

    def submit(self, task):
        entry = Entry(task, 1, to_placement(task))
        self.news.add([entry])
        self.flight.add([entry])

    def tell(self, *message):
        self.news.hear((0.0, pack(*message)))


@pytest.fixture
def with_rig():
    def run(scenario):
        async def main():
            await asyncio.wait_for(scenario(Rig()), DEADLINE)

        asyncio.run(main())

    return run


def test_what_comes_back_in_line_while_it_is_being_stopped_is_stopped_there(with_rig):
    async def scenario(rig):
        rig.submit(task := program("true"))
        first = await rig.dask.sent.get()

        def ended_with_nothing_done(key):
            # the worker kept its promise when the chunk's turn came, before the scheduler was asked to take it back
            rig.tell("end", key, [], 0, False, 0, 0.0)
            return {key: "ended"}

        rig.dask.answers += [
            (on_scheduler.recall, lambda key: {key: f"at {WORKER}"}),
            (on_worker.stop_items, lambda key: {key: None}),
            (on_scheduler.recall, ended_with_nothing_done),
            (on_scheduler.recall, lambda key: {key: "recalled"}),
        ]
        assert await rig.stopping.stop([(task.uid, 1)], 0.0) == ["cancelled"]

        assert rig.host.ends[(task.uid, 1)]["state"] == "CANCELED"
        assert await rig.dask.sent.get() != first
        assert [future.released for future in rig.dask.futures.values()] == [True, True]
        assert (rig.flight.waiting, len(rig.flight), len(rig.dask.answers)) == (0, 0, 0)

    with_rig(scenario)


def test_what_a_worker_has_that_does_not_answer_is_gone_with_it(with_rig):
    async def scenario(rig):
        rig.submit(task := program("true"))
        key = await rig.dask.sent.get()

        rig.dask.answers += [(on_scheduler.recall, lambda key: {key: f"at {WORKER}"}), (on_worker.stop_items, lambda _: None)]
        assert await rig.stopping.stop([(task.uid, 1)], 0.0) == ["cancelled"]

        rig.tell("left", WORKER, [key])
        rig.news.flush()
        assert rig.host.ends[(task.uid, 1)]["state"] == "LOST"

    with_rig(scenario)
