"""What the writer sends, in which order and how much of it."""

import os
import socket
import threading

import pytest
from rhapsody_bridge import writer as module
from rhapsody_bridge.channel import Channel, connect
from rhapsody_bridge.frames import receive
from rhapsody_bridge.values import encode
from rhapsody_bridge.writer import MAX_LOG_ENTRIES, WINDOW, Writer


@pytest.fixture
def pair():
    left, right = socket.socketpair()
    with left, right, right.makefile("rb") as stream:
        right.settimeout(60)
        yield left, stream


def run(writer):
    thread = threading.Thread(target=writer.run, daemon=True)
    thread.start()
    return thread


def test_outcomes_that_came_together_leave_together(pair):
    connection, stream = pair
    writer = Writer(connection)
    writer.report([(f"t{index}", 1, encode(index)) for index in range(2500)])
    run(writer)

    assert [len(receive(stream)[0]["tasks"]) for _ in range(3)] == [1000, 1000, 500]


def test_no_more_than_the_window_is_under_way(pair):
    connection, stream = pair
    writer = Writer(connection)
    writer.report([(f"t{index}", 1, b"x" * 300_000) for index in range(60)])
    run(writer)
    sizes = []
    writer.put({"op": "urgent"}, [], after_reports=False)
    writer.put({"op": "late"}, [], after_reports=True)
    while sum(sizes) + 900_000 <= WINDOW:
        header, blobs = receive(stream)
        if header["op"] == "report":
            sizes.append(sum(map(len, blobs)))
    total = sum(sizes)
    while total < 60 * 300_000:
        writer.credit(900_000)
        header, blobs = receive(stream)
        total += sum(map(len, blobs))

    assert sum(sizes) <= WINDOW
    assert receive(stream)[0]["op"] == "late"


def test_an_outcome_that_is_larger_than_the_window_goes_alone(pair):
    connection, stream = pair
    writer = Writer(connection)
    writer.report([("a", 1, b"x" * 2 * WINDOW), ("b", 1, b"y")])
    run(writer)

    assert len(receive(stream)[1][0]) == 2 * WINDOW
    writer.credit(2 * WINDOW)
    assert receive(stream)[0]["tasks"] == [["b", 1]]


def test_lines_of_log_are_bounded_and_the_rest_is_counted(pair):
    connection, stream = pair
    writer = Writer(connection)
    for index in range(MAX_LOG_ENTRIES + 7):
        writer.log("info", "x", str(index))
    run(writer)
    entries = receive(stream)[0]["entries"]

    assert len(entries) == MAX_LOG_ENTRIES + 1
    assert entries[-1]["text"] == "7 more lines of log were dropped"


def test_beats_when_there_is_nothing_else(pair, monkeypatch):
    connection, stream = pair
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.01)
    run(Writer(connection))

    assert [receive(stream)[0]["op"] for _ in range(2)] == ["beat", "beat"]


def test_an_answer_that_cannot_be_sent_is_a_refusal(pair):
    connection, stream = pair
    writer = Writer(connection)
    writer.put({"op": "answer", "id": 4, "ok": True, "bad": {1}}, [], after_reports=False)
    writer.put({"op": "capacity", "cores": {1}}, [], after_reports=False)
    run(writer)

    assert receive(stream)[0]["error"]["code"] == "BACKEND_REJECTED_TASKS"
    assert "cannot send capacity" in receive(stream)[0]["entries"][0]["text"]


def test_ends_when_the_host_is_gone(pair):
    connection, _ = pair
    writer = Writer(connection)
    thread = run(writer)
    connection.shutdown(socket.SHUT_RDWR)
    writer.report([("a", 1, b"x")])
    thread.join(60)

    assert not thread.is_alive()


def test_connects_where_the_host_listens(tmp_path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        server.listen()
        own = connect(f"unix:{tmp_path}/s")
        channel = Channel(own)
        connection, _ = server.accept()
        ended = threading.Event()
        channel.start(lambda header, blobs: None, ended.set)
        channel.send({"op": "x"})
        with connection.makefile("rb") as stream:
            assert receive(stream)[0] == {"op": "x"}
        connection.sendall(os.urandom(8) + b"\xff" * 8)
        connection.close()
        assert ended.wait(60)
        own.close()
