import asyncio
import math

from contender import measure_rate, run
from flow import check, open_flow


async def main():
    flow = await open_flow()

    @flow.function_task
    async def identity(value):
        return value

    @flow.function_task
    async def add(left, right):
        return left + right

    async def workflow(index):
        check(await add(identity(index), identity(1)), index + 1)

    # Each has three tasks. At most 1,000 at once.
    async def job(count):
        workflows = math.ceil(count / 3)
        for start in range(0, workflows, 1_000):
            await asyncio.gather(*(workflow(index) for index in range(min(workflows - start, 1_000))))

    await measure_rate(job)
    await flow.shutdown()


run(main)
