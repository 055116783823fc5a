"""What the scripted service does, in a process of Dragon's that has nothing of ours but this file."""

from typing import Any


def answer(asked: Any) -> None:
    """Answers four prompts at a time, the last first; ``"never"`` never; ends with ``"die"`` or ``None``."""
    together: list[Any] = []
    while (item := asked.get()) is not None:
        text = item[0][0]["content"]
        if text == "die":
            return
        if text != "never":
            together.append((text, item[1]))
        if len(together) == 4:
            for said, replies in reversed(together):
                replies.put({"assistant": said.upper(), "hostname": "here", "inf_worker_id": 1, "model_inference_latency": 0.01})
            together.clear()
