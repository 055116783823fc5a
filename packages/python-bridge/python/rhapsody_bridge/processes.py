"""Facts and orders about processes that Python's standard library has no call for."""

from __future__ import annotations

import contextlib
import os
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_SIGKILL = 9


def become_subreaper() -> None:
    """Makes descendants that lose their parent children of this process. Linux only; elsewhere nothing happens."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(parent: int) -> None:
    """Has this process killed when ``parent`` dies, and ends it when that has happened already. Linux only; elsewhere nothing happens."""
    _prctl(_PR_SET_PDEATHSIG, _SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def kill_descendants() -> None:
    """Kills every process that comes from this one and is there now."""
    for pid in descendants(os.getpid()):
        try:
            os.kill(pid, _SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue


def descendants(root: int) -> list[int]:
    """Processes that come from ``root``, zombies left out.

    Where nothing adopts what is abandoned, that counts only while it is in the session of ``root``, or in its process group where sessions
    cannot be told.
    """
    children: dict[int, list[int]] = {}
    for pid, parent in _processes(root):
        children.setdefault(parent, []).append(pid)
    found: list[int] = []
    front = [root]
    while front:
        front = [pid for parent in front for pid in children.get(parent, ())]
        found += front
    return found


def _processes(root: int) -> list[tuple[int, int]]:
    """Pairs of process and parent."""
    if sys.platform != "linux":
        return parse_ps(_ps(), root)
    found = []
    for name in os.listdir("/proc"):
        if name[0] in "123456789":
            try:
                with open(f"/proc/{name}/stat", "rb", buffering=0) as file:
                    # the program's name, in parentheses, may hold anything
                    state, parent, _, session, _ = file.read(4096).rpartition(b")")[2].split(None, 4)
            except (OSError, ValueError):
                continue
            if state not in b"ZX":
                found.append((int(name), _parent(int(name), int(parent), int(session), root)))
    return found


def _ps() -> str:
    import subprocess

    return subprocess.run(["/bin/ps", "-A", "-o", "pid=,ppid=,pgid=,stat="], capture_output=True, text=True, check=False).stdout


def parse_ps(listing: str, root: int) -> list[tuple[int, int]]:
    """Pairs of process and parent in a listing of ``ps -A -o pid=,ppid=,pgid=,stat=``."""
    found = []
    for line in listing.splitlines():
        pid, parent, group, state = line.split(None, 3)
        if not state.startswith("Z"):
            found.append((int(pid), _parent(int(pid), int(parent), int(group), root)))
    return found


def _parent(pid: int, parent: int, family: int, root: int) -> int:
    return root if parent == 1 and family == root != pid else parent


def _prctl(option: int, value: int) -> None:
    if sys.platform != "linux":
        return
    # a Python without ctypes, or one that is linked statically, does without, as other systems do
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
