import asyncio

from contender import measure_rate, run
from flow import check, open_flow


async def main():
    flow = await open_flow()

    @flow.function_task
    async def identity(value):
        return value

    async def fan_out(width):
        values = await asyncio.gather(*(identity(index) for index in range(width)))
        for index, value in enumerate(values):
            check(value, index)

    # At most 10,000 at once, one fan-out after the other.
    async def job(count):
        for start in range(0, count, 10_000):
            await fan_out(min(count - start, 10_000))

    await measure_rate(job)
    await flow.shutdown()


run(main)
