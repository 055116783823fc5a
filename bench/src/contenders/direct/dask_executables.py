import subprocess

from contender import SETTINGS, measure_rate, run
from distributed import Client


def echo(index):
    return subprocess.run(["/bin/echo", str(index)], stdin=subprocess.DEVNULL, capture_output=True, check=True).stdout


async def main():
    with Client(SETTINGS["scheduler"]) as client:

        async def job(count):
            outputs = client.gather(client.map(echo, range(count), pure=False))
            assert outputs[-1] == f"{count - 1}\n".encode()

        await measure_rate(job)


run(main)
