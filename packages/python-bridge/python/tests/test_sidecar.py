"""Guard and sidecar as real processes, with a host that speaks frames."""

import os
import platform
import signal
from pathlib import Path

import pytest
from rhapsody_bridge.frames import pack, send
from rhapsody_bridge.spill import SPILL_ABOVE
from rhapsody_bridge.values import encode


def test_says_hello_first(host):
    assert host.hello["protocol"] == 1
    assert host.hello["python"] == platform.python_version()
    assert host.hello["pid"] != host.guard.pid


def test_opens_an_engine_with_what_the_host_sent(host):
    facts = host.answer(host.open("tried", {"a": [1, b"x"]}))

    assert facts == {"name": "tried", "version": "1", "epoch": 2, "settings": {"a": [1, b"x"]}}


def test_what_engines_and_their_children_print_is_standard_error(host):
    host.answer(host.open("tried"))

    assert "printed in open\n" in host.stderr_text()
    assert "printed by a child\n" in host.stderr_text()


@pytest.mark.parametrize(
    ("behaviour", "code", "message"),
    [
        ("raise", "BACKEND_UNAVAILABLE", "open failed: KeyError: 'no such cluster'"),
        ("refuse", "BACKEND_UNAVAILABLE", "start the scheduler first"),
    ],
)
def test_an_open_that_raises_is_answered(host, behaviour, code, message):
    answer = host.answer(host.open("tried", {"open": behaviour}))

    assert answer[0] == code
    assert answer[1].startswith(message)


def test_an_engine_module_that_is_missing_is_told_with_the_python(host):
    code, message = host.answer(host.open("tired"))

    assert code == "BACKEND_UNAVAILABLE"
    assert "No module named 'tired'" in message
    assert "Python is " in message


def test_refuses_a_host_of_another_protocol(host):
    header = {"protocol": 9, "engine": "tried", "session": "s", "epoch": 1, "workDir": "/"}

    assert host.answer(host.say("open", [encode({})], **header))[0] == "BACKEND_UNAVAILABLE"


def test_work_before_open_is_refused(host):
    assert host.answer(host.submit(1))[0] == "BACKEND_CLOSED"


def test_an_open_that_is_given_up_is_cancelled(host):
    request = host.open("tried", {"open": "wait"})
    host.next("event")
    send(host._socket, pack({"op": "abort", "id": request}))

    assert host.next("event")[0]["name"] == "given up"
    assert host.answer(request)[0] == "BACKEND_CLOSED"


def test_a_close_while_opening_gives_the_opening_up(host):
    host.open("tried", {"open": "wait"})
    host.next("event")
    request = host.say("close", graceMs=0)

    assert host.next("event")[0]["name"] == "given up"
    assert host.answer(request) is None
    assert host.exit_code() == 0


def test_outcomes_come_as_the_engine_gave_them(host):
    host.answer(host.open("tried"))
    host.submit({"state": "DONE", "returnValue": 1}, {"state": "DONE", "returnValue": b"2"})
    header, values = host.next("report")

    assert header["tasks"] == [["t0", 1], ["t1", 1]]
    assert [value["returnValue"] for value in values] == [1, b"2"]


def test_attempts_are_handed_over_once(host):
    host.answer(host.open("tried"))
    for _ in range(2):
        assert host.answer(host.submit("a", "b")) is None

    assert host.call("seen")["submitted"] == [["t0", 1], ["t1", 1]]


def test_attempts_that_were_refused_can_be_handed_over_again(host):
    host.answer(host.open("tried"))
    head = {"uid": "t", "attempt": 1, "kind": "python", "group": "refused"}

    assert host.answer(host.say("submit", [encode(1)], tasks=[head])) == ("BACKEND_REJECTED_TASKS", "none of these")
    assert host.answer(host.say("submit", [encode(1)], tasks=[{**head, "group": "g"}])) is None
    assert host.call("seen")["submitted"] == [["t", 1]]


def test_a_cancellation_is_answered_after_what_was_reported_before(host):
    host.answer(host.open("tried"))
    request = host.say("cancel", tasks=[["t0", 1]], reason="timeout", graceMs=10)

    assert host.next("report", "answer")[0]["op"] == "report"
    assert host.answer(request) == ["cancelled"]


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ("raises", "call failed: ValueError: too big ("),
        ("exits", "call failed: SystemExit: 3 ("),
        ("cannot_cross", "call failed: ValueRefused: rows is of type set, which has no form outside Python: use a list, sorted(x)"),
        ("no_such", "call failed: AttributeError: 'Tried' object has no attribute 'no_such'"),
    ],
)
def test_a_call_that_raises_is_answered_and_the_sidecar_goes_on(host, method, message):
    host.answer(host.open("tried"))
    code, told = host.call(method)

    assert code == "BACKEND_REJECTED_TASKS"
    assert told.startswith(message)
    assert host.call("large", 3) == b"xxx"


