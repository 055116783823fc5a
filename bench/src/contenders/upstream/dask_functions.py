import operator

from contender import SETTINGS, measure_rate, run, run_tasks
from rhapsody import ComputeTask, Session
from rhapsody.backends import DaskExecutionBackend


async def main():
    backend = await DaskExecutionBackend(cluster=SETTINGS["scheduler"])
    async with Session(backends=[backend]) as session:
        await measure_rate(lambda count: run_tasks(session, [ComputeTask(function=operator.pos, args=[index]) for index in range(count)]))


run(main)
