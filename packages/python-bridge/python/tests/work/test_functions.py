"""Python functions, in threads that share a process and in processes of their own."""

import os
import sys
import threading

import pytest

from .conftest import Running, call, function

FUNCTIONS = """
import asyncio, os, sys, threading, time

def prints(text):
    print(text)
    sys.stderr.write("error " + text)
    sys.stdout.buffer.write(b"bytes\\n")
    other = threading.Thread(target=print, args=("of another thread",)); other.start(); other.join()
    return text

def prints_below():
    os.write(1, b"descriptor\\n"); os.system("echo child")

async def waits(value):
    await asyncio.sleep(0.001)
    await asyncio.to_thread(print, "helped")
    return value

def yields():
    yield 1

async def yields_later():
    yield 1

class Places:
    @staticmethod
    def inside():
        return "inside"

def gives(what):
    return {"rows": [1, what if what else object()]}

def chains():
    try:
        1 / 0
    except ZeroDivisionError as error:
        raise KeyError("outer") from error

class Wordless(Exception):
    def __str__(self): raise TypeError("no words")

class Unreadable(dict):
    def items(self): raise OSError("gone")

def throws_wordless():
    raise Wordless

def gives_unreadable():
    return Unreadable(a=1)

def comes_back_twice():
    child = os.fork()
    if child: os.waitpid(child, 0)
    return "once"

def prints_much():
    for _ in range(64): os.write(1, bytes(1 << 20))
    os.write(1, b"end")
    late = time.monotonic() + 20
    while os.fstat(1).st_blocks * 512 > 1 << 25 and time.monotonic() < late: time.sleep(0.01)
    return os.fstat(1).st_blocks * 512

def reads(path):
    with open(path) as file: return file.read()

def holds(path):
    with open(path, "w") as file: file.write(str(os.getpid()))
    while True: pass

number = 3
"""


@pytest.fixture(autouse=True)
def module(tmp_path, monkeypatch):
    (tmp_path / "tried_functions.py").write_text(FUNCTIONS)
    (tmp_path / "broken_module.py").write_text("import rhapsody_missing_dependency")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("tried_functions", None)


@pytest.fixture(params=[False, True], ids=["thread", "process"])
def killable(request):
    return request.param


def test_gives_what_a_function_returns(run, killable):
    end = run(function("operator:add", 20, 22, killable=killable))

    assert (end["state"], end["returnValue"], end["stdout"]) == ("DONE", 42, "")
    assert end["startedAt"] <= end["finishedAt"]
    assert end["resources"]["cpuTimeMs"] >= 0


def test_runs_coroutines_and_functions_of_classes(run, killable):
    waits = run(function("tried_functions:waits", [1], killable=killable))
    assert (waits["returnValue"], waits["stdout"]) == ([1], "helped\n")
    assert run(function("tried_functions:Places.inside", killable=killable))["returnValue"] == "inside"


def test_describes_what_was_thrown(run, killable):
    end = run(function("tried_functions:chains", killable=killable))

    assert end["failure"]["code"] == "TASK_FUNCTION_THREW"
    assert end["failure"]["message"] == "the function threw KeyError: 'outer'"
    cause = end["failure"]["cause"]
    assert (cause["name"], cause["module"]) == ("KeyError", "builtins")
    assert "ZeroDivisionError" in cause["traceback"]
    assert "rhapsody_bridge" not in cause["traceback"]


def test_survives_what_cannot_be_put_into_words_or_read(run, killable):
    pid = run(function("os:getpid", killable=killable))["returnValue"]
    thrown = run(function("tried_functions:throws_wordless", killable=killable))["failure"]
    given = run(function("tried_functions:gives_unreadable", killable=killable))["failure"]

    assert thrown["code"] == "TASK_FUNCTION_THREW"
    assert thrown["message"].startswith("the function threw Wordless: ")
    assert given["code"] == "TASK_NOT_SERIALIZABLE"
    assert "OSError: gone" in given["message"]
    assert run(function("os:getpid", killable=killable))["returnValue"] == pid


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_process_that_a_function_forked_ends_with_the_function(run, killable):
    assert run(function("tried_functions:comes_back_twice", killable=killable))["returnValue"] == "once"
    assert run(function("operator:add", 1, 1, killable=killable))["returnValue"] == 2


