"""Processes that outlived the parent that started them and were adopted: daemons, background jobs, children of killed processes."""

from __future__ import annotations

import signal
from collections.abc import Collection, Container, Iterable

from .family import OwnChildren, group_of, marked, send, tree
from .program import Program


class Strays:
    """Adopted processes, and the programs that may have started each: it is ended after the last of them."""

    def __init__(self, marker: str) -> None:
        self._children = OwnChildren()
        self._marker = marker
        self._suspects: dict[int, set[Program]] = {}
        #: Another user's by now (a set-user-id program): nobody here can end it, so nobody waits for it.
        self._foreign: set[int] = set()

    def reaped(self, pid: int) -> None:
        self._suspects.pop(pid, None)
        self._foreign.discard(pid)

    def update(self, leaders: Container[int], programs: Collection[Program]) -> None:
        """Finds new ones. `leaders`: the first processes of programs; `programs`: all of which something is alive."""
        for pid in self._children.list():
            if pid not in leaders and pid not in self._suspects:
                self._suspects[pid] = self._who(pid, programs)
                if not self._suspects[pid]:
                    self.kill([pid])

    def of(self, program: Program) -> list[int]:
        """Those that are of one program and of no other."""
        return [pid for pid, suspects in self._suspects.items() if suspects == {program} and pid not in self._foreign]

    def gone(self, program: Program) -> None:
        """A program ended with all that is surely its own: what can be of no other is ended too."""
        for pid, suspects in self._suspects.items():
            suspects.discard(program)
            if not suspects:
                self.kill([pid])

    def kill(self, pids: Iterable[int]) -> None:
        for pid in pids:
            if not send([signal.SIGKILL], pid):
                self._foreign.add(pid)
            for descendant in tree(pid)[1:]:
                send([signal.SIGKILL], descendant)

    @property
    def none_left(self) -> bool:
        """True when none is alive that could be ended."""
        return self._suspects.keys() <= self._foreign

    def _who(self, pid: int, programs: Collection[Program]) -> set[Program]:
        group = group_of(pid)
        of_group = {program for program in programs if program.pid == group}
        if of_group:
            return of_group
        number = marked(pid, self._marker)
        return set(programs) if number is None else {program for program in programs if program.number == number}
