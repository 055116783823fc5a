"""Takes the code that runs on schedulers and workers there: a cluster that somebody else started has nothing of this project installed.

What is pickled for the cluster is this project's source text, and a line that makes modules of it, in memory, under a name that holds a
hash of the text: sessions with different versions of it live side by side on one cluster. Nothing is written to any disk.
"""

from __future__ import annotations

import builtins
import hashlib
import importlib
import json
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import rhapsody_bridge

#: Makes the modules importable where this text runs; `install(root, pack)`, then the module can be imported by its name.
_BOOT = '''
import importlib.abc, importlib.machinery, sys, zlib, json

class Modules(importlib.abc.InspectLoader, importlib.abc.MetaPathFinder):
    """Modules whose source came over the wire."""

    def __init__(self, root, sources):
        self.rhapsody_root = root
        self.sources = sources

    def find_spec(self, name, path=None, target=None):
        if name not in self.sources:
            return None
        spec = importlib.machinery.ModuleSpec(name, self, origin=self.path(name), is_package=self.is_package(name))
        spec.has_location = True
        return spec

    def create_module(self, spec):
        return None

    def get_source(self, name):
        return self.sources[name]

    def get_code(self, name):
        return compile(self.sources[name], self.path(name), "exec", dont_inherit=True)

    def path(self, name):
        # there is no such file, yet tracebacks and the modules themselves ask for one
        return "/" + name.replace(".", "/") + ("/__init__.py" if self.is_package(name) else ".py")

    def is_package(self, name):
        return any(other.startswith(name + ".") for other in self.sources)

def install(root, pack):
    if not any(getattr(finder, "rhapsody_root", None) == root for finder in sys.meta_path):
        sys.meta_path.append(Modules(root, json.loads(zlib.decompress(pack))))

def load(root, pack, module, name, arguments):
    install(root, pack)
    __import__(module)
    return getattr(sys.modules[module], name)(**arguments)
'''
_NAMES = re.compile(r"\brhapsody_(bridge|dask)\b")


@dataclass(frozen=True, slots=True)
class Shipment:
    """Source text on its way."""

    #: Begins the name of every module of it, e.g. ``rhapsody_3f9a2c1b``.
    root: str
    pack: bytes = field(repr=False)

    def module(self, name: str) -> ModuleType:
        """A module of the shipment, imported here: what is pickled by reference to it is found wherever the shipment went.

        Args:
            name: As it is called in this project, e.g. ``rhapsody_dask.remote.place``.
        """
        space: dict[str, Any] = {}
        exec(_BOOT, space)  # noqa: S102 - the same text as on the cluster
        space["install"](self.root, self.pack)
        return importlib.import_module(_renamed(name, self.root))

    def reduced(self, plugin: object, arguments: Mapping[str, Any]) -> tuple[Callable[..., Any], tuple[str, dict[str, Any]]]:
        """For ``__reduce__`` of an object that a cluster unpickles: brings the code along and calls the object's class there."""
        kind = type(plugin)
        call = (self.root, self.pack, kind.__module__, kind.__qualname__, dict(arguments))
        # nothing but builtins can be named in a pickle for a place where nothing is installed
        return builtins.eval, ("(exec(boot, space), space['load'](*call))[1]", {"boot": _BOOT, "space": {}, "call": call})


def pack_shipment() -> Shipment:
    """The source of what runs remotely, as it is now."""
    bridge, dask = Path(rhapsody_bridge.__file__).parent, Path(__file__).parent
    sources = {"rhapsody_dask": "", **_read(bridge, "rhapsody_bridge"), **_read(dask / "remote", "rhapsody_dask.remote")}
    digest = hashlib.sha256(repr(sorted(sources.items())).encode()).hexdigest()[:12]
    root = f"rhapsody_{digest}"
    renamed = {_renamed(name, root): _renamed(text, root) for name, text in sources.items()}
    return Shipment(root, zlib.compress(json.dumps(renamed).encode()))


def _renamed(text: str, root: str) -> str:
    return _NAMES.sub(rf"{root}_\1", text)


def _read(directory: Path, package: str) -> dict[str, str]:
    sources = {}
    for path in sorted(directory.rglob("*.py")):
        parts = path.relative_to(directory).with_suffix("").parts
        if "pool" not in parts:
            name = ".".join((package, *(part for part in parts if part != "__init__")))
            sources[name] = path.read_text()
    return sources
