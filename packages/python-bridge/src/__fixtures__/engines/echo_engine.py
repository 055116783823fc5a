"""An engine whose tasks end at once and return their own work."""

import asyncio
import os
import time

from rhapsody_bridge import outcome
from rhapsody_bridge.engine import EngineError
from rhapsody_bridge.values import decode


class EchoEngine:
    async def open(self, request, host):
        self.host = host
        self.request = request
        self.held = {}
        self.given_up = asyncio.Event()
        print("printed by the engine")
        return {"name": "echo", "version": "1", "settings": request.settings, "secrets": sorted(request.secrets), "pid": os.getpid()}

    async def submit(self, tasks):
        if any(task.kind == "refused" for task in tasks):
            raise EngineError("BACKEND_REJECTED_TASKS", "there is no room: use a larger engine")
        if any(task.kind == "broken" for task in tasks):
            raise KeyError("rows")
        updates = []
        for task in tasks:
            if task.kind == "held":
                self.held[task.uid, task.attempt] = task
                updates.append((task.uid, task.attempt, outcome.running(time.time() * 1000)))
            elif task.kind == "failing":
                try:
                    raise ZeroDivisionError("no rows")
                except ZeroDivisionError as error:
                    updates.append(
                        (task.uid, task.attempt, outcome.failed("TASK_FUNCTION_THREW", "ZeroDivisionError: no rows", cause=error))
                    )
            else:
                updates.append((task.uid, task.attempt, outcome.done(decode(task.work))))
        self.host.report(updates)

    async def cancel(self, attempts, reason, grace):
        gone = [self.held.pop(attempt, None) for attempt in attempts]
        self.host.report([(task.uid, task.attempt, outcome.failed("TASK_SIGNALED", "killed")) for task in gone if task])
        return ["cancelled" if task else "detached" for task in gone]

    async def call(self, method, params):
        if method == "echo":
            return params
        if method == "environment":
            return [os.environ.get(name) for name in params]
        if method == "given_up":
            return await self.given_up.wait()
        if method == "wait":
            try:
                await asyncio.Event().wait()
            finally:
                self.given_up.set()
        if method == "capacity":
            return self.host.capacity(**params)
        if method == "observe":
            return self.host.observe(params)
        if method == "event":
            return self.host.event("greeting", params)
        if method == "end_all":
            held, self.held = self.held, {}
            return self.host.report([(uid, attempt, outcome.done(params)) for uid, attempt in held])
        raise EngineError("BACKEND_UNAVAILABLE", f"cannot {method}: it is only an echo")

    async def close(self, grace):
        self.host.report([(uid, attempt, outcome.failed("TASK_SIGNALED", "closed")) for uid, attempt in self.held])


def create_engine():
    return EchoEngine()
