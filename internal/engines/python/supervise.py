"""Runs a command until standard input ends, and leaves nothing of it behind.

    supervise.py <seconds to leave in> <command> [argument ...]

Says "pid <n>" on standard output once the command runs; its own output goes to standard error. When standard input ends, on whatever
death of its owner, the command gets SIGTERM and its seconds to leave in; then everything that it started is killed, sessions and
groups of their own included. Exits with the command's code.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading

import psutil

PR_SET_CHILD_SUBREAPER = 36
#: For what the command leaves behind.
LEAVE_SECONDS = 2


def main(grace: float, command: list[str]) -> int:
    if sys.platform == "linux":
        # What the command abandons becomes our child, and can be found.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=2, start_new_session=True)
    print(f"pid {process.pid}", flush=True)
    threading.Thread(target=stop_at_end_of_input, args=(process, grace), daemon=True).start()
    code = process.wait()
    # Some have to put away what others left, e.g. shared memory.
    psutil.wait_procs(psutil.Process().children(recursive=True), timeout=LEAVE_SECONDS)
    kill_descendants()
    return code if code >= 0 else 128 - code


def stop_at_end_of_input(process: "subprocess.Popen[bytes]", grace: float) -> None:
    sys.stdin.buffer.read()
    process.terminate()
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        process.kill()


def kill_descendants() -> None:
    # Again and again: what is killed hands its children to us.
    while descendants := psutil.Process().children(recursive=True):
        for descendant in descendants:
            try:
                descendant.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(descendants, timeout=5)


if __name__ == "__main__":
    # The owner says when to stop by closing our standard input; a signal to its group is not for us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.setsid()
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
