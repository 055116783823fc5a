"""Why a program cannot be started, in the words that every backend uses."""

from __future__ import annotations

import errno
import json
import os

#: Errors of a system that is short of descriptors, processes or memory: they pass once something ends.
SHORTAGES = frozenset({errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOMEM})

_ADVICE = {
    errno.E2BIG: "; its arguments and environment are too long: pass them by standard input or a file",
    errno.EAGAIN: "; raise the limit of processes (ulimit -u)",
    errno.EMFILE: "; raise the limit of open files (ulimit -n)",
    errno.ENFILE: "; the system has no file descriptors left",
    errno.ENOMEM: "; the system has no memory left",
}


class StartError(Exception):
    """A program that cannot be started: a task failure code and a message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Shortage(Exception):
    """Nothing happened; try again when something has ended."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def bad_working_directory(directory: str, number: int, create: bool) -> StartError:
    if number in (errno.ENOENT, errno.ENOTDIR):
        text = f"working directory {directory} does not exist; create it, or ask for it to be created"
    else:
        text = f"working directory {directory} cannot be {'created or ' if create else ''}entered ({describe(number)})"
    return StartError("TASK_WORKING_DIRECTORY", text)


def not_found(program: str, path: str | None) -> StartError:
    if "/" in program:
        text = f"program {program} does not exist; a relative path starts at the working directory"
    else:
        text = f'program "{program}" is not in PATH ({path or "not set"}); install it, give its full path, or set PATH in the environment'
    return StartError("TASK_PROGRAM_NOT_FOUND", text)


def not_executable(program: str, path: str | None, number: int) -> StartError:
    where = "" if "/" in program else f" (found in PATH {path or 'not set'})"
    if number == errno.ENOENT:
        text = f"program {program}{where} cannot be run: the interpreter that its first line or its header names is missing"
    else:
        text = f"program {program}{where} cannot be run ({describe(number)}); it must be a file with execute permission"
    return StartError("TASK_PROGRAM_NOT_EXECUTABLE", text)


def bad_output_file(path: str, number: int) -> StartError:
    return StartError("TASK_SPAWN_FAILED", f"output file {path} cannot be written ({describe(number)})")


def spawn_failed(program: str, number: int) -> StartError:
    return StartError("TASK_SPAWN_FAILED", f"program {program} cannot be started ({describe(number)}){_ADVICE.get(number, '')}")


def check_speakable(words: list[str], variables: dict[str, str]) -> None:
    """Refuses what has no form as an argument vector or environment: C strings end at their first NUL.

    Raises:
        StartError: `TASK_SPAWN_FAILED`.
    """
    for name in variables:
        if name == "" or "=" in name:
            raise StartError("TASK_SPAWN_FAILED", f'environment variable name {json.dumps(name, ensure_ascii=False)} is empty or has a "="')
    for word in (*words, *variables, *variables.values()):
        if "\0" in word:
            shown = json.dumps(word[:80], ensure_ascii=False)
            raise StartError("TASK_SPAWN_FAILED", f"a NUL character cannot be handed to a program: {shown}")


def describe(number: int) -> str:
    return f"{errno.errorcode.get(number, f'errno {number}')}: {os.strerror(number).lower()}"
