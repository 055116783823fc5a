"""What the service puts on a queue for replies, read.

The forms are those of dragonhpc 0.15.0, ``dragon/ai/inference/inference_worker_utils.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: How the service begins a failure that it sends as if it were an answer.
_FAILED = "LLM inference failed. Please try again later. Exception:"
#: What it sends, as if it were an answer, to a prompt that its guardrails refuse.
_REFUSED = "Your input has been categorized as malicious."


@dataclass(frozen=True, slots=True)
class PromptFailed:
    """The service did not answer the prompt."""

    message: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a streamed answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. What the service does not tell is ``None``."""

    text: str
    finish_reason: str | None = None
    #: Tokens of the prompt and of the answer.
    usage: tuple[int, int] | None = None
    #: Which worker answered: host and number.
    replica: str | None = None


class Reader:
    """Reads the replies to one prompt, one after the other."""

    def __init__(self) -> None:
        self._last: Answer | None = None

    def read(self, message: Any) -> Piece | Answer | PromptFailed | None:
        """What a reply says; ``None`` when it says nothing yet. Anything but a piece or ``None`` is the end."""
        if isinstance(message, BaseException):
            return PromptFailed(f"the service failed: {message}")
        if isinstance(message, Mapping):
            return _whole(message)
        if hasattr(message, "delta_text"):
            return self._piece(message)
        if type(message).__name__ == "StreamDoneSentinel":
            return self._last or PromptFailed("the service ended the answer before it was whole")
        return PromptFailed(f"the service replied with a {type(message).__name__}, which this version does not know")

    def _piece(self, chunk: Any) -> Piece | None:
        if chunk.is_finished:
            counts = chunk.metrics or {}
            usage = (int(counts["total_prompt_tokens"]), int(counts["total_output_tokens"])) if "total_prompt_tokens" in counts else None
            self._last = Answer(chunk.accumulated_text, finish_reason=chunk.finish_reason, usage=usage)
        return Piece(chunk.delta_text) if chunk.delta_text else None


def _whole(message: Mapping[str, Any]) -> Answer | PromptFailed:
    text = message.get("assistant")
    if not isinstance(text, str):
        return PromptFailed("the service replied without an answer")
    # a model that says these words took time for it
    if not message.get("model_inference_latency"):
        if text.startswith(_FAILED):
            return PromptFailed(f"the service failed: {text[len(_FAILED) :].strip()}")
        if text.startswith(_REFUSED):
            return PromptFailed("the service's guardrails refuse the prompt as malicious: change it, or `guardrails` in the configuration")
    return Answer(text, replica=f"{message.get('hostname', 'dragon')}/{message.get('inf_worker_id', 0)}")
