"""The parent of a sidecar: owns every process that comes from it, and ends them all when the sidecar or the host is gone."""

from __future__ import annotations

import itertools
import os
import select
import signal
import sys
import time
from collections.abc import Callable

from rhapsody_bridge.processes import become_subreaper, die_with_parent, kill_descendants

#: Seconds that a sidecar has to leave by itself once its host is gone.
LEAVE_SECONDS = 1.0
#: Seconds after which processes that no kill reaches (they wait for a dead disk) are given up.
GIVE_UP_SECONDS = 10.0

_IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: list[str]) -> None:
    """Runs ``--lifeline fd:N [--scratch DIR] [--leave SECONDS] [--orphans SECONDS] -- COMMAND`` to its end.

    What a command that has ended by itself leaves behind gets ``--orphans`` to do so, too, and is killed then.

    Exits as the command did (128 + signal when a signal ended it).
    """
    lifeline, scratch, leave, orphans, command = _parse(arguments)
    os.set_inheritable(lifeline, False)
    if os.getsid(0) != os.getpid() and os.getpgid(0) != os.getpid():
        os.setsid()
    become_subreaper()
    woken = _wake_on_signals()
    sidecar = _start(command)
    # the channel is the sidecar's alone: its end must be the channel's end
    kept = sorted((2, lifeline, *woken, 256))
    for low, high in itertools.pairwise(kept):
        os.closerange(low + 1, high)

    status, leave_by = _watch(sidecar, lifeline, woken[0], leave)
    if orphans and status is not None and os.WIFEXITED(status):
        _until_childless(leave_by or time.monotonic() + orphans)
    _end_all()
    if scratch:
        import shutil

        shutil.rmtree(scratch, ignore_errors=True)
    code = os.waitstatus_to_exitcode(status) if status is not None else -signal.SIGKILL
    os._exit(code if code >= 0 else 128 - code)


def _parse(arguments: list[str]) -> tuple[int, str | None, float, float, list[str]]:
    options: dict[str, str] = {}
    rest = arguments
    while len(rest) > 1 and rest[0] != "--":
        options[rest[0]] = rest[1]
        rest = rest[2:]
    lifeline = options.get("--lifeline", "")
    if not lifeline.startswith("fd:") or len(rest) < 2:
        sys.exit("guard: needs --lifeline fd:N [--scratch DIR] [--leave SECONDS] [--orphans SECONDS] -- COMMAND")
    leave, orphans = float(options.get("--leave", LEAVE_SECONDS)), float(options.get("--orphans", 0))
    return int(lifeline[3:]), options.get("--scratch"), leave, orphans, rest[1:]


def _wake_on_signals() -> tuple[int, int]:
    read, write = os.pipe()
    os.set_blocking(read, False)
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    # handlers and not SIG_IGN, which every process below would inherit: the guard outlives signals that are meant for the whole job
    for number in (signal.SIGCHLD, *_IGNORED):
        signal.signal(number, lambda *_: None)
    return read, write


def _start(command: list[str]) -> int:
    guard = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        die_with_parent(guard)
        os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"cannot start {command[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(127)


def _watch(sidecar: int, lifeline: int, woken: int, leave: float) -> tuple[int | None, float | None]:
    """The wait status of the sidecar, ``None`` when it is left for the kill; and when all has to be gone, once the host is."""
    poll = select.poll()
    poll.register(lifeline, select.POLLIN)
    poll.register(woken, select.POLLIN)
    leave_by: float | None = None
    while True:
        timeout = None if leave_by is None else max(0.0, leave_by - time.monotonic()) * 1000
        ready = [descriptor for descriptor, _ in poll.poll(timeout)]
        if woken in ready:
            _drain(woken)
        status = _reap(sidecar)
        if status is not None:
            return status, leave_by
        if lifeline in ready and not _read(lifeline):
            poll.unregister(lifeline)
            leave_by = time.monotonic() + leave
        if leave_by is not None and time.monotonic() >= leave_by:
            return None, leave_by


def _reap(sidecar: int) -> int | None:
    """Takes what ended off the books, adopted orphans too; the status of the sidecar if it was among them."""
    found = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if pid == 0:
            return found
        if pid == sidecar:
            found = status


def _end_all() -> None:
    """Kills and reaps until there is no descendant: what a dying process leaves behind becomes the guard's child."""
    if not _until_childless(time.monotonic() + GIVE_UP_SECONDS, kill_descendants):
        os.write(2, b"some processes of the engine cannot be killed; the operating system will end them when what they wait for answers\n")


def _until_childless(give_up: float, again: Callable[[], object] = lambda: None) -> bool:
    """Reaps until there is no child, orphans included; False when there still is one at ``give_up``. Calls ``again`` before each look."""
    pause = 0.001
    while time.monotonic() < give_up:
        again()
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return True
        time.sleep(pause)
        pause = min(pause * 2, 0.05)
    return False


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:
        return b""


def _drain(descriptor: int) -> None:
    while True:
        try:
            if len(os.read(descriptor, 4096)) < 4096:
                return
        except BlockingIOError:
            return
