"""What replies of the service mean."""

from typing import Any

import pytest
from rhapsody_dragon_vllm.replies import Answer, PromptFailed, Reader

FAILED = "LLM inference failed. Please try again later. Exception: CUDA out of memory\nTraceback: …"
REFUSED = "Your input has been categorized as malicious. Please try again."


@pytest.mark.parametrize("latency", [{"model_inference_latency": 0.0}, {"model_inference_latency": 0}, {}])
def test_failures_that_pose_as_answers_are_failures(latency: dict[str, Any]) -> None:
    failed = Reader().read({"assistant": FAILED, **latency})
    refused = Reader().read({"assistant": REFUSED, **latency})

    assert isinstance(failed, PromptFailed)
    assert "CUDA out of memory" in failed.message
    assert isinstance(refused, PromptFailed)
    assert "guardrails" in refused.message


def test_a_model_may_say_the_words_of_a_failure() -> None:
    said = Reader().read({"assistant": FAILED, "model_inference_latency": 0.2, "hostname": "n1", "inf_worker_id": 1})

    assert said == Answer(FAILED, replica="n1/1")


def test_what_is_not_known_is_a_failure() -> None:
    assert Reader().read({"assistant": None}) == PromptFailed("the service replied without an answer")
    assert Reader().read(17) == PromptFailed("the service replied with a int, which this version does not know")
