import threading

from rhapsody_dask.remote.gate import Gate


def entering(gate, cores, memory=0):
    entered = threading.Event()
    shares = []

    def enter():
        shares.append(gate.enter(cores, memory))
        entered.set()

    threading.Thread(target=enter, daemon=True).start()
    return entered, shares


def test_what_fits_enters_and_what_does_not_waits_its_turn():
    gate = Gate(3, 100)
    first = gate.enter(1, 60)
    wide, shares = entering(gate, 3)

    assert not wide.wait(0.05)
    late, late_shares = entering(gate, 1)
    # one core is free, and the wide one came before
    assert not late.wait(0.05)

    gate.leave(first)
    assert wide.wait(10)
    gate.leave(shares[0])
    assert late.wait(10)
    gate.leave(late_shares[0])
    assert gate.enter(3, 100) == (3, 100)


def test_more_than_there_is_takes_all_of_it():
    gate = Gate(2, 0)
    assert gate.enter(8, 1e12) == (2, 1e12)