def test_a_directory_that_a_function_enters_is_not_the_next_ones(run, tmp_path):
    run(function("os:chdir", str(tmp_path), killable=True))

    assert run(function("os:getcwd", killable=True))["returnValue"] == os.getcwd()


def test_survives_an_exit(run, killable):
    end = run(function("sys:exit", 3, killable=killable))

    assert end["failure"]["message"] == "the function threw SystemExit: 3"


@pytest.mark.parametrize(
    ("reference", "code", "words"),
    [
        ("rhapsody_no_such_module:run", "TASK_FUNCTION_NOT_FOUND", ["rhapsody_no_such_module", "PYTHONPATH", sys.executable]),
        ("broken_module:run", "TASK_FUNCTION_NOT_FOUND", ["broken_module", "rhapsody_missing_dependency"]),
        ("tried_functions:missing", "TASK_FUNCTION_NOT_FOUND", ["missing", "prints"]),
        ("tried_functions:number", "TASK_FUNCTION_NOT_FOUND", ["number", "int"]),
        ("tried_functions:yields", "TASK_NOT_SERIALIZABLE", ["list(...)"]),
        ("tried_functions:yields_later", "TASK_NOT_SERIALIZABLE", ["list"]),
    ],
)
def test_says_what_is_wrong_with_a_function(run, killable, reference, code, words):
    failure = run(function(reference, killable=killable))["failure"]

    assert failure["code"] == code
    for word in words:
        assert word in failure["message"]


def test_names_the_part_of_a_result_that_cannot_leave(run, killable):
    failure = run(function("tried_functions:gives", None, killable=killable))["failure"]

    assert failure["code"] == "TASK_NOT_SERIALIZABLE"
    assert "rows[1]" in failure["message"]


def test_finds_a_module_that_was_written_a_moment_ago(run, tmp_path):
    assert run(function("written_later:f"))["failure"]["code"] == "TASK_FUNCTION_NOT_FOUND"
    (tmp_path / "written_later.py").write_text("def f():\n    return 1\n")

    assert run(function("written_later:f"))["returnValue"] == 1


def test_keeps_what_functions_print_apart(site):
    several = [Running(site, function("tried_functions:prints", str(number)), f"t{number}") for number in range(8)]
    for number, one in enumerate(several):
        end = one.outcome()
        assert end["stdout"] == f"{number}\nbytes\n"
        assert end["stderr"] == f"error {number}"


def test_leaves_the_streams_as_they_were(run):
    before = sys.stdout
    run(function("tried_functions:prints", "x"))

    assert sys.stdout is before


def test_keeps_the_end_of_what_is_printed(run, killable):
    end = run(function("builtins:print", "x" * 100 + "end", maxOutputBytes=4, killable=killable))

    assert (end["stdout"], end["outputTruncated"]) == ("end\n", True)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the file takes room on the disk")
def test_takes_little_memory_for_output_that_nobody_wants(run):
    end = run(function("tried_functions:prints_much", killable=True, maxOutputBytes=4))

    assert end["returnValue"] < 1 << 25
    assert (end["stdout"], end["outputTruncated"]) == ("\0end", True)


def test_writes_prints_to_files(run, tmp_path, killable):
    files = {"stdout": str(tmp_path / "out"), "stderr": str(tmp_path / "err")}
    end = run(function("tried_functions:prints", "x", capture="file", files=files, killable=killable))

    assert end["stdout"] == files["stdout"]
    assert (tmp_path / "out").read_text().startswith("x\nbytes\n")
    assert (tmp_path / "err").read_text() == "error x"


