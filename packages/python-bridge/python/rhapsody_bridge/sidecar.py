"""The process that an engine lives in: an event loop in the main thread, the channel in threads of its own."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import importlib
import json
import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from rhapsody_bridge import PROTOCOL, __version__
from rhapsody_bridge.channel import Channel, connect
from rhapsody_bridge.engine import Engine, EngineError, OpenRequest, Task
from rhapsody_bridge.errors import error_of
from rhapsody_bridge.frames import Blob
from rhapsody_bridge.host import ChannelHost
from rhapsody_bridge.logs import send_logs
from rhapsody_bridge.taken import Taken
from rhapsody_bridge.values import decode, encode

#: Seconds from the host's death to the sidecar's.
HOST_GONE_SECONDS = 1.0
#: Seconds that ``close`` may take beyond its grace.
CLOSE_SECONDS = 5.0

_log = logging.getLogger(__name__)
_Blobs = Sequence[Blob]


def main(arguments: list[str]) -> NoReturn:
    """Serves the host at ``--channel ADDRESS`` until it closes or dies. ``--path DIR``, any number of times: where engine modules are."""
    options = list(zip(arguments[::2], arguments[1::2], strict=False))
    channel = Channel(connect(dict(options)["--channel"]))
    # what prints must not reach the channel, and nobody shall wait for a terminal
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    sys.path[:1] = [directory for name, directory in options if name == "--path"] + _working_directory()
    _outlive_signals()
    faulthandler.enable()
    send_logs(channel)
    try:
        asyncio.run(Sidecar(channel).serve())
    except BaseException:  # noqa: BLE001 what ends the loop from inside ends the process
        traceback.print_exc()
    channel.flush(HOST_GONE_SECONDS)
    os._exit(1)


def _working_directory() -> list[str]:
    with contextlib.suppress(FileNotFoundError):
        return [] if getattr(sys.flags, "safe_path", False) else [os.getcwd()]
    return []


def _outlive_signals() -> None:
    """The host decides when the sidecar ends. Handlers and not SIG_IGN, which children inherit; forked ones get the default back."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [(number, signal.signal(number, lambda *_: None)) for number in numbers]
    os.register_at_fork(after_in_child=lambda: [signal.signal(number, handler) for number, handler in before])


