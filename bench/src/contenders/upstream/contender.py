"""What the upstream contenders share: their settings, the clock and the report."""

import asyncio
import json
import sys
import time

SETTINGS = json.loads(sys.argv[1])


def measure_rate(job):
    """Runs `await job(tasks)` once for warm-up and once against the clock, and reports the second."""

    async def measure():
        tasks = SETTINGS["tasks"]
        await job(SETTINGS.get("warmUp", tasks))
        started_at = time.perf_counter()
        await job(tasks)
        elapsed = time.perf_counter() - started_at
        print(json.dumps({"tasksPerSecond": tasks / elapsed, "microsecondsPerTask": elapsed * 1e6 / tasks}))

    return measure()


async def run_tasks(session, tasks):
    """Submits a batch and waits for it; raises unless every task is DONE."""
    await session.submit_tasks(tasks)
    await session.wait_tasks(tasks)
    for task in tasks:
        if task.state != "DONE":
            raise RuntimeError(f"{task.uid} is {task.state}: {task.exception}")


def run(main):
    asyncio.run(main())
