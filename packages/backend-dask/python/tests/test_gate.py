import threading
import time

from rhapsody_dask.remote.gate import Gate


def entering(gate, cores, memory=0):
    entered = threading.Event()
    shares = []

    def enter():
        shares.append(gate.enter(cores, memory))
        entered.set()

    threading.Thread(target=enter, daemon=True).start()
    return entered, shares


def wait_in_line(gate, count):
    late = time.monotonic() + 60
    while len(gate._line) < count and time.monotonic() < late:
        pass
    assert len(gate._line) == count


def test_what_fits_enters_and_what_does_not_waits_its_turn():
    gate = Gate(3, 100)
    first = gate.enter(1, 60)
    wide, shares = entering(gate, 3)
    wait_in_line(gate, 1)
    late, late_shares = entering(gate, 1)
    # one core is free, and the wide one came before
    wait_in_line(gate, 2)
    assert not wide.is_set()
    assert not late.is_set()

    gate.leave(first)
    assert wide.wait(60)
    gate.leave(shares[0])
    assert late.wait(60)
    gate.leave(late_shares[0])
    assert gate.enter(3, 100) == (3, 100)


def test_more_than_there_is_takes_all_of_it():
    gate = Gate(2, 0)
    assert gate.enter(8, 1e12) == (2, 1e12)
