"""A task: one prompt, and what becomes of it as outcomes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Protocol

from rhapsody_bridge import outcome
from rhapsody_bridge.engine import Attempt, Task
from rhapsody_bridge.values import decode, encode

from .lanes import Prompt
from .replies import Answer, Piece, PromptFailed


class Tell(Protocol):
    """Hears outcomes, in the threads of lanes."""

    def __call__(self, attempt: Attempt, told: bytes, *, ended: bool) -> None: ...


class Asked(Prompt):
    """One attempt."""

    def __init__(self, task: Task, tell: Tell) -> None:
        # as src/dragon/to-prompt.ts writes it
        work: Mapping[str, Any] = decode(task.work)
        super().__init__(work["messages"])
        self.tools, self.schema, self.stream = work.get("tools"), work.get("schema"), bool(work.get("stream"))
        self.attempt: Attempt = (task.uid, task.attempt)
        self._tell = tell

    def went_out(self) -> None:
        self._tell(self.attempt, outcome.running(time.time() * 1000), ended=False)

    def hear(self, news: Piece | Answer | PromptFailed) -> None:
        if isinstance(news, Piece):
            told = encode({"state": "OUTPUT", "stream": "response", "text": news.text})
        elif isinstance(news, PromptFailed):
            told = outcome.failed("TASK_PROMPT_FAILED", news.message)
        else:
            told = outcome.done({"text": news.text, "finishReason": news.finish_reason, "usage": news.usage, "replica": news.replica})
        self._tell(self.attempt, told, ended=not isinstance(news, Piece))
