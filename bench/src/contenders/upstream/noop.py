from contender import measure_rate, run, run_tasks
from rhapsody import ComputeTask, Session
from rhapsody.backends.execution.noop import NoopExecutionBackend


async def nothing():
    pass


async def main():
    async with Session(backends=[await NoopExecutionBackend()]) as session:
        await measure_rate(lambda count: run_tasks(session, [ComputeTask(function=nothing) for _ in range(count)]))


run(main)
