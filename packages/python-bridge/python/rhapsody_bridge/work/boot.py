"""Helper processes: what they run comes from the process that starts them, as code, so that nothing has to be installed where they are."""

from __future__ import annotations

import importlib.util
import marshal
import sys
from types import CodeType
from typing import Any

from .supervisor.wire import PACKET_BYTES

#: The first thing that a helper runs, as text for `python -c`: reads code from descriptor 3 and runs it.
BOOT = """import marshal, os
def take(count):
    data = b""
    while len(data) < count:
        part = os.read(3, min(32768, count - len(data)))
        if not part: os._exit(0)
        data += part
    return data
pack = marshal.loads(take(int.from_bytes(take(4), "little")))
space = {}
exec(pack["boot"], space)
space["run"](pack["codes"], pack["entry"], pack["path"])
"""

_BOOT_SOURCE = """
import sys
from importlib.machinery import ModuleSpec

class Codes:
    def __init__(self, codes):
        self._codes = codes
    def find_spec(self, name, path=None, target=None):
        if name in self._codes:
            return ModuleSpec(name, self, is_package=self._codes[name] is None)
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        code = self._codes[module.__name__]
        if code is not None:
            module.__file__ = code.co_filename
            exec(code, module.__dict__)

def run(codes, entry, path):
    if path is not None:
        sys.path[:] = path
    sys.meta_path.insert(0, Codes(codes))
    __import__(entry)
    sys.modules[entry].main()
"""

_ROOT = __name__.rpartition(".work.")[0]
_packs: dict[tuple[str, ...], bytes] = {}


def parts(packed: bytes) -> list[bytes]:
    """A pack for a socket of packets, cut where its reader cuts."""
    return [packed[:4], *(packed[start : start + PACKET_BYTES] for start in range(4, len(packed), PACKET_BYTES))]


def pack(modules: tuple[str, ...], *, path: list[str] | None = None) -> bytes:
    """What a helper reads first: modules of this package, by their names in it. The last one's `main` is called; packages are empty."""
    key = (*modules, *(path or ()))
    if key not in _packs:
        body = marshal.dumps(_message(modules, path))
        _packs[key] = len(body).to_bytes(4, "little") + body
    return _packs[key]


def _message(modules: tuple[str, ...], path: list[str] | None) -> dict[str, Any]:
    codes: dict[str, CodeType | None] = {}
    for module in modules:
        name = f"{_ROOT}.{module}"
        for dot in (index for index, letter in enumerate(name) if letter == "."):
            codes.setdefault(name[:dot], None)
        codes[name] = _code(name)
    return {"boot": compile(_BOOT_SOURCE, "<rhapsody boot>", "exec"), "codes": codes, "entry": f"{_ROOT}.{modules[-1]}", "path": path}


def _code(name: str) -> CodeType:
    spec = importlib.util.find_spec(name)
    loader = None if spec is None else spec.loader
    code = loader.get_code(name) if loader is not None and hasattr(loader, "get_code") else None
    if not isinstance(code, CodeType):
        raise ImportError(  # noqa: TRY004 nobody gave a wrong type
            f"the code of {name} is not at hand, so no helper process can be started by {sys.executable}"
        )
    return code
