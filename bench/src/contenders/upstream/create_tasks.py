from contender import measure_rate, run
from rhapsody import ComputeTask


async def main():
    async def job(count):
        tasks = [ComputeTask(executable="/bin/echo", uid=f"t.{index}") for index in range(count)]
        assert len(tasks) == count

    await measure_rate(job)


run(main)
