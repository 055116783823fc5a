"""Functions that the tests run on workers."""

import os
import signal
import time
from pathlib import Path


def square(number):
    return number * number


def variable(name):
    return os.environ.get(name)


def say(text):
    print(text)
    return os.getpid()


def unsendable():
    return {"rows": [object()]}


def hold(lifeline):
    """Says a word into a named pipe and holds it for ten minutes, whatever happens."""
    with open(lifeline, "w") as pipe:
        pipe.write("held\n")
        pipe.flush()
        time.sleep(600)


def die_once(marker):
    """Takes its worker with it, and only the first time."""
    path = Path(marker)
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "alive"


def hold_until(lifeline, marker):
    """Says a word into a named pipe, then waits for a file to be there."""
    with open(lifeline, "w") as pipe:
        pipe.write("held\n")
    while not Path(marker).exists():
        time.sleep(0.01)
    return "released"
