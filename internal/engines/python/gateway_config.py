"""Configuration of a Dask Gateway server for tests: everything on loopback. Its own options are in `options.json`."""

import json
import sys
from pathlib import Path

from dask_gateway_server.options import Bool, Float, Integer, Mapping, Options, Select, String

options = json.loads(Path("options.json").read_text())

c = get_config()  # noqa: F821  (of traitlets)

c.DaskGateway.address = options["privateAddress"]
c.DaskGateway.backend_class = "dask_gateway_server.backends.local.UnsafeLocalBackend"
c.DaskGateway.authenticator_class = "dask_gateway_server.auth.SimpleAuthenticator"
c.SimpleAuthenticator.password = options["password"]
c.Proxy.address = options["publicAddress"]
c.Proxy.prefix = options["prefix"]

c.UnsafeLocalBackend.clusters_directory = str(Path.cwd() / "clusters")
c.UnsafeLocalBackend.inherited_environment = ["PATH", "PYTHONPATH", "LANG", "LC_ALL", "HOME", "TMPDIR"]
# The defaults are 15, 30, 30 and 10 s.
c.UnsafeLocalBackend.cluster_heartbeat_period = 5
c.UnsafeLocalBackend.cluster_status_period = 1
c.UnsafeLocalBackend.worker_status_period = 1
c.UnsafeLocalBackend.sigint_timeout = 3
# The defaults are 10, 60 and 60 s: too short on a machine with much else to do.
c.UnsafeLocalBackend.cluster_heartbeat_timeout = 120
c.UnsafeLocalBackend.cluster_start_timeout = 300
c.UnsafeLocalBackend.worker_start_timeout = 300

# The default programs, dask-scheduler and dask-worker, are gone from distributed since 2026.6.
c.ClusterConfig.scheduler_cmd = [sys.executable, "-m", "dask", "scheduler"]
c.ClusterConfig.worker_cmd = [sys.executable, "-m", "dask", "worker"]
c.ClusterConfig.cluster_max_workers = 4
c.ClusterConfig.adaptive_period = 1

PROFILES = {
    "normal": {},
    # Ends at once: the cluster fails.
    "broken": {"scheduler_cmd": [sys.executable, "-c", "raise SystemExit('this profile is broken')"]},
    # Never reports: the cluster stays pending, and fails after cluster_start_timeout.
    "stuck": {"scheduler_cmd": [sys.executable, "-c", "import time; time.sleep(600)"]},
    # The scheduler runs, but workers end at once: after three of them the cluster fails.
    "no-workers": {"worker_cmd": [sys.executable, "-c", "raise SystemExit('this profile has no workers')"]},
}


def to_cluster(chosen, user):
    return {
        "worker_cores": chosen.worker_cores,
        "worker_memory": int(chosen.worker_memory * 2**30),
        "environment": {**chosen.environment, "CLUSTER_LABEL": chosen.label, "CLUSTER_DEBUG": str(chosen.debug)},
        **PROFILES[chosen.profile],
    }


c.Backend.cluster_options = Options(
    Integer("worker_cores", default=1, min=1, max=4, label="Worker Cores"),
    Float("worker_memory", default=1, min=0.5, max=8, label="Worker Memory (GiB)"),
    Select("profile", list(PROFILES), default="normal", label="Profile"),
    String("label", default="", label="Label"),
    Bool("debug", default=False, label="Debug"),
    Mapping("environment", {}, label="Environment"),
    handler=to_cluster,
)

exec(options["configuration"])
