"""What is missing, and what is said of it."""

from importlib import metadata
from typing import Any

import pytest
from rhapsody_dragon_vllm.requirements import find_problems

CONFIG: dict[str, Any] = {"required": {"tp_size": 2}}


def vllm(monkeypatch: pytest.MonkeyPatch, found: str | None) -> None:
    def version(name: str) -> str:
        if found is None:
            raise metadata.PackageNotFoundError(name)
        return found

    monkeypatch.setattr("rhapsody_dragon_vllm.requirements.version", version)


def test_everything_that_is_missing_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    vllm(monkeypatch, None)

    problems = find_problems({"n1": 0, "n2": 4}, CONFIG, "/venv/bin/python")

    assert problems[0].startswith("/venv/bin/python has no vLLM: install it with: /venv/bin/python -m pip install")
    assert problems[1].startswith("Dragon finds no GPU on n1:")


@pytest.mark.parametrize(
    ("found", "fits"), [("0.10.2", False), ("0.11.0", True), ("0.19.1.post1", True), ("0.20.0", False), ("0.15.0+cu130", True)]
)
def test_vllm_has_to_be_of_a_release_that_dragon_patches(monkeypatch: pytest.MonkeyPatch, found: str, fits: bool) -> None:
    vllm(monkeypatch, found)

    assert (find_problems({"n1": 2}, CONFIG, "python") == []) is fits


@pytest.mark.parametrize(
    ("hardware", "says"),
    [
        ({"num_nodes": 3}, "Dragon has 2 nodes, and 3 nodes from node 0 on are asked for"),
        ({"node_offset": 2}, "Dragon has 2 nodes, and nodes from node 2 on are asked for"),
        ({"num_nodes": 1, "num_gpus": 4}, "4 GPUs of each node are asked for, and n1 has 2"),
        ({"num_nodes": 1, "node_offset": 1, "num_gpus": 4}, None),
    ],
)
def test_nodes_and_gpus_have_to_be_enough(monkeypatch: pytest.MonkeyPatch, hardware: dict[str, int], says: str | None) -> None:
    vllm(monkeypatch, "0.19.0")

    problems = find_problems({"n1": 2, "n2": 4}, {**CONFIG, "hardware": hardware}, "python")

    assert [problem.split(":")[0] for problem in problems] == ([] if says is None else [says])
