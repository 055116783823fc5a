"""The supervisor's loop: starts programs as it is told, reaps them, kills them with all that they started."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from typing import Any

from .failures import Shortage, StartError, spawn_failed
from .family import group_of, send, tree
from .link import Link
from .poller import Poller
from .program import Program
from .spawn import Spawner
from .strays import Strays

_HOUSEKEEPING = 1.0
_PR_SET_CHILD_SUBREAPER = 36
_FALLOC_PUNCH = 0x03
#: Processes that cannot be killed (of another user, or stuck in the kernel) are given up this many seconds after the owner is gone.
_GIVE_UP = 30.0


def main() -> None:
    """Runs until the owner's end of descriptor 3 is closed, then ends everything."""
    Supervisor(socket.socket(fileno=3), os.getppid()).run()


class Supervisor:
    """Takes `("open", marker)`, `("start", request)`, `("kill", number, grace)`; tells `("began", number, ms)`, then one end.

    An end is `("ended", number, …)`, `("failed", number, code, message)` or `("dropped", number)`.
    """

    def __init__(self, connection: socket.socket, owner: int) -> None:
        self._owner = owner
        self._poller = Poller()
        self._link = Link(self._poller, connection, self._take)
        self._spawner = Spawner(dict(os.environb))
        self._libc = _libc()
        self._marker = ""
        self._strays: Strays
        #: Programs whose first process is not reaped.
        self._by_pid: dict[int, Program] = {}
        #: Programs of which something is alive.
        self._by_number: dict[int, Program] = {}
        self._ended: set[Program] = set()
        self._doomed: set[Program] = set()
        #: Requests that wait until something ends, for want of descriptors, processes or memory.
        self._waiting: list[tuple[dict[str, Any], list[int]]] = []
        self._house_at = time.monotonic() + _HOUSEKEEPING
        self._orphaned_at: float | None = None
        if self._libc is not None and sys.platform == "linux":
            self._libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._listen_for_ends()

    def run(self) -> None:
        while True:
            self._poller.wait(self._timeout())
            self._advance()
            self._link.flush()
            if self._orphaned_at is not None and not self._by_number and self._all_gone():
                return

    def _listen_for_ends(self) -> None:
        read, write = os.pipe()
        os.set_blocking(read, False)
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        # The owner's business, as is Ctrl-C in a terminal.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

        def reap() -> None:
            os.read(read, 4096)
            self._reap()

        self._poller.watch(read, reap)

    def _take(self, message: tuple[Any, ...]) -> None:
        if message[0] == "start":
            request = message[1]
            passed = [self._link.passed.popleft() for _ in range(request["passed"])]
            if not self._start(request, passed):
                self._waiting.append((request, passed))
        elif message[0] == "kill":
            self._kill(message[1], message[2])
        else:
            self._marker = message[1]
            self._strays = Strays(self._marker)

    def _start(self, request: dict[str, Any], passed: list[int]) -> bool:
        number = request["number"]
        began = time.time() * 1000
        files = [os.dup(fd) for fd in passed]
        try:
            pid, stdio = self._spawner.spawn(request, passed, f"{self._marker}:{number}")
        except (StartError, Shortage) as error:
            for fd in files:
                os.close(fd)
            if isinstance(error, Shortage):
                if self._by_number:
                    return False
                error = spawn_failed(request["argv"][0], error.number)
            for fd in passed:
                os.close(fd)
            self._link.put("failed", number, error.code, error.message)
            return True
        program = Program(number, pid, began)
        program.connect(self._poller, request, stdio)
        program.keep_short(files)
        self._by_pid[pid] = program
        self._by_number[number] = program
        if request["tell"]:
            self._link.put("began", number, began)
        return True

    def _kill(self, number: int, grace: float) -> None:
        program = self._by_number.get(number)
        if program is None:
            for waiting in [entry for entry in self._waiting if entry[0]["number"] == number]:
                self._drop(waiting)
            return
        kill_at = time.monotonic() + grace
        program.kill_at = kill_at if program.kill_at is None else min(kill_at, program.kill_at)
        self._doomed.add(program)
        self._strays.update(self._by_pid.keys(), self._by_number.values())
        if grace > 0:
            # A stopped process takes no other signal.
            self._signal(program, [signal.SIGTERM, signal.SIGCONT])
        else:
            self._kill_tree(program)

    def _drop(self, waiting: tuple[dict[str, Any], list[int]]) -> None:
        self._waiting.remove(waiting)
        for fd in waiting[1]:
            os.close(fd)
        self._link.put("dropped", waiting[0]["number"])

    def _advance(self) -> None:
        now = time.monotonic()
        if self._link.ended or os.getppid() != self._owner:
            self._abandon(now)
        for program in list(self._doomed):
            if program.kill_at is not None and program.kill_at <= now:
                self._kill_tree(program)
        if now >= self._house_at and (self._by_number or self._waiting):
            self._house_at = now + _HOUSEKEEPING
            self._strays.update(self._by_pid.keys(), self._by_number.values())
            for program in self._by_number.values():
                program.keep_house(self._punch)
            self._start_waiting()

    def _start_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for index, (request, passed) in enumerate(waiting):
            if not self._start(request, passed):
                self._waiting = waiting[index:]
                return

    def _reap(self) -> None:
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            program = self._by_pid.pop(pid, None)
            if program is None:
                self._strays.reaped(pid)
            else:
                program.reaped(status, usage)
                self._ended.add(program)
        if self._ended:
            self._settle()

    def _settle(self) -> None:
        """Finishes what ended with all that it started, and ends what outlived it."""
        self._strays.update(self._by_pid.keys(), self._by_number.values())
        now = time.monotonic()
        for program in list(self._ended):
            left = self._strays.of(program)
            if not left:
                self._finish(program)
            elif (program.kill_at or 0) <= now:
                self._strays.kill(left)
        if self._waiting:
            self._start_waiting()

    def _finish(self, program: Program) -> None:
        if sys.platform != "linux":
            send([signal.SIGKILL], -program.pid)
        self._ended.discard(program)
        self._doomed.discard(program)
        del self._by_number[program.number]
        self._link.put("ended", program.number, *program.end())
        self._strays.gone(program)

    def _kill_tree(self, program: Program) -> None:
        self._doomed.discard(program)
        program.kill_at = 0.0
        self._signal(program, [signal.SIGKILL])

    def _signal(self, program: Program, signals: list[int]) -> None:
        """Sends signals to the group and to every process of the program that left it."""
        roots = self._strays.of(program)
        if program.status is None:
            roots = [program.pid, *roots]
        outside = [pid for root in roots for pid in tree(root) if group_of(pid) != program.pid or program.status is not None]
        if program.status is None:
            send(signals, -program.pid)
        for pid in outside:
            send(signals, pid)

    def _abandon(self, now: float) -> None:
        if self._orphaned_at is None:
            self._orphaned_at = now
            for waiting in list(self._waiting):
                self._drop(waiting)
            for number in list(self._by_number):
                self._kill(number, 0)

    def _all_gone(self) -> bool:
        self._strays.update(self._by_pid.keys(), self._by_number.values())
        return self._strays.none_left or time.monotonic() - (self._orphaned_at or 0) > _GIVE_UP

    def _timeout(self) -> float | None:
        now = time.monotonic()
        # Whether the owner is still there is looked up even when nothing runs: a fork of it may hold the socket open.
        due = [max(self._house_at, now) if self._by_number else now + _HOUSEKEEPING]
        due += [program.kill_at for program in self._doomed if program.kill_at is not None]
        return max(0.0, min(due) - now)

    def _punch(self, fd: int, length: int) -> None:
        """Frees the beginning of a file, whose size stays (linux/falloc.h: keep size, punch hole)."""
        if self._libc is not None and sys.platform == "linux":
            self._libc.fallocate(fd, _FALLOC_PUNCH, 0, length)


def _libc() -> Any:
    try:
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "linux":
            libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_longlong, ctypes.c_longlong]
        return libc
    except (ImportError, OSError):
        return None
