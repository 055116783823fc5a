import asyncio

from contender import measure_rate, run
from flow import check, open_flow


async def main():
    flow = await open_flow()

    @flow.function_task
    async def identity(value):
        return value

    async def job(count):
        values = await asyncio.gather(*(identity(index) for index in range(count)))
        for index, value in enumerate(values):
            check(value, index)

    await measure_rate(job)
    await flow.shutdown()


run(main)