class Sidecar:
    """One engine, driven by frames."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._engine: Engine | None = None
        self._opening: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._taken = Taken()
        self._operations: dict[str, Callable[[dict[str, Any], _Blobs], Awaitable[bytes | None]]] = {
            "open": self._open,
            "submit": self._submit,
            "cancel": self._cancel,
            "call": self._call,
        }

    async def serve(self) -> None:
        """Never returns: ends the process."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_log_failure)
        hello = {
            "op": "hello",
            "protocol": PROTOCOL,
            "python": ".".join(map(str, sys.version_info[:3])),
            "pid": os.getpid(),
            "bridge": _version(),
        }
        self._channel.send(hello)
        self._channel.start(
            lambda header, blobs: _post(loop, self._dispatch, header, blobs),
            lambda: self._host_gone(loop),
        )
        await asyncio.Event().wait()

    def _dispatch(self, header: dict[str, Any], blobs: _Blobs) -> None:
        operation = header["op"]
        if operation == "abort":
            task = self._under_way.get(header["id"])
            if task is not None:
                # not at once: a task that is cancelled before its first step answers nothing
                asyncio.get_running_loop().call_soon(task.cancel)
        elif operation == "close":
            self._close(header["graceMs"] / 1000, header["id"])
        elif operation in self._operations:
            task = asyncio.get_running_loop().create_task(self._serve(header, blobs))
            self._under_way[header["id"]] = task
            if operation == "open":
                self._opening = task
        else:
            _log.error("the host sent %r, which this version does not know", operation)

    async def _serve(self, header: dict[str, Any], blobs: _Blobs) -> None:
        operation, answer = header["op"], {"op": "answer", "id": header["id"]}
        # what was reported before a cancellation ended counts
        after_reports = operation == "cancel"
        try:
            result = await self._operations[operation](header, blobs)
            self._channel.send({**answer, "ok": True}, [] if result is None else [result], after_reports=after_reports)
        except BaseException as error:  # noqa: BLE001 an engine must not end the sidecar
            self._channel.send({**answer, "ok": False, "error": error_of(operation, error)}, after_reports=after_reports)
        finally:
            del self._under_way[header["id"]]

    async def _open(self, header: dict[str, Any], blobs: _Blobs) -> bytes:
        if header["protocol"] != PROTOCOL:
            message = f"the host speaks protocol {header['protocol']}, this sidecar {PROTOCOL}: install the same version of both"
            raise EngineError("BACKEND_UNAVAILABLE", message)
        given = decode(blobs[0])
        request = OpenRequest(
            session=header["session"],
            epoch=header["epoch"],
            work_dir=Path(header["workDir"]),
            settings=given["settings"],
            secrets=given["secrets"],
            environment=given["environment"],
        )
        engine: Engine = importlib.import_module(header["engine"]).create_engine()
        facts = await engine.open(request, ChannelHost(self._channel))
        self._engine = engine
        return encode(dict(facts))

    async def _submit(self, header: dict[str, Any], blobs: _Blobs) -> None:
        tasks = [_task_of(head, work) for head, work in zip(header["tasks"], blobs, strict=True)]
        fresh = self._taken.add(tasks)
        try:
            if fresh:
                await self._opened().submit(fresh)
        except BaseException:
            self._taken.remove(fresh)
            raise

    async def _cancel(self, header: dict[str, Any], _: _Blobs) -> bytes:
        attempts = [(uid, attempt) for uid, attempt in header["tasks"]]
        return encode(list(await self._opened().cancel(attempts, header["reason"], header["graceMs"] / 1000)))

    async def _call(self, header: dict[str, Any], blobs: _Blobs) -> bytes:
        return encode(await self._opened().call(header["method"], decode(blobs[0]) if blobs else None))

    def _opened(self) -> Engine:
        if self._engine is None or self._closing is not None:
            raise EngineError("BACKEND_CLOSED", "the engine is not open")
        return self._engine

    def _close(self, grace: float, request: int | None) -> None:
        if self._closing is None:
            if request is not None:
                _exit_after(grace + CLOSE_SECONDS, self._channel)
            self._closing = asyncio.get_running_loop().create_task(self._close_engine(grace, request))

    async def _close_engine(self, grace: float, request: int | None) -> None:
        error = None
        try:
            if self._opening is not None and not self._opening.done():
                self._opening.cancel()
                await asyncio.wait([self._opening])
            if self._engine is not None:
                await self._engine.close(grace)
        except BaseException as failure:  # noqa: BLE001 an engine must not keep the sidecar from its end
            error = error_of("close", failure)
        if request is not None:
            answer = {"op": "answer", "id": request, "ok": error is None, **({"error": error} if error else {})}
            self._channel.send(answer, after_reports=True)
            self._channel.flush(CLOSE_SECONDS)
        # not by sys.exit: interpreters with an engine in them hang at their exit
        os._exit(0)

    def _host_gone(self, loop: asyncio.AbstractEventLoop) -> None:
        _post(loop, self._close, 0.0, None)
        # the loop may be kept busy, or a closing of its own be under way: this thread sees to the end
        threading.Event().wait(HOST_GONE_SECONDS)
        os._exit(0)


def _post(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *arguments: Any) -> None:
    try:
        loop.call_soon_threadsafe(call, *arguments)
    except RuntimeError:  # the loop has ended, and the process is about to
        return


def _exit_after(seconds: float, channel: Channel) -> None:
    def end() -> None:
        threading.Event().wait(seconds)
        channel.log("warn", __name__, f"the engine did not close within {seconds:g} s: what it started is killed")
        channel.flush(HOST_GONE_SECONDS)
        os._exit(0)

    threading.Thread(target=end, name="rhapsody-deadline", daemon=True).start()


def _task_of(head: dict[str, Any], work: Blob) -> Task:
    return Task(
        uid=head["uid"],
        attempt=head["attempt"],
        name=head.get("name", head["uid"]),
        kind=head["kind"],
        group=head["group"],
        priority=head.get("priority", 0),
        resources=head.get("resources", {}),
        options=head.get("options", {}),
        work=bytes(work),
    )


def _log_failure(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    _log.error("%s", context.get("message"), exc_info=error if isinstance(error, BaseException) else None)


def _version() -> str:
    """The version of the package that these files came in."""
    try:
        return str(json.loads((Path(__file__).parents[2] / "package.json").read_text())["version"])
    except (OSError, ValueError, KeyError):
        return __version__
