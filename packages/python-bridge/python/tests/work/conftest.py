"""Sites and the work that they are given."""

import itertools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rhapsody_bridge.values import decode, encode
from rhapsody_bridge.work import Site

#: Seconds within which all happens, also on a machine with much else to do.
_DEADLINE = 60
_COMMON = {"environment": {}, "capture": "memory", "maxOutputBytes": 1_000_000}


def program(*argv: str, **fields: Any) -> bytes:
    return encode({"kind": "executable", "executable": argv[0], "arguments": list(argv[1:]), **_COMMON, **fields})


def function(reference: str, *args: Any, **fields: Any) -> bytes:
    module, name = reference.split(":")
    return encode({"kind": "python", "module": module, "name": name, "args": list(args), **_COMMON, **fields})


def call(*argv: str, **fields: Any) -> bytes:
    return encode({"kind": "call", "argv": list(argv), "input": b"", **_COMMON, **fields})


class Running:
    """Work that runs in a thread of its own."""

    def __init__(self, site: Site, work: bytes, uid: str = "running") -> None:
        self._began = threading.Event()
        self._outcome: Any = None
        self._thread = threading.Thread(target=self._run, args=(site, work, uid))
        self._thread.start()

    def _run(self, site: Site, work: bytes, uid: str) -> None:
        self._outcome = decode(site.run(uid, 1, work, lambda _: self._began.set()))

    def began(self) -> None:
        assert self._began.wait(_DEADLINE)

    def outcome(self) -> Any:
        self._thread.join(_DEADLINE)
        assert not self._thread.is_alive()
        return self._outcome


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site(name="here")
    yield made
    made.close(0)


@pytest.fixture
def run(site: Site) -> Callable[[bytes], Any]:
    numbers = itertools.count()
    return lambda work: decode(site.run(f"t{next(numbers)}", 1, work))
