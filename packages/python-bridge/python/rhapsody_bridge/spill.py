"""Large blobs travel as files of a directory that only the host's user may enter."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from rhapsody_bridge.frames import Blob

#: Blobs above this many bytes go into files: for longer than that nothing else could pass on the channel.
SPILL_ABOVE = 32 * 1024 * 1024

_numbers = itertools.count(1)


def spill(directory: Path | None, blobs: Sequence[Blob]) -> tuple[dict[str, str], list[Blob]]:
    """Puts large blobs into files. Gives the frame's ``files`` and the blobs that stay."""
    files: dict[str, str] = {}
    kept = list(blobs)
    if directory is not None:
        for index, blob in enumerate(blobs):
            if len(blob) > SPILL_ABOVE:
                try:
                    files[str(index)] = _write(directory, blob)
                except OSError:  # no space: the channel carries it all the same
                    continue
                kept[index] = b""
    return files, kept


def take(directory: Path | None, files: Mapping[str, str], blobs: Sequence[Blob]) -> list[Blob]:
    """Reads a frame's files in their blobs' places and deletes them."""
    taken = list(blobs)
    for index, name in files.items():
        if directory is None or os.path.basename(name) != name:
            raise ValueError(f"the file {name!r} is not one of the channel's")
        path = directory / name
        taken[int(index)] = path.read_bytes()
        path.unlink()
    return taken


def _write(directory: Path, blob: Blob) -> str:
    name = f"s{os.getpid()}-{next(_numbers)}"
    path = directory / name
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(blob)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return name