def test_a_call_that_is_given_up_is_cancelled(host):
    host.answer(host.open("tried"))
    request = host.say("call", [encode(None)], method="waits")
    send(host._socket, pack({"op": "abort", "id": request}))

    assert host.answer(request) == ("BACKEND_CLOSED", "call was given up")


def test_logs_warnings_facts_and_events_reach_the_host(host):
    host.answer(host.open("tried"))
    host.say("call", [encode(None)], method="talks")
    entries, frames = [], {}
    while "lost" not in frames or len(entries) < 4:
        header, values = host.next("log", "observe", "capacity", "event", "lost")
        entries += header.get("entries", [])
        frames[header["op"]] = (header, values)

    assert {"level": "warn", "logger": "dask", "text": "worker w1 is slow"} in entries
    assert any("arguments cannot be shown" in entry["text"] for entry in entries)
    assert any(entry["logger"] == "py.warnings" and "deprecated" in entry["text"] for entry in entries)
    assert any("host.observe() was given what cannot be sent" in entry["text"] for entry in entries)
    assert frames["observe"][1] == [{"workers": 3}]
    assert frames["capacity"][0] == {"op": "capacity", "maxInFlight": 7, "cores": 2}
    assert (frames["event"][0]["name"], frames["event"][1]) == ("x", [[1]])
    assert frames["lost"][0]["message"] == "gone"


def test_what_fails_in_the_loop_is_logged(host):
    host.answer(host.open("tried"))
    host.say("call", [encode(None)], method="fails_later")
    (entry,) = host.next("log")[0]["entries"]

    assert entry["level"] == "error"
    assert "ZeroDivisionError" in entry["text"]


def test_large_values_go_by_file_both_ways(host):
    host.answer(host.open("tried"))
    size = SPILL_ABOVE + 1

    assert host.call("large", size) == b"x" * size
    (host.scratch / "work").write_bytes(encode({"state": "DONE", "returnValue": "z" * size}))
    head = {"uid": "t", "attempt": 1, "kind": "python", "group": "g"}
    host.say("submit", [b""], tasks=[head], files={"0": "work"})
    assert host.next("report")[1][0]["returnValue"] == "z" * size
    assert not (host.scratch / "work").exists()


def test_outcomes_wait_for_credit_and_other_frames_do_not(host):
    host.answer(host.open("tried"))
    size = 1024 * 1024
    host.say("call", [encode({"count": 20, "size": size})], method="floods")
    got, outstanding = 0, 0
    while outstanding + size < 8 * 1024 * 1024:
        header, values = host.next("report")
        got += len(values)
        outstanding += sum(header["blobs"]) if "blobs" in header else sum(len(value["returnValue"]) for value in values)
    assert got < 20

    assert host.call("large", 3) == b"xxx"
    while got < 20:
        send(host._socket, pack({"op": "credit", "bytes": 4 * size}))
        got += len(host.next("report")[1])


def test_close_sends_what_was_reported_and_then_ends_with_0(host):
    host.answer(host.open("tried"))
    request = host.say("close", graceMs=100)

    assert host.next("report", "answer")[0]["tasks"] == [["last", 1]]
    assert host.answer(request) is None
    assert host.exit_code() == 0
    assert not host.scratch.exists()


def test_a_close_that_raises_is_told(host):
    host.answer(host.open("tried"))
    host.call("on_close", "raise")

    assert host.answer(host.say("close", graceMs=0))[1].startswith("close failed: RuntimeError: cannot close")
    assert host.exit_code() == 0


def test_the_working_directory_and_pythonpath_are_importable_and_the_bridges_files_are_not(start_host, tmp_path: Path):
    host = start_host(cwd=tmp_path, PYTHONPATH="/somewhere/else")
    host.answer(host.open("tried"))
    path = host.call("seen")["path"]

    assert path[2] == str(tmp_path)
    assert "/somewhere/else" in path
    assert not any(part.endswith("/rhapsody_bridge") for part in path)


def test_secrets_are_in_no_argument_and_no_environment(host):
    host.answer(host.open("tried", secrets={"password": "hunter2"}))

    assert host.call("seen")["secrets"] == {"password": "hunter2"}
    for pid in (host.guard.pid, host.pid):
        for file in ("cmdline", "environ"):
            assert b"hunter2" not in Path(f"/proc/{pid}/{file}").read_bytes()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_that_are_meant_for_the_whole_job_end_neither(host, number):
    host.answer(host.open("tried"))
    for pid in (host.guard.pid, host.pid):
        os.kill(pid, number)

    assert host.call("large", 1) == b"x"
