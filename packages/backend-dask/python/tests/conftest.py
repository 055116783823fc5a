"""Real clusters for the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.dask_rigs import Daemons, Rig, opened, settings_of


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with opened(tmp_path_factory.mktemp("local"), settings_of({"kind": "local", "workers": 2, "threadsPerWorker": 1})) as rig:
        yield rig


@pytest.fixture
def daemons(tmp_path: Path) -> Iterator[Daemons]:
    daemons = Daemons(tmp_path)
    yield daemons
    daemons.close()
