import pytest
from rhapsody_dask.chunks import LONG, MOST_WAITING, Load, Pace, chunk_size
from rhapsody_dask.settings import Chunking

CHUNKING = Chunking(target=0.075, maximum=64)


@pytest.mark.parametrize(
    ("seconds", "waiting", "size"),
    [
        (None, 10_000, 1),  # nothing is known
        (1.0, 10_000, 1),  # long
        (0.0001, 3, 1),  # threads would go idle
        (0.0001, 40, 10),
        (0.0001, 10_000, 64),
        (0.01, 10_000, 7),
    ],
)
def test_chunks_grow_with_the_line_and_shrink_with_the_work(seconds, waiting, size):
    assert chunk_size(Pace(seconds), waiting=waiting, threads=2, chunking=CHUNKING) == size


def test_nothing_is_chunked_when_that_is_off():
    assert chunk_size(Pace(0.0001), waiting=10_000, threads=2, chunking=None) == 1


def test_a_pace_follows_what_was_measured():
    pace = Pace()
    assert pace.cost(1) == LONG
    pace.learn(10, 1.0)
    assert pace.seconds == pytest.approx(0.1)
    for _ in range(50):
        pace.learn(1, 0.01)
    assert pace.seconds == pytest.approx(0.01, rel=0.01)


def test_long_work_gets_a_thread_each_and_nothing_behind_it():
    load = Load()
    assert load.room(2, LONG) == 2
    load.add(LONG)
    load.add(LONG)
    assert load.room(2, LONG) == 0
    assert load.room(2, 0.001) == 0
    load.remove(LONG)
    assert load.room(2, 0.001) == MOST_WAITING


def test_short_work_waits_a_little_ahead_and_is_topped_up_in_batches():
    load = Load()
    assert load.room(2, 0.001) == 2 * MOST_WAITING
    for _ in range(2 * MOST_WAITING):
        load.add(0.001)
    assert load.room(2, 0.001) == 0
    load.remove(0.001)
    assert load.room(2, 0.001) == 0
    for _ in range(MOST_WAITING):
        load.remove(0.001)
    assert load.room(2, 0.001) == MOST_WAITING + 1
