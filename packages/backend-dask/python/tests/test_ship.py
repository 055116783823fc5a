import pickle
import subprocess
import sys

from rhapsody_bridge.values import decode, encode
from rhapsody_dask.ship import pack_shipment

#: Unpickles where nothing of this project can be imported.
ELSEWHERE = """
import pickle, sys
plugin = pickle.loads(sys.stdin.buffer.read())
assert plugin.name == "rhapsody_x"
assert not any(name.startswith(("rhapsody_bridge", "rhapsody_dask")) for name in sys.modules)
print(type(plugin).__module__)
"""


def test_code_is_unpickled_where_nothing_is_installed():
    shipment = pack_shipment()
    plugin = shipment.module("rhapsody_dask.remote.on_worker").OnWorker(shipment, "rhapsody_x")

    child = subprocess.run([sys.executable, "-I", "-c", ELSEWHERE], input=pickle.dumps(plugin), stdout=subprocess.PIPE, check=True)

    assert child.stdout.decode().strip() == f"{shipment.root}_dask.remote.on_worker"
    assert len(pickle.dumps(plugin)) < 200_000


def test_shipped_code_runs_programs_and_tells_failures_without_its_own_frames():
    module = pack_shipment().module("rhapsody_bridge.work")
    site = module.Site(name="here")
    common = {"environment": {}, "capture": "memory", "maxOutputBytes": 1000}
    program = {"kind": "executable", "executable": "echo", "arguments": ["hi"], **common}
    function = {"kind": "python", "module": "operator", "name": "truediv", "args": [1, 0], **common}
    try:
        assert decode(site.run("a", 1, encode(program)))["stdout"] == "hi\n"
        failure = decode(site.run("b", 1, encode(function)))["failure"]
    finally:
        site.close(0)

    assert failure["code"] == "TASK_FUNCTION_THREW"
    assert "rhapsody" not in failure["cause"]["traceback"]
