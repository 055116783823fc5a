"""The guard with commands that are no sidecar, and what it knows of processes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rhapsody_bridge.processes import descendants, parse_ps

from .conftest import DEADLINE

MAIN = str(Path(__file__).parents[1] / "rhapsody_bridge" / "__main__.py")


@pytest.fixture
def guard():
    """Starts guards whose host dies with the test."""
    started = []

    def start(*command, options=()):
        read, write = os.pipe()
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", MAIN, "guard", "--lifeline", f"fd:{read}", *options, "--", *command],
            pass_fds=[read],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        os.close(read)
        started.append((process, write))
        return process

    yield start
    for process, write in started:
        os.close(write)
        process.communicate(timeout=DEADLINE)


def test_a_command_that_cannot_be_started_is_told(guard):
    process = guard("/no/such/python")

    assert process.stderr.read() == "cannot start /no/such/python: No such file or directory\n"
    assert process.wait(DEADLINE) == 127


def test_the_command_has_a_session_of_its_own_and_takes_signals(guard):
    process = guard(sys.executable, "-c", "import os; print(os.getsid(0), flush=True); os.kill(os.getpid(), 15)")

    assert int(process.stdout.read()) == process.pid
    assert process.wait(DEADLINE) == 128 + signal.SIGTERM


def test_what_the_command_leaves_behind_is_killed_in_any_session(guard):
    process = guard("/bin/sh", "-c", "setsid sh -c 'setsid sleep 600 & wait' & sleep 600 & exit 5")

    # the pipe ends when the last of them does
    assert process.stdout.read() == ""
    assert process.wait(DEADLINE) == 5


def test_what_a_launcher_leaves_behind_may_clear_up_when_it_gets_time(guard):
    clear_up = "while kill -0 $$ 2>/dev/null; do :; done; echo cleared"
    process = guard("/bin/sh", "-c", f"({clear_up}) & exit 5", options=["--orphans", str(DEADLINE)])

    assert process.stdout.read() == "cleared\n"
    assert process.wait(DEADLINE) == 5


@pytest.mark.parametrize("arguments", [[], ["guard"], ["guard", "--lifeline", "fd:0"], ["guard", "--", "true"], ["other"]])
def test_wrong_command_lines_are_refused(arguments):
    done = subprocess.run([sys.executable, "-I", "-S", MAIN, *arguments], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "--lifeline fd:N" in done.stderr


def test_finds_descendants_whatever_their_names_are(tmp_path):
    program = tmp_path / "a) b (S 1"
    program.symlink_to("/bin/cat")
    with subprocess.Popen(["/bin/sh", "-c", f"'{program}'; true"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(b"x")
        process.stdin.flush()
        process.stdout.read(1)

        found = descendants(process.pid)
        process.stdin.close()

    assert len(found) == 1


def test_reads_what_ps_of_other_systems_lists():
    listing = (
        "    1     0     1 Ss\n  501     1   501 S+\n  502   501   501 S\n  503     1   501 R\n  504     1   504 S\n  505   501   501 Z+\n"
    )

    assert parse_ps(listing, 501) == [(1, 0), (501, 1), (502, 501), (503, 501), (504, 1)]