def test_takes_what_is_printed_below_python_in_a_process(run):
    end = run(function("tried_functions:prints_below", killable=True))

    assert end["stdout"] == "descriptor\nchild\n"


def test_gives_a_function_its_own_environment_and_directory(run, tmp_path):
    end = run(function("os:getenv", "OF_TASK", environment={"OF_TASK": "1"}))
    assert end["returnValue"] == "1"
    assert run(function("os:getcwd", workingDirectory=str(tmp_path)))["returnValue"] == str(tmp_path.resolve())
    assert run(function("os:getenv", "OF_TASK", killable=True))["returnValue"] is None
    assert run(function("os:getpid"))["returnValue"] == os.getpid()
    assert run(function("os:getpid", workingDirectory=os.getcwd()))["returnValue"] == os.getpid()
    failure = run(function("os:getcwd", workingDirectory="/no/such"))["failure"]
    assert failure["code"] == "TASK_WORKING_DIRECTORY"


@pytest.mark.parametrize(("reference", "args", "how"), [("os:_exit", [3], "exit code 3"), ("ctypes:string_at", [0], "SIGSEGV")])
def test_survives_the_death_of_a_process(run, reference, args, how):
    end = run(function(reference, *args, killable=True))

    assert end["failure"]["code"] == "TASK_WORKER_DIED"
    assert how in end["failure"]["message"]
    assert ("Fatal Python error" in end["stderr"]) == (how == "SIGSEGV")
    assert run(function("operator:add", 1, 1, killable=True))["returnValue"] == 2


def test_kills_a_function_in_a_process(site, tmp_path, wait_gone):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    running = Running(site, function("tried_functions:holds", str(fifo), killable=True))
    pid = int(fifo.read_text())

    assert site.stop("running", 1, 5) == "cancelled"
    assert running.outcome()["state"] == "CANCELED"
    wait_gone(pid)


def test_lets_go_of_a_function_in_a_thread(site, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    running = Running(site, function("tried_functions:reads", str(fifo)))
    running.began()

    assert site.stop("running", 1, 5) == "detached"
    fifo.write_text("")
    assert running.outcome()["state"] == "CANCELED"


def test_does_not_run_what_was_stopped_before_it_came(site, tmp_path):
    assert site.stop("running", 1, 5) == "unknown"

    assert Running(site, function("builtins:open", str(tmp_path / "made"), "w")).outcome()["state"] == "CANCELED"
    assert not (tmp_path / "made").exists()


def test_never_raises_for_work_that_it_cannot_read(site):
    end = Running(site, b"rubbish").outcome()

    assert end["state"] == "FAILED"


def test_runs_programs_that_tell_the_outcome_of_a_call(run, tmp_path):
    tell = "import os, sys; os.write(3, sys.stdin.buffer.read()); print('printed')"
    from rhapsody_bridge.values import encode

    done = run(call(sys.executable, "-c", tell, input=encode({"state": "DONE", "returnValue": {"a": b"bytes"}})))
    failure = {"code": "TASK_FUNCTION_THREW", "message": "it threw"}
    failed = run(call(sys.executable, "-c", tell, input=encode({"state": "FAILED", "failure": failure})))
    silent = run(call("sh", "-c", "echo why >&2; exit 4"))

    assert (done["state"], done["returnValue"], done["stdout"]) == ("DONE", {"a": b"bytes"}, "printed\n")
    assert (failed["state"], failed["failure"]) == ("FAILED", failure)
    assert silent["failure"]["code"] == "TASK_WORKER_DIED"
    assert "exit code 4" in silent["failure"]["message"]
    assert silent["stderr"] == "why\n"


def test_starts_no_thread_for_functions_of_its_own_threads(run):
    before = threading.active_count()
    run(function("operator:add", 1, 2))

    assert threading.active_count() == before
