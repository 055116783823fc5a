"""Prompts and the answers that they get, of a service that answers as it likes."""

import queue
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from rhapsody_dragon_vllm.lanes import Lanes, Prompt
from rhapsody_dragon_vllm.replies import Answer, Piece, PromptFailed


class ScriptedService:
    """Keeps what it is asked, for the test to answer."""

    def __init__(self) -> None:
        self.asked: queue.Queue[tuple[str, queue.Queue[Any]]] = queue.Queue()
        self.queues: list[queue.Queue[Any]] = []
        self.refuses: Exception | None = None

    def new_replies(self) -> Any:
        self.queues.append(queue.Queue())
        return self.queues[-1]

    def put(self, prompt: Prompt, replies: Any) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.asked.put((prompt.messages[0]["content"], replies))

    def take(self, count: int) -> dict[str, "queue.Queue[Any]"]:
        return dict(self.asked.get(timeout=60) for _ in range(count))


class HeardPrompt(Prompt):
    def __init__(self, text: str) -> None:
        super().__init__([{"role": "user", "content": text}])
        self.text = text
        self.news: queue.Queue[Any] = queue.Queue()
        self.out = threading.Event()

    def went_out(self) -> None:
        self.out.set()

    def hear(self, news: Any) -> None:
        self.news.put(news)

    def next(self) -> Any:
        return self.news.get(timeout=60)


class Chunk:
    """As Dragon's ``StreamChunk``."""

    def __init__(self, delta: str, whole: str, finished: bool = False) -> None:
        self.delta_text, self.accumulated_text, self.is_finished = delta, whole, finished
        self.finish_reason = "stop" if finished else None
        self.metrics = {"total_prompt_tokens": 3, "total_output_tokens": 2} if finished else None


StreamDoneSentinel = type("StreamDoneSentinel", (), {})


def answer_to(text: str) -> dict[str, Any]:
    return {"assistant": f"answer to {text}", "hostname": "n1", "inf_worker_id": 2, "model_inference_latency": 0.1}


@pytest.fixture
def service() -> ScriptedService:
    return ScriptedService()


@pytest.fixture
def open_lanes(service: ScriptedService) -> Iterator[Any]:
    opened: list[Lanes] = []

    def open_lanes(most: int) -> Lanes:
        opened.append(Lanes(service, most))
        return opened[-1]

    yield open_lanes
    for lanes in opened:
        lanes.close()


def test_answers_reach_their_prompts_in_whatever_order_they_come(service: ScriptedService, open_lanes: Any) -> None:
    lanes = open_lanes(8)
    prompts = [HeardPrompt(f"p{index}") for index in range(8)]

    lanes.ask(prompts)
    for text, replies in reversed(service.take(8).items()):
        replies.put(answer_to(text))

    assert [prompt.next() for prompt in prompts] == [Answer(f"answer to {prompt.text}", replica="n1/2") for prompt in prompts]


def test_a_late_answer_to_a_prompt_that_was_given_up_reaches_nobody(service: ScriptedService, open_lanes: Any) -> None:
    lanes = open_lanes(1)
    first, second = HeardPrompt("first"), HeardPrompt("second")

    lanes.ask([first])
    (replies,) = service.take(1).values()
    assert not lanes.give_up(first)
    lanes.ask([second])
    assert service.asked.empty()
    replies.put(answer_to("first"))
    service.take(1)["second"].put(answer_to("second"))

    assert second.next() == Answer("answer to second", replica="n1/2")
    assert first.news.empty()


def test_a_prompt_that_is_given_up_in_line_is_never_asked(service: ScriptedService, open_lanes: Any) -> None:
    lanes = open_lanes(1)
    first, second, third = (HeardPrompt(text) for text in ("first", "second", "third"))

    lanes.ask([first, second, third])
    (replies,) = service.take(1).values()
    assert lanes.give_up(second)
    replies.put(answer_to("first"))

    assert list(service.take(1)) == ["third"]
    assert second.news.empty()


def test_what_follows_a_failure_does_not_reach_the_next_prompt(service: ScriptedService, open_lanes: Any) -> None:
    lanes = open_lanes(1)
    first, second = HeardPrompt("first"), HeardPrompt("second")

    lanes.ask([first, second])
    replies = service.take(1)["first"]
    replies.put(RuntimeError("Streaming failed: out of memory"))
    replies.put(StreamDoneSentinel())
    service.take(1)["second"].put(answer_to("second"))

    assert first.next() == PromptFailed("the service failed: Streaming failed: out of memory")
    assert second.next() == Answer("answer to second", replica="n1/2")


def test_a_streamed_answer_comes_in_pieces_and_then_whole(service: ScriptedService, open_lanes: Any) -> None:
    lanes = open_lanes(1)
    prompt = HeardPrompt("p")

    lanes.ask([prompt])
    replies = service.take(1)["p"]
    for message in (Chunk("a", "a"), Chunk("b", "ab"), Chunk("", "ab", finished=True), StreamDoneSentinel()):
        replies.put(message)

    assert [prompt.next() for _ in range(3)] == [Piece("a"), Piece("b"), Answer("ab", finish_reason="stop", usage=(3, 2))]
    assert prompt.out.is_set()


def test_queues_are_used_again_after_answers(service: ScriptedService, open_lanes: Any) -> None:
    lanes = open_lanes(1)

    for number in range(5):
        prompt = HeardPrompt(f"p{number}")
        lanes.ask([prompt])
        service.take(1)[prompt.text].put(answer_to(prompt.text))
        assert prompt.next().text == f"answer to p{number}"

    assert len(service.queues) == 1


def test_a_service_that_takes_nothing_fails_the_prompt_and_not_the_lane(service: ScriptedService, open_lanes: Any) -> None:
    lanes = open_lanes(1)
    first, second = HeardPrompt("first"), HeardPrompt("second")

    service.refuses = RuntimeError("the queue is closed")
    lanes.ask([first])
    assert first.next() == PromptFailed("the service does not take the prompt: the queue is closed")
    service.refuses = None
    lanes.ask([second])
    service.take(1)["second"].put(answer_to("second"))

    assert second.next().text == "answer to second"
