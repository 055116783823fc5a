"""Dragon's inference service: the one place that imports Dragon."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from rhapsody_bridge.engine import EngineError

from .lanes import Prompt, Replies

#: Bytes of a block of a queue for replies, as Dragon's own proxy has them: an answer takes as many blocks as it needs.
_BLOCK = 2048


class DragonService:
    """A service of this opening. Its methods block: call them in threads."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        from dragon.ai.inference import Inference, InferenceConfig
        from dragon.native.queue import Queue

        self._queue_of = Queue
        self._input = Queue()
        try:
            # it prints, and what is printed goes to the log
            self._inference = Inference(InferenceConfig.from_dict(dict(config)), self._input)
        except (ValueError, KeyError, TypeError) as error:
            raise EngineError("BACKEND_UNAVAILABLE", f"Dragon refuses the configuration of its inference service: {error}") from error
        except SystemExit as error:
            how = "required.tp_size is more than the GPUs of a node"
            raise EngineError("BACKEND_UNAVAILABLE", f"Dragon refuses the configuration of its inference service: {how}") from error

    @property
    def workers(self) -> int:
        """Copies of the model."""
        hosts = self._inference.cpu_and_device_proc_by_hostname.values()
        return sum(len(devices) for heads in hosts for devices in heads.values())

    def start(self) -> None:
        """Loads the model on every GPU; returns when all have it, and never when one cannot."""
        self._inference.initialize()

    def find_dead(self) -> str | None:
        """Tells of processes of the service that have ended; of those below its heads Dragon tells nothing."""
        ended = self._inference.cpu_wrks_pg.inactive_puids
        return None if not ended else "processes of Dragon's inference service ended: " + ", ".join(f"{p} with {code}" for p, code in ended)

    def stop(self) -> None:
        """Ends the service once it has answered what it has. Does not return when its processes hang."""
        self._inference.destroy()

    def new_replies(self) -> Replies:
        replies: Replies = self._queue_of(block_size=_BLOCK)
        return replies

    def put(self, prompt: Prompt, replies: Replies) -> None:
        from dragon.ai.inference import InferenceRequest

        request = InferenceRequest(
            messages=prompt.messages,
            formatted_messages=prompt.messages,
            response_queue=replies,
            timestamp=time.time(),
            tools=prompt.tools,
            sampling_override=prompt.schema,
            stream=prompt.stream,
        )
        self._input.put(request)


def gpus_by_host() -> dict[str, int]:
    """GPUs that Dragon found on each node."""
    from dragon.native.machine import Node, System

    nodes = [Node(node) for node in System().nodes]
    return {node.hostname: node.num_gpus for node in nodes}
