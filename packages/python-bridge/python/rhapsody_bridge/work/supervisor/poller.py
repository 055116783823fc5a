"""Waits for descriptors."""

from __future__ import annotations

import select
import sys
from collections.abc import Callable


class Poller:
    """Calls a function for each descriptor that is ready."""

    def __init__(self) -> None:
        self._epoll = select.epoll() if sys.platform == "linux" else None
        self._poll = None if self._epoll is not None else select.poll()
        self._ready: dict[int, Callable[[], object]] = {}

    def watch(self, fd: int, ready: Callable[[], object], *, write: bool = False) -> None:
        self._ready[fd] = ready
        # Hang-ups and errors are told unasked.
        self._selector.register(fd, select.POLLOUT if write else select.POLLIN)

    def forget(self, fd: int) -> None:
        if self._ready.pop(fd, None) is not None:
            self._selector.unregister(fd)

    def wait(self, timeout: float | None) -> None:
        """Waits up to `timeout` seconds, then calls what is ready."""
        if self._epoll is not None:
            events = self._epoll.poll(-1 if timeout is None else timeout)
        else:
            events = self._selector.poll(None if timeout is None else timeout * 1000)
        for fd, _ in events:
            ready = self._ready.get(fd)
            if ready is not None:
                ready()

    @property
    def _selector(self) -> select.poll:
        return self._epoll or self._poll  # type: ignore[return-value]  # the two differ in the unit of their timeouts
