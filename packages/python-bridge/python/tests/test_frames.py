"""Frames over a real socket."""

import io
import os
import random
import socket
import threading

import pytest
from rhapsody_bridge.frames import FrameError, pack, receive, send
from rhapsody_bridge.spill import SPILL_ABOVE, spill, take


def joined(*frames):
    return b"".join(bytes(piece) for frame in frames for piece in frame)


def test_frames_survive_however_they_are_cut():
    chance = random.Random(1)
    sent = [
        ({"op": "x", "n": index, "text": "é\ud800"}, [chance.randbytes(chance.randrange(200_000)) for _ in range(index % 4)])
        for index in range(40)
    ]
    left, right = socket.socketpair()

    def write():
        data = joined(*(pack(header, blobs) for header, blobs in sent))
        while data:
            size = chance.choice([1, 3, 7, 100, 70_000])
            left.sendall(data[:size])
            data = data[size:]
        left.close()

    writer = threading.Thread(target=write)
    writer.start()
    with right, right.makefile("rb") as stream:
        for expected in sent:
            header, blobs = receive(stream)
            assert (header, [bytes(blob) for blob in blobs]) == expected
        assert receive(stream) is None
    writer.join()


def test_send_keeps_the_order_of_small_and_large_pieces():
    left, right = socket.socketpair()
    pieces = [os.urandom(size) for size in (10, 70_000, 0, 5, 65_536, 300_000, 1, *[40] * 5000)]

    def write():
        send(left, pieces)
        left.close()

    writer = threading.Thread(target=write)
    writer.start()
    with right, right.makefile("rb") as stream:
        assert stream.read() == b"".join(pieces)
    writer.join()


@pytest.mark.parametrize(
    "data",
    [
        b"\x01",
        b"\x10\x00\x00\x00\x02\x00\x00\x00{}",
        b"\x01\x00\x00\x00\x02\x00\x00\x00{}",
        b"\xff\xff\xff\xff\x02\x00\x00\x00{}",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        joined(pack({"op": "x"}))[:-1],
        b"\x11\x00\x00\x00\x0d\x00\x00\x00" + b'{"blobs":[9]}',
    ],
)
def test_what_is_no_frame_is_refused(data):
    with pytest.raises(FrameError):
        receive(io.BytesIO(data))


def test_a_frame_that_is_too_large_is_refused():
    class Huge(bytes):
        def __len__(self):
            return 1 << 30

    with pytest.raises(FrameError, match="1073741824"):
        pack({"op": "x"}, [Huge()])


def test_large_blobs_go_by_file_and_come_back_once(tmp_path):
    blobs = [b"small", b"x" * (SPILL_ABOVE + 1), b"y" * SPILL_ABOVE]
    files, kept = spill(tmp_path, blobs)

    assert list(files) == ["1"]
    assert kept == [b"small", b"", blobs[2]]
    assert (tmp_path / files["1"]).stat().st_mode & 0o777 == 0o600
    assert take(tmp_path, files, kept) == blobs
    assert list(tmp_path.iterdir()) == []


def test_without_room_for_files_blobs_stay_in_the_frame(tmp_path):
    blobs = [b"x" * (SPILL_ABOVE + 1)]

    assert spill(tmp_path / "missing", blobs) == ({}, blobs)
    assert spill(None, blobs) == ({}, blobs)


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/b"])
def test_files_elsewhere_are_refused(tmp_path, name):
    with pytest.raises(ValueError, match="not one of the channel's"):
        take(tmp_path, {"0": name}, [b""])
