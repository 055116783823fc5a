"""What Dragon's inference service needs, checked before it is started: without it workers end, and the service waits for them for ever."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

#: Releases that dragonhpc 0.15 patches; ``dragonhpc[ai]`` says the same.
VLLM = ((0, 11), (0, 20))


def find_problems(gpus: Mapping[str, int], config: Mapping[str, object], python: str) -> list[str]:
    """All that is missing, each with what to do.

    Args:
        gpus: GPUs by the name of their node.
        config: The service's configuration.
        python: Path of the Python that the service runs on.
    """
    return [*_vllm(python), *_gpus(gpus, config)]


def _vllm(python: str) -> list[str]:
    how = f'{python} -m pip install "dragonhpc[ai]"'
    try:
        found = version("vllm")
    except PackageNotFoundError:
        return [f"{python} has no vLLM: install it with: {how}"]
    least, limit = VLLM
    release = tuple(int(part) for part in found.split("+")[0].split(".")[:2] if part.isdigit())
    if least <= release < limit:
        return []
    wanted = f"from {least[0]}.{least[1]} to before {limit[0]}.{limit[1]}"
    return [f"{python} has vLLM {found}, and Dragon's inference service takes releases {wanted}: install one with: {how}"]


def _gpus(gpus: Mapping[str, int], config: Mapping[str, object]) -> list[str]:
    required, hardware = _section(config, "required"), _section(config, "hardware")
    tensor_parallel, nodes, offset = (
        _number(required, "tp_size", 1),
        _number(hardware, "num_nodes", -1),
        _number(hardware, "node_offset", 0),
    )
    hosts = list(gpus)[offset:] if nodes == -1 else list(gpus)[offset : offset + nodes]
    if not hosts or (nodes != -1 and len(hosts) < nodes):
        wanted = f"{nodes} nodes from node {offset} on" if nodes != -1 else f"nodes from node {offset} on"
        return [f"Dragon has {len(gpus)} nodes, and {wanted} are asked for: lower numNodes or offset, or get a larger allocation"]
    without = [host for host in hosts if gpus[host] == 0]
    if without:
        how = "run it where there are (nvidia-smi or rocm-smi shows them), or let the backend attach to servers that run elsewhere"
        return [f"Dragon finds no GPU on {', '.join(without)}: {how}"]
    wanted_each = max(tensor_parallel, _number(hardware, "num_gpus", -1))
    short = [f"{host} has {gpus[host]}" for host in hosts if gpus[host] < wanted_each]
    return [f"{wanted_each} GPUs of each node are asked for, and {', '.join(short)}: lower numGpus or tpSize"] if short else []


def _section(config: Mapping[str, object], name: str) -> Mapping[str, object]:
    section = config.get(name)
    return section if isinstance(section, Mapping) else {}


def _number(section: Mapping[str, object], name: str, default: int) -> int:
    value = section.get(name)
    return value if isinstance(value, int) else default
