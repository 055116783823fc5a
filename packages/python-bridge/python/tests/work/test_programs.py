"""Programs, as every backend runs them."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from .conftest import Running, program


def test_gives_output_exit_code_times_and_processor_time(run):
    end = run(program("sh", "-c", "printf 'out\\n\\n'; printf error >&2; exit 7"))

    assert (end["state"], end["exitCode"], end["stdout"], end["stderr"]) == ("FAILED", 7, "out\n\n", "error")
    assert end["failure"] == {"code": "TASK_EXIT_CODE", "message": "the program ended with exit code 7"}
    assert end["startedAt"] <= end["finishedAt"]
    assert end["resources"]["cpuTimeMs"] > 0
    assert "signal" not in end
    assert "outputTruncated" not in end


def test_names_the_signal_and_takes_a_high_exit_code_for_what_it_is(run):
    killed = run(program("sh", "-c", "kill -PIPE $$; exit 0"))
    high = run(program("sh", "-c", "exit 137"))

    assert (killed["failure"]["code"], killed["signal"]) == ("TASK_SIGNALED", "SIGPIPE")
    assert "exitCode" not in killed
    assert (high["failure"]["code"], high["exitCode"]) == ("TASK_EXIT_CODE", 137)


def test_hands_arguments_over_byte_for_byte(run):
    words = ["", " ", "a\nb", "'q' \"q\"", "$HOME `id`", "*", "--", "grüße 日本語 🎻", "x" * 100_000, ""]
    end = run(program("sh", "-c", "for argument; do printf '%s\\0' \"$argument\"; done", "sh", *words))

    assert end["stdout"].split("\0")[:-1] == words


def test_carries_megabytes_in_and_out_at_the_same_time(run):
    data = b"0123456789abcde\n" * 65_536
    end = run(program("cat", stdin=data, maxOutputBytes=2 * len(data)))

    assert end["stdout"].encode() == data


def test_does_not_mind_unread_input_and_gives_an_empty_one(run):
    assert run(program("echo", "unread", stdin=bytes(1_000_000)))["stdout"] == "unread\n"
    assert run(program("wc", "-c"))["stdout"].strip() == "0"


def test_keeps_the_end_of_long_output(run):
    end = run(program("sh", "-c", "head -c 8000000 /dev/zero | tr '\\0' x; printf 'äend'", maxOutputBytes=5))

    assert end["stdout"] == "äend"
    assert end["outputTruncated"] is True
    cut = run(program("printf", "aäend", maxOutputBytes=4))
    assert cut["stdout"] == "end"


def test_decodes_output_that_is_not_utf8(run):
    end = run(program("sh", "-c", "printf 'before \\377\\376 after'; printf '\\200' >&2"))

    assert (end["stdout"], end["stderr"]) == ("before \ufffd\ufffd after", "\ufffd")


def test_writes_files_and_drops_what_nobody_wants(run, tmp_path):
    files = {"stdout": str(tmp_path / "out"), "stderr": str(tmp_path / "err")}
    end = run(program("sh", "-c", "printf 'a\\377b'; printf e >&2", capture="file", files=files))
    none = run(program("echo", "dropped", capture="none"))

    assert (end["stdout"], end["stderr"]) == (files["stdout"], files["stderr"])
    assert (tmp_path / "out").read_bytes() == b"a\xffb"
    assert none["stdout"] == ""
    files = {"stdout": "/nowhere/out", "stderr": "/nowhere/err"}
    assert run(program("true", capture="file", files=files))["failure"]["code"] == "TASK_SPAWN_FAILED"


def test_sets_variables_and_directory(run, tmp_path, monkeypatch):
    monkeypatch.setenv("FROM_WORKER", "inherited")
    end = run(program("sh", "-c", "pwd -P; echo $FROM_WORKER $OWN", workingDirectory=str(tmp_path), environment={"OWN": "ü"}))

    assert end["stdout"] == f"{tmp_path.resolve()}\ninherited ü\n"


@pytest.mark.parametrize(
    ("argv", "fields", "code", "word"),
    [
        (["rhapsody-no-such-program"], {}, "TASK_PROGRAM_NOT_FOUND", "rhapsody-no-such-program"),
        (["/no/such/program"], {}, "TASK_PROGRAM_NOT_FOUND", "/no/such/program"),
        (["/usr"], {}, "TASK_PROGRAM_NOT_EXECUTABLE", "/usr"),
        (["/etc/passwd"], {}, "TASK_PROGRAM_NOT_EXECUTABLE", "/etc/passwd"),
        (["true"], {"workingDirectory": "/no/such"}, "TASK_WORKING_DIRECTORY", "/no/such"),
        (["true"], {"workingDirectory": "/etc/passwd"}, "TASK_WORKING_DIRECTORY", "/etc/passwd"),
        (["true", "a\0b"], {}, "TASK_SPAWN_FAILED", "NUL"),
        (["true"], {"environment": {"A=B": "c"}}, "TASK_SPAWN_FAILED", "A=B"),
        (["true", "x" * 3_000_000], {}, "TASK_SPAWN_FAILED", "standard input"),
    ],
)
def test_says_why_a_program_cannot_start(run, argv, fields, code, word):
    end = run(program(*argv, **fields))

    assert end["failure"]["code"] == code
    assert word in end["failure"]["message"]


def test_runs_a_file_without_a_first_line_as_a_script(run, tmp_path):
    script = tmp_path / "script"
    script.write_text("echo as a script $1")
    script.chmod(0o755)

    assert run(program(str(script), "x"))["stdout"] == "as a script x\n"


def test_ends_what_a_program_leaves_behind(run, wait_gone):
    end = run(program("sh", "-c", "setsid sleep 600 >/dev/null 2>&1 & echo $!; env -i setsid sleep 600 & echo $!"))

    for pid in map(int, end["stdout"].split()):
        wait_gone(pid)


def test_runs_many_at_a_time(site):
    several = [Running(site, program("sh", "-c", f"echo {number}"), f"t{number}") for number in range(32)]

    assert [one.outcome()["stdout"] for one in several] == [f"{number}\n" for number in range(32)]


def test_asks_a_stopped_tree_to_end_then_kills_it(site, tmp_path, wait_gone):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    script = f"trap 'echo asked' TERM; setsid sleep 600 & echo $! > {fifo}; while :; do wait; sleep 600; done"
    running = Running(site, program("sh", "-c", script))
    pid = int(fifo.read_text())

    assert site.running()[0][0] == "running"
    assert site.stop("running", 1, 2) == "cancelled"
    end = running.outcome()
    assert end["state"] == "CANCELED"
    assert "asked" in end["stdout"]
    assert "failure" not in end
    wait_gone(pid)
    assert site.running() == []


def test_ends_everything_when_it_is_closed(site):
    several = [Running(site, program("sleep", "600"), f"t{number}") for number in range(4)]
    for one in several:
        one.began()
    site.close(5)

    assert {one.outcome()["state"] for one in several} == {"CANCELED"}
    assert Running(site, program("true")).outcome()["state"] == "CANCELED"


def test_outlives_the_death_of_its_supervisor(site, run, tmp_path, wait_gone):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    script = f"setsid sh -c 'echo $$ $SUPERVISOR > {fifo}; exec sleep 600' & wait"
    running = Running(site, program("sh", "-c", f"export SUPERVISOR=$PPID; {script}"))
    pid, supervisor = map(int, fifo.read_text().split())
    os.kill(supervisor, signal.SIGKILL)

    assert running.outcome()["failure"]["code"] == "TASK_WORKER_DIED"
    wait_gone(pid)
    assert run(program("echo", "again"))["stdout"] == "again\n"


def test_keeps_no_descriptors(run):
    run(program("echo"))
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        run(program("cat", stdin=b"x"))

    assert len(os.listdir("/proc/self/fd")) == before
    assert threading.active_count() < 10


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("script", ["echo $$ > FIFO; exec sleep 600", "setsid sh -c 'echo $$ > FIFO; exec sleep 600' & wait"])
def test_the_workers_death_ends_what_it_ran(tmp_path, wait_gone, number, script):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    work = program("sh", "-c", script.replace("FIFO", str(fifo)))
    text = f"from rhapsody_bridge.work import Site; Site(name='dies').run('t', 1, {work!r})"
    worker = subprocess.Popen([sys.executable, "-c", text], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    pid = int(fifo.read_text())

    worker.send_signal(number)
    worker.wait()
    wait_gone(pid)
