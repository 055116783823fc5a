"""A scheduler that says it is of an older version; prints its address, and ends with its standard input."""

import asyncio
import sys

from distributed import Scheduler, versions

known = versions._version_cached
versions._version_cached = lambda package: "2024.1.0" if package == "distributed" else known(package)


async def main():
    async with Scheduler(host="127.0.0.1", port=0, dashboard=False) as scheduler:
        print(scheduler.address, flush=True)
        await asyncio.to_thread(sys.stdin.read)


asyncio.run(main())
