"""An engine for tests: does at once what it is told."""

import asyncio
import ctypes
import logging
import os
import subprocess
import sys
import threading
import warnings

from rhapsody_bridge import outcome
from rhapsody_bridge.engine import EngineError


class Tried:
    def __init__(self):
        self.submitted = []
        self.closing = {}

    async def open(self, request, host):
        self.host, self.request = host, request
        print("printed in open")
        await asyncio.to_thread(subprocess.run, ["/bin/echo", "printed by a child"], check=True)
        behaviour = request.settings.get("open")
        if behaviour == "raise":
            raise KeyError("no such cluster")
        if behaviour == "refuse":
            raise EngineError("BACKEND_UNAVAILABLE", "start the scheduler first")
        if behaviour == "wait":
            host.event("waiting")
            try:
                await asyncio.Event().wait()
            finally:
                host.event("given up")
        return {"name": "tried", "version": "1", "epoch": request.epoch, "settings": dict(request.settings)}

    async def submit(self, tasks):
        if any(task.group == "refused" for task in tasks):
            raise EngineError("BACKEND_REJECTED_TASKS", "none of these")
        self.submitted += [(task.uid, task.attempt) for task in tasks]
        self.host.report([(task.uid, task.attempt, task.work) for task in tasks])

    async def cancel(self, attempts, reason, grace):
        self.host.report([(uid, attempt, outcome.canceled()) for uid, attempt in attempts])
        return ["cancelled"] * len(attempts)

    async def call(self, method, params):
        return await getattr(self, method)(params)

    async def close(self, grace):
        if "hang" in self.closing:
            self.host.event("closing")
            threading.Event().wait()
        if "raise" in self.closing:
            raise RuntimeError("cannot close")
        self.host.report([("last", 1, outcome.canceled())])

    async def seen(self, _):
        return {"submitted": self.submitted, "path": sys.path, "argv": sys.argv, "secrets": dict(self.request.secrets)}

    async def on_close(self, what):
        self.closing = {what}

    async def raises(self, _):
        raise ValueError("too big")

    async def exits(self, _):
        sys.exit(3)

    async def dies(self, code):
        os._exit(code)

    async def breaks(self, _):
        """As C code with a mistake does."""
        ctypes.string_at(1)

    async def waits(self, _):
        await asyncio.Event().wait()

    async def cannot_cross(self, _):
        return {"rows": {1, 2}}

    async def large(self, size):
        return b"x" * size

    async def floods(self, given):
        self.host.report([(f"f{index}", 1, outcome.done(b"y" * given["size"])) for index in range(given["count"])])

    async def talks(self, _):
        logging.getLogger("dask").warning("worker %s is slow", "w1")
        logging.getLogger("dask").info("not worth it")
        logging.getLogger("dask").warning("%d", "no number")
        warnings.warn("deprecated", UserWarning, stacklevel=1)
        self.host.observe({"workers": 3})
        self.host.capacity(max_in_flight=7, cores=2)
        self.host.observe({"workers": {1}})
        self.host.event("x", [1])
        self.host.lost("gone")

    async def fails_later(self, _):
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)

    async def starts(self, _):
        """A child, and a process of a session of its own whose parent is gone."""
        script = "sleep 600 >/dev/null 2>&1 & echo $!; setsid sleep 600 </dev/null >/dev/null 2>&1 & echo $!"
        done = await asyncio.to_thread(subprocess.run, ["/bin/sh", "-c", script], stdout=subprocess.PIPE, text=True, check=True)
        return [int(line) for line in done.stdout.split()]

    async def holds_the_interpreter(self, fifo):
        """Neither another thread nor the loop runs from when there is something in the fifo."""
        ctypes.PyDLL(None).system(f"echo > '{fifo}'; exec sleep 600".encode())


def create_engine():
    return Tried()
