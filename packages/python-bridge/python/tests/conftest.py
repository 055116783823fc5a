"""A host for tests: starts guard and sidecar as the real one does, and speaks frames with them."""

import io
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rhapsody_bridge.frames import pack, receive, send
from rhapsody_bridge.values import decode, encode

BRIDGE = Path(__file__).parents[1]
MAIN = str(BRIDGE / "rhapsody_bridge" / "__main__.py")
ENGINES = Path(__file__).parent / "engines"
#: Seconds within which all happens that has no deadline of its own, also on a machine with much else to do.
DEADLINE = 60


class FakeHost:
    """The host's end of one opening."""

    def __init__(self, scratch: Path, environment: dict[str, str], cwd: Path, leave: float) -> None:
        self.scratch = scratch
        self._socket, channel = socket.socketpair()
        self._socket.settimeout(DEADLINE)
        lifeline, self._lifeline = os.pipe()
        sidecar = [sys.executable, "-u", MAIN, "sidecar", "--channel", f"fd:{channel.fileno()}"]
        sidecar += ["--path", str(BRIDGE), "--path", str(ENGINES)]
        guard = [sys.executable, "-I", "-S", "-u", MAIN, "guard", "--lifeline", f"fd:{lifeline}", "--scratch", str(scratch)]
        guard += ["--leave", str(leave), "--", *sidecar]
        self.stderr = (scratch.parent / "stderr").open("w+")
        self.guard = subprocess.Popen(
            guard,
            pass_fds=[lifeline, channel.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self.stderr,
            stderr=self.stderr,
            cwd=cwd,
            env={**os.environ, **environment},
        )
        channel.close()
        os.close(lifeline)
        self._stream = io.BufferedReader(self._socket.makefile("rb", buffering=0))
        self._ids = 0
        self.hello = self.next("hello")[0]
        self.pid = self.hello["pid"]

    def say(self, op: str, blobs: list[bytes] | None = None, **fields: Any) -> int:
        self._ids += 1
        send(self._socket, pack({"op": op, "id": self._ids, **fields}, blobs or []))
        return self._ids

    def next(self, *ops: str) -> tuple[dict[str, Any], list[Any]]:
        """The next frame of one of these kinds; frames before it are dropped."""
        while True:
            frame = receive(self._stream)
            assert frame is not None, f"the channel ended: {self.stderr_text()}"
            header, blobs = frame
            for index, name in header.get("files", {}).items():
                blobs[int(index)] = memoryview((self.scratch / name).read_bytes())
            if header["op"] in ops:
                return header, [decode(blob) for blob in blobs]

    def answer(self, request: int) -> Any:
        """The result of a request, or its error as `(code, message)`."""
        while True:
            header, values = self.next("answer")
            if header["id"] == request:
                if header["ok"]:
                    return values[0] if values else None
                return header["error"]["code"], header["error"]["message"]

    def open(self, engine: str, settings: Any = None, **given: Any) -> int:
        value = {"settings": settings or {}, "secrets": {}, "environment": {}, **given}
        fields = {"protocol": 1, "engine": engine, "session": "s1", "epoch": 2, "workDir": str(self.scratch), "spill": str(self.scratch)}
        return self.say("open", [encode(value)], **fields)

    def call(self, method: str, params: Any = None) -> Any:
        return self.answer(self.say("call", [encode(params)], method=method))

    def submit(self, *works: Any, first: int = 0) -> int:
        heads = [{"uid": f"t{first + index}", "attempt": 1, "kind": "python", "group": "g"} for index in range(len(works))]
        return self.say("submit", [encode(work) for work in works], tasks=heads)

    def exit_code(self) -> int:
        """Waits for the end of the guard."""
        return self.guard.wait(DEADLINE)

    def ended(self) -> bool:
        """Waits for the end of the channel."""
        while receive(self._stream) is not None:
            pass
        return True

    def hang_up(self) -> None:
        """Dies, as far as guard and sidecar can tell."""
        self._socket.close()
        self._stream.close()
        self.cut_lifeline()

    def cut_lifeline(self) -> None:
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

    def stderr_text(self) -> str:
        self.stderr.seek(0)
        return self.stderr.read()

    def end(self) -> None:
        self.hang_up()
        try:
            self.exit_code()
        finally:
            self.guard.kill()
            self.guard.wait()
            self.stderr.close()


@pytest.fixture
def start_host(tmp_path: Path) -> Iterator[Callable[..., FakeHost]]:
    """Starts hosts; all end with the test."""
    hosts: list[FakeHost] = []

    def start(cwd: Path = tmp_path, leave: float = 1.0, **environment: str) -> FakeHost:
        scratch = tmp_path / f"host{len(hosts)}" / "scratch"
        scratch.mkdir(parents=True)
        hosts.append(FakeHost(scratch, environment, cwd, leave))
        return hosts[-1]

    yield start
    for host in hosts:
        host.end()


@pytest.fixture
def host(start_host: Callable[..., FakeHost]) -> FakeHost:
    return start_host()


@pytest.fixture
def wait_gone() -> Callable[[int], None]:
    """Waits until a process that is not ours has ended."""

    def wait(pid: int) -> None:
        import select

        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        try:
            ready, _, _ = select.select([descriptor], [], [], DEADLINE)
            if not ready:
                os.kill(pid, signal.SIGKILL)
            assert ready, f"process {pid} is still there"
        finally:
            os.close(descriptor)

    return wait
