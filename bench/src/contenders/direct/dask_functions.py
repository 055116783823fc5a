import operator

from contender import SETTINGS, measure_rate, run
from distributed import Client


async def main():
    with Client(SETTINGS["scheduler"]) as client:

        async def job(count):
            values = client.gather(client.map(operator.pos, range(count), pure=False))
            assert values == list(range(count))

        await measure_rate(job)


run(main)
