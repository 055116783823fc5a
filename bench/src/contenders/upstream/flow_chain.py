import asyncio

from contender import SETTINGS, measure_rate, run
from flow import check, open_flow


async def main():
    flow = await open_flow()
    seconds = SETTINGS.get("taskMs", 0) / 1e3

    @flow.function_task
    async def step(value):
        if seconds > 0:
            await asyncio.sleep(seconds)
        return value + 1

    async def job(count):
        last = step(0)
        for _ in range(count - 1):
            last = step(last)
        check(await last, count)

    await measure_rate(job)
    await flow.shutdown()


run(main)
