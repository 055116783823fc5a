"""An engine that gets into the trouble that its settings name."""

import asyncio
import ctypes
import os
import subprocess
import sys

from rhapsody_bridge import outcome
from rhapsody_bridge.engine import EngineError


class TroubleEngine:
    async def open(self, request, host):
        self.settings = request.settings
        self.host = host
        self.secrets = request.secrets
        if "family" in self.settings:
            self._start_family(self.settings["family"])
        trouble = self.settings.get("trouble")
        if trouble == "crash in open":
            print("no space left on device")
            sys.stdout.flush()
            os._exit(3)
        if trouble == "raise in open":
            raise ValueError("bad address")
        if trouble == "refuse in open":
            raise EngineError("BACKEND_UNAVAILABLE", "the scheduler does not answer: start it first")
        if trouble == "tell secrets in open":
            print("the password is", request.secrets["password"])
            raise EngineError("BACKEND_UNAVAILABLE", f"wrong password {request.secrets['password']}")
        if trouble == "lost in open":
            host.lost("the scheduler went away")
            await asyncio.Event().wait()
        if trouble == "hang in open":
            print("hanging")
            try:
                await asyncio.Event().wait()
            finally:
                print("cleared up")
        return {"name": "trouble", "version": "1", "pid": os.getpid()}

    def _start_family(self, lifeline):
        """A child in a session of its own, whose own child has outlived it; all hold the lifeline, as this process does."""
        self.lifeline = os.open(lifeline, os.O_WRONLY)
        script = "(sleep 600 &) ; sleep 600"
        self.child = subprocess.Popen(["/bin/sh", "-c", script], start_new_session=True, pass_fds=[self.lifeline])

    async def submit(self, tasks):
        if tasks[0].kind == "exit":
            os._exit(3)
        if tasks[0].kind == "flood":
            done = outcome.done("x" * 100_000)
            for task in tasks:
                self.host.report([(task.uid, task.attempt, done)])

    async def cancel(self, attempts, reason, grace):
        self._tell_secrets("cancel")
        return ["cancelled" for _ in attempts]

    async def call(self, method, params):
        if method == "exit":
            print("the last words")
            sys.stdout.flush()
            os._exit(params)
        if method == "hold the interpreter":
            # C code that keeps all other threads of Python from running
            ctypes.PyDLL(None).sleep(params)
        if method == "lost":
            self.host.lost(params)
        if method == "kill":
            os.kill(params["pid"], params["signal"])

    def _tell_secrets(self, where):
        if self.settings.get("trouble") == "tell secrets later":
            raise ValueError(f"{where} with password {self.secrets['password']}")

    async def close(self, grace):
        self._tell_secrets("close")
        if self.settings.get("trouble") == "hang in close":
            await asyncio.Event().wait()


def create_engine():
    return TroubleEngine()
