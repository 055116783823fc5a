"""Gives a worker another thread in the place of one that a function keeps, as a task does that secedes."""

from __future__ import annotations

import threading
import time
from typing import Any

from distributed import Worker, threadpoolexecutor
from distributed.worker_state_machine import SecedeEvent


def replace_thread(worker: Worker, key: str, thread: threading.Thread) -> bool:
    """Has a worker count a thread and its task out, and start another thread. False where that cannot be: its threads are of another kind.

    The thread has to call :func:`leave_pool` at its end.
    """
    pool = worker.executors.get("default")
    if not isinstance(pool, threadpoolexecutor.ThreadPoolExecutor):
        return False
    with threadpoolexecutor.threads_lock:
        # as `secede` does, which only the thread itself may call
        if thread not in pool._threads:  # noqa: SLF001
            return False
        pool._threads.remove(thread)  # noqa: SLF001
        start: Any = pool._adjust_thread_count  # noqa: SLF001
        start()
    event = SecedeEvent(key=key, compute_duration=0.0, stimulus_id=f"rhapsody-let-go-{time.time()}")
    worker.loop.add_callback(_secede, worker, event)
    return True


def _secede(worker: Worker, event: SecedeEvent) -> None:
    task = worker.state.tasks.get(event.key)
    # of tasks in other states, a worker would die
    if task is not None and task.state in ("executing", "cancelled", "resumed"):
        worker.handle_stimulus(event)


def leave_pool() -> None:
    """Ends the calling thread after its task: another one has its place."""
    threadpoolexecutor.thread_state.proceed = False
