"""The engine module that runs tasks on Dask."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .engine import DaskEngine

__version__ = "0.1.0"


def create_engine() -> DaskEngine:
    """A Dask engine that is not open yet."""
    from .engine import DaskEngine

    return DaskEngine()
