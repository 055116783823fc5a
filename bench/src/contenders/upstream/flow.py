"""What the contenders of radical.asyncflow share: an engine on the backend of the settings, without its log."""

import logging
from concurrent.futures import ThreadPoolExecutor

from contender import SETTINGS
from radical.asyncflow import LocalExecutionBackend, NoopExecutionBackend, WorkflowEngine

logging.disable(logging.CRITICAL)


async def open_flow():
    if SETTINGS["backend"] == "noop":
        return await WorkflowEngine.create(backend=NoopExecutionBackend())
    executor = ThreadPoolExecutor(SETTINGS.get("parallelism"))
    return await WorkflowEngine.create(backend=await LocalExecutionBackend(executor))


def check(value, expected):
    """Raises unless a workflow gave what it should; the backend that runs nothing gives a text of its own."""
    if value != ("Dummy Output" if SETTINGS["backend"] == "noop" else expected):
        raise RuntimeError(f"{value!r} instead of {expected!r}")
