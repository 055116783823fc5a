"""Starts programs by posix_spawn, which in the usual C libraries neither copies page tables nor hides the error of exec."""

from __future__ import annotations

import errno
import os
import signal
from dataclasses import dataclass
from typing import Any

from .failures import (
    SHORTAGES,
    Shortage,
    bad_output_file,
    bad_working_directory,
    check_speakable,
    not_executable,
    not_found,
    spawn_failed,
)

_SHELL = "/bin/sh"
#: `confstr(_CS_PATH)` of glibc: where programs are looked for when PATH is not set.
_DEFAULT_PATH = "/bin:/usr/bin"
#: Errors that say something about the file, after which the search in PATH goes on.
_REFUSALS = frozenset({errno.EACCES, errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ETXTBSY, errno.EISDIR, errno.ENOEXEC})
_DEFAULT_SIGNALS = [number for number in signal.valid_signals() if number not in (signal.SIGKILL, signal.SIGSTOP)]


@dataclass
class Stdio:
    """Descriptors of a process to be, from 0 on, and our ends of those that are pipes."""

    child: list[int]
    #: Those that are to be closed once the child has them.
    lent: list[int]
    input: int | None = None
    output: int | None = None
    error: int | None = None

    def close_lent(self) -> None:
        for fd in self.lent:
            os.close(fd)
        self.lent.clear()

    def close(self) -> None:
        self.close_lent()
        for fd in (self.input, self.output, self.error):
            if fd is not None:
                os.close(fd)


class Spawner:
    """Starts programs over one environment. Descriptors 0 to 3 of this process must be in use, so that none of them is a pipe's."""

    def __init__(self, environment: dict[bytes, bytes]) -> None:
        self._environment = environment
        self._null = os.open("/dev/null", os.O_RDWR)

    def spawn(self, request: dict[str, Any], passed: list[int], marker: str) -> tuple[int, Stdio]:
        """Starts a program; gives its process id and our ends of its pipes. Takes over the descriptors in `passed` when it succeeds.

        Raises:
            StartError: it cannot be started.
            Shortage: not now.
        """
        variables = {**request["environment"], "RHAPSODY_PROCESS": marker}
        check_speakable([*request["argv"], request["cwd"]], variables)
        self._enter(request["cwd"], request["mkdir"])
        try:
            stdio = self._open(request, passed)
            try:
                pid = self._execute(request["argv"], variables, stdio.child)
            except BaseException:
                stdio.lent = [fd for fd in stdio.lent if fd not in passed]
                stdio.close()
                raise
            stdio.close_lent()
            return pid, stdio
        finally:
            # Else this process would keep a directory busy that somebody wants to unmount.
            os.chdir("/")

    def _enter(self, directory: str, create: bool) -> None:
        try:
            os.chdir(_bytes(directory))
        except FileNotFoundError as error:
            if not create:
                raise bad_working_directory(directory, error.errno or 0, create) from None
        except OSError as error:
            raise bad_working_directory(directory, error.errno or 0, create) from None
        else:
            return
        try:
            os.makedirs(_bytes(directory), exist_ok=True)
            os.chdir(_bytes(directory))
        except OSError as error:
            raise bad_working_directory(directory, error.errno or 0, create) from None

    def _open(self, request: dict[str, Any], passed: list[int]) -> Stdio:
        stdio = Stdio([self._null] * 3, [])
        left = list(passed)
        try:
            if request["stdin"] is not None:
                stdio.child[0], stdio.input = self._pipe(stdio, to_child=True)
            for fd, target in ((1, request["stdout"]), (2, request["stderr"])):
                if target == "passed":
                    stdio.child[fd] = left.pop(0)
                    stdio.lent.append(stdio.child[fd])
                elif isinstance(target, int):
                    stdio.child[fd], ours = self._pipe(stdio, to_child=False)
                    if fd == 1:
                        stdio.output = ours
                    else:
                        stdio.error = ours
                elif isinstance(target, str):
                    stdio.child[fd] = self._file(stdio, target[len("file:") :])
            # What remains is the child's from 3 on.
            stdio.child += left
            stdio.lent += left
        except OSError as error:
            stdio.lent = [fd for fd in stdio.lent if fd not in passed]
            stdio.close()
            if error.errno in SHORTAGES:
                raise Shortage(error.errno) from None
            if error.filename is not None:
                raise bad_output_file(os.fsdecode(error.filename), error.errno or 0) from None
            raise spawn_failed(request["argv"][0], error.errno or 0) from None
        return stdio

    def _pipe(self, stdio: Stdio, *, to_child: bool) -> tuple[int, int]:
        read, write = os.pipe()
        child, ours = (read, write) if to_child else (write, read)
        stdio.lent.append(child)
        os.set_blocking(ours, False)
        return child, ours

    def _file(self, stdio: Stdio, path: str) -> int:
        fd = os.open(_bytes(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        stdio.lent.append(fd)
        return fd

    def _execute(self, words: list[str], variables: dict[str, str], child: list[int]) -> int:
        environment = self._environment | {_bytes(name): _bytes(value) for name, value in variables.items()}
        given = environment.get(b"PATH")
        path = None if given is None else os.fsdecode(given)
        program, argv = words[0], [_bytes(word) for word in words]
        refusal = None
        for candidate in _candidates(program, path):
            if os.access(candidate, os.X_OK):
                try:
                    return self._spawn_file(candidate, argv, environment, child)
                except OSError as error:
                    number = error.errno or 0
                    if number in SHORTAGES:
                        raise Shortage(number) from None
                    if number not in _REFUSALS:
                        raise spawn_failed(program, number) from None
                    refusal = refusal or number
            elif os.access(candidate, os.F_OK):
                refusal = refusal or errno.EACCES
        # Like execvp: a file that may not be run does not end the search, but explains why nothing was found.
        raise not_found(program, path) if refusal is None else not_executable(program, path, refusal)

    def _spawn_file(self, path: bytes, argv: list[bytes], environment: dict[bytes, bytes], child: list[int]) -> int:
        try:
            return _posix_spawn(path, argv, environment, child)
        except OSError as error:
            if error.errno != errno.ENOEXEC:
                raise
            # A file that the kernel does not recognise as a program is a script of the shell, as for execvp.
            return _posix_spawn(_SHELL.encode(), [_SHELL.encode(), path, *argv[1:]], environment, child)


def _posix_spawn(path: bytes, argv: list[bytes], environment: dict[bytes, bytes], child: list[int]) -> int:
    actions = [(os.POSIX_SPAWN_DUP2, source, target) for target, source in enumerate(child)]
    return os.posix_spawn(path, argv, environment, file_actions=actions, setpgroup=0, setsigmask=[], setsigdef=_DEFAULT_SIGNALS)


def _candidates(program: str, path: str | None) -> list[bytes]:
    if program == "":
        return []
    if "/" in program:
        return [_bytes(program)]
    return [_bytes(f"{directory or '.'}/{program}") for directory in (_DEFAULT_PATH if path is None else path).split(":")]


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")
