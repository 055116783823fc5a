from concurrent.futures import ThreadPoolExecutor

from contender import SETTINGS, measure_rate, run, run_tasks
from rhapsody import ComputeTask, Session
from rhapsody.backends import ConcurrentExecutionBackend


async def identity(value):
    return value


async def main():
    executor = ThreadPoolExecutor(SETTINGS["parallelism"])
    async with Session(backends=[await ConcurrentExecutionBackend(executor)]) as session:
        await measure_rate(lambda count: run_tasks(session, [ComputeTask(function=identity, args=[index]) for index in range(count)]))


run(main)
