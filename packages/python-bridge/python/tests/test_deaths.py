"""Whoever dies, nothing is left."""

import os
import signal

from rhapsody_bridge.values import encode

from .conftest import DEADLINE


def test_the_hosts_death_ends_the_tree(start_host, wait_gone):
    host = start_host(leave=DEADLINE)
    host.answer(host.open("tried"))
    left = host.call("starts")
    host.hang_up()

    assert host.exit_code() == 0
    for pid in (host.pid, *left):
        wait_gone(pid)
    assert not host.scratch.exists()


def test_the_hosts_death_ends_a_tree_whose_engine_hangs(host, wait_gone):
    host.answer(host.open("tried"))
    left = host.call("starts")
    host.call("on_close", "hang")
    host.hang_up()

    host.exit_code()
    for pid in (host.pid, *left):
        wait_gone(pid)


def test_the_hosts_death_ends_a_sidecar_that_nothing_runs_in(host, wait_gone):
    host.answer(host.open("tried"))
    fifo = host.scratch / "fifo"
    os.mkfifo(fifo)
    host.say("call", [encode(str(fifo))], method="holds_the_interpreter")
    fifo.read_bytes()
    host.hang_up()

    assert host.exit_code() == 128 + signal.SIGKILL
    wait_gone(host.pid)


def test_the_sidecars_exit_code_is_the_guards(host, wait_gone):
    host.answer(host.open("tried"))
    left = host.call("starts")
    host.say("call", [encode(3)], method="dies")

    assert host.ended()
    assert host.exit_code() == 3
    for pid in left:
        wait_gone(pid)


def test_the_sidecars_signal_is_the_guards_exit_code(host, wait_gone):
    host.answer(host.open("tried"))
    left = host.call("starts")
    os.kill(host.pid, signal.SIGKILL)

    assert host.ended()
    assert host.exit_code() == 128 + signal.SIGKILL
    for pid in left:
        wait_gone(pid)


def test_a_crash_tells_where_on_standard_error(host):
    host.answer(host.open("tried"))
    host.say("call", [encode(None)], method="breaks")

    assert host.ended()
    assert host.exit_code() == 128 + signal.SIGSEGV
    assert "Segmentation fault" in host.stderr_text()
    assert "in breaks" in host.stderr_text()


def test_the_guards_death_ends_the_sidecar(host, wait_gone):
    host.answer(host.open("tried"))
    host.guard.kill()

    assert host.ended()
    wait_gone(host.pid)


def test_a_close_that_hangs_ends_at_its_deadline_and_the_host_is_told(host, wait_gone):
    host.answer(host.open("tried"))
    left = host.call("starts")
    host.call("on_close", "hang")
    host.say("close", graceMs=100)
    (entry,) = host.next("log")[0]["entries"]

    assert "did not close within" in entry["text"]
    assert host.exit_code() == 0
    for pid in left:
        wait_gone(pid)
