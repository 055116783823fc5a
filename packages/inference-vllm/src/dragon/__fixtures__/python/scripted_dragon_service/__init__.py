"""The engine in a real Dragon runtime, over Dragon's queues, with a service that is a process of its own and answers backwards.

It stands for Dragon's inference service, which needs GPUs: what is tested with it is all but that service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from answers_backwards import answer
from rhapsody_dragon_vllm.engine import DragonVllmEngine
from rhapsody_dragon_vllm.lanes import Prompt


class ScriptedService:
    workers = 2

    def __init__(self) -> None:
        from dragon.native.process import Process
        from dragon.native.queue import Queue

        self._queue_of = Queue
        self._input = Queue()
        self._process = Process(target=answer, args=(self._input,))

    def start(self) -> None:
        self._process.start()

    def find_dead(self) -> str | None:
        return None if self._process.is_alive else "the scripted service ended"

    def stop(self) -> None:
        self._input.put(None)
        self._process.join()

    def new_replies(self) -> Any:
        return self._queue_of(block_size=2048)

    def put(self, prompt: Prompt, replies: Any) -> None:
        self._input.put((prompt.messages, replies))


def create_engine() -> DragonVllmEngine:
    def make(config: Mapping[str, Any]) -> ScriptedService:
        assert config["required"]["model_name"] == "scripted"
        return ScriptedService()

    return DragonVllmEngine(make)
