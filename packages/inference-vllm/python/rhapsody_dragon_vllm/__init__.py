"""The engine module that asks Dragon's own inference service (``dragon.ai.inference``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .engine import DragonVllmEngine

__version__ = "0.1.0"


def create_engine() -> DragonVllmEngine:
    """An engine that is not open yet."""
    from .engine import DragonVllmEngine

    return DragonVllmEngine()
