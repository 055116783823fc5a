"""An engine for Python functions on one machine: processes that are kept, each with one function at a time."""

from .engine import PoolEngine


def create_engine() -> PoolEngine:
    """What the bridge calls."""
    return PoolEngine()
