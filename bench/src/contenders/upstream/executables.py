import asyncio

from contender import SETTINGS, measure_rate, run
from rhapsody import ComputeTask, Session
from rhapsody.backends import ConcurrentExecutionBackend


async def main():
    async with Session(backends=[await ConcurrentExecutionBackend()]) as session:
        # The backend starts everything that it gets at once, so the limit is kept here.
        async def lane(indices):
            for index in indices:
                task = ComputeTask(executable="/bin/true", arguments=[str(index)])
                await session.submit_tasks([task])
                await task
                assert task.state == "DONE"

        async def job(count):
            indices = iter(range(count))
            await asyncio.gather(*(lane(indices) for _ in range(SETTINGS["parallelism"])))

        await measure_rate(job)


run(main)
