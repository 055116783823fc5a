import asyncio
import ctypes
import gc
import json
import os

from contender import SETTINGS, run
from flow import open_flow


def resident_bytes():
    """Memory that the process really needs: after everything unreachable was given back to the system."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def main():
    flow = await open_flow()

    @flow.function_task
    async def nothing():
        pass

    async def job(count):
        await asyncio.gather(*(nothing() for _ in range(count)))

    await job(SETTINGS["warmUp"])
    before = resident_bytes()
    await job(SETTINGS["tasks"])
    after = resident_bytes()
    print(json.dumps({"bytesPerReleasedTask": (after - before) / SETTINGS["tasks"]}))
    await flow.shutdown()


run(main)
