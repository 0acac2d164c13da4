"""`examples/csi` as its README has it: volumes of a driver, through whatever ends in between."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cluster.layout import Layout
from cluster.traces import mounts_under
from tests.e2e.driver import EXAMPLES, NEEDS, Kube, eventually

# It waits for a node to see that a claim has grown, which it looks at once a minute.
pytestmark = [pytest.mark.timeout(600), *NEEDS, pytest.mark.kubectl]
NAME = "hostpath.csi.example.com"
NODES = Layout("minik8s").state / "nodes"
PROGRAM = EXAMPLES / "csi" / "driver.py"


def manifest() -> str:
    """The driver's manifest; this machine's Python stands in for the image, as no registry may be reachable."""
    documents = list(yaml.safe_load_all((EXAMPLES / "csi" / "driver.yaml").read_text()))
    spec = documents[-1]["spec"]["template"]["spec"]
    container = spec["containers"][0]
    container |= {"image": "minik8s/demo:v1", "command": [sys.executable, "-u", str(PROGRAM)]}
    container["env"].append({"name": "PYTHONDONTWRITEBYTECODE", "value": "1"})
    wanted = [Path(p) for p in (sys.base_prefix, sys.prefix, "/lib", "/lib64", "/usr/lib", PROGRAM.parent)]
    folders = {p for p in wanted if p.is_dir() and not any(p.is_relative_to(q) for q in wanted if q != p)}
    for number, folder in enumerate(sorted(folders)):
        container["volumeMounts"].append({"name": f"f{number}", "mountPath": str(folder), "readOnly": True})
        spec["volumes"].append({"name": f"f{number}", "hostPath": {"path": str(folder)}})
    return yaml.safe_dump_all(documents)


def drivers(cluster: Kube) -> list[list[str]]:
    """The drivers of each node."""
    found = cluster.get("csinodes")["items"]
    return [[one["name"] for one in node["spec"]["drivers"] or []] for node in found]


def volumes(node: str) -> list[str]:
    """The folders of the driver's volumes on a node."""
    return sorted(os.listdir(NODES / node / "kubelet" / "plugins" / NAME / "volumes"))


def mounted() -> list[str]:
    """What the driver has mounted for Pods."""
    return [place for place in mounts_under([NODES]) if "/kubernetes.io~csi/" in place or "/globalmount" in place]


@pytest.fixture
def driver(cluster: Kube) -> Iterator[None]:
    text, system = manifest(), Kube(Path(cluster.env["KUBECONFIG"]), "kube-system")
    system("apply", "--filename=-", input=text)
    try:
        system("rollout", "status", "daemonset/hostpath-csi", "--timeout=120s", timeout=130)
        eventually("the driver is registered", lambda: all(held == [NAME] for held in drivers(cluster)))
        yield
    finally:
        system("delete", "--filename=-", "--wait=true", input=text, timeout=90)
    eventually("the driver is forgotten", lambda: not any(drivers(cluster)))
    assert mounted() == []


def pid_of(node: str) -> int:
    """The process of the driver on a node, as the machine sees it."""
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if str(PROGRAM) in words[1:3] and f"NODE_NAME={node}\0".encode() in (folder / "environ").read_bytes():
                return int(folder.name)
    raise AssertionError(f"no driver runs on {node}")


def kill(what: str, pid: int, again: Any) -> None:
    os.kill(pid, signal.SIGKILL)
    eventually(f"{what} runs again", lambda: again() != pid, 60)


def inline(name: str, node: str) -> str:
    container = {
        "name": "c", "image": "minik8s/demo:v1", "command": ["sleep", "1000000"],
        "volumeMounts": [{"name": "own", "mountPath": "/own"}],
    }  # fmt: skip
    volume = {"name": "own", "csi": {"driver": NAME, "volumeAttributes": {"size": "8Mi"}}}
    spec = {"nodeName": node, "containers": [container], "volumes": [volume], "terminationGracePeriodSeconds": 1}
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec})


def ready(kube: Kube, name: str) -> Any:
    kube("wait", "--for=condition=Ready", f"pod/{name}", "--timeout=60s", timeout=70)
    return kube.get("pod", name)


def capacity(kube: Kube) -> str:
    return str(kube("get", "pvc", "kept", "--output=jsonpath={.status.capacity.storage}"))


def events(kube: Kube, about: str) -> set[str]:
    found = kube.get("events", f"--field-selector=involvedObject.name={about}")["items"]
    return {event["reason"] for event in found}


def told(kube: Kube, cluster: Kube, node: str) -> tuple[dict[str, float], dict[str, Any]]:
    """What the kubelet tells of the claim: its metrics by name, and its entry of the summary."""
    where = f'{{namespace="{kube.namespace}",persistentvolumeclaim="kept"}} '
    page = cluster("get", "--raw", f"/api/v1/nodes/{node}/proxy/metrics")
    rows = [line.partition(where) for line in page.splitlines() if where in line]
    summary = json.loads(cluster("get", "--raw", f"/api/v1/nodes/{node}/proxy/stats/summary"))
    [pod] = [one for one in summary["pods"] if one["podRef"]["namespace"] == kube.namespace]
    [entry] = [one for one in pod["volume"] if one["name"] == "kept"]
    return {name.removeprefix("kubelet_volume_stats_"): float(value) for name, _, value in rows}, entry


def test_volumes_of_a_driver(driver: None, kube: Kube, cluster: Kube) -> None:
    pod_yaml = str(EXAMPLES / "csi" / "pod.yaml")
    kube("apply", "--filename", pod_yaml)
    pod = ready(kube, "writer")
    node, first = pod["spec"]["nodeName"], pod["status"]["containerStatuses"][0]["containerID"]
    # Its group is neither the writer's own nor root: the kubelet gave it the files.
    assert kube("exec", "writer", "--", "stat", "-c", "%u %g %a", "/kept", "/scratch").split("\n")[:2] == [
        "0 2000 2775", "0 2000 2775",
    ]  # fmt: skip
    assert len(mounted()) == 3

    kube("patch", "pvc", "kept", "--patch", '{"spec": {"resources": {"requests": {"storage": "96Mi"}}}}')
    eventually("the claim has grown", lambda: capacity(kube) == "96Mi", 180)
    eventually("the Pod was told", lambda: "FileSystemResizeSuccessful" in events(kube, "writer"))
    kube("exec", "writer", "--", "dd", "if=/dev/zero", "of=/kept/data", "bs=1M", "count=5")
    metrics, entry = told(kube, cluster, node)
    assert metrics["capacity_bytes"] == entry["capacityBytes"] == 96 << 20
    assert 5 << 20 <= metrics["used_bytes"] < 6 << 20
    assert metrics["available_bytes"] == metrics["capacity_bytes"] - metrics["used_bytes"]
    assert metrics["inodes_used"] == 3 and metrics["inodes"] > metrics["inodes_free"] > 0
    assert entry["pvcRef"] == {"name": "kept", "namespace": kube.namespace}

    # A driver that ends in the middle of things: Pods that come meanwhile wait for it.
    kill("the driver", pid_of(node), lambda: pid_of(node))
    kube("apply", "--filename=-", input=inline("early", node))
    ready(kube, "early")
    assert len(volumes(node)) == 3
    # A kubelet that ends: what is mounted stays, and is taken away by the next one.
    kubelet = f"kubelet-{node}"
    kill("the kubelet", cluster.processes()[kubelet], lambda: cluster.processes()[kubelet])
    kube("delete", "pod", "early", timeout=70)
    eventually("its volume is gone", lambda: len(volumes(node)) == 2)
    kube("exec", "writer", "--", "test", "-s", "/kept/data")
    status = ready(kube, "writer")["status"]["containerStatuses"][0]
    assert (status["containerID"], status["restartCount"]) == (first, 0)

    kube("delete", "pod", "writer", timeout=70)
    eventually("nothing is mounted", lambda: mounted() == [])
    assert [name.startswith("pvc-") for name in volumes(node)] == [True]
    kube("apply", "--filename", pod_yaml, check=False)
    assert ready(kube, "writer")["spec"]["nodeName"] == node
    assert len(kube("exec", "writer", "--", "cat", "/kept/starts").splitlines()) == 2
    volume = kube("get", "pvc", "kept", "--output=jsonpath={.spec.volumeName}")
    kube("delete", "pod/writer", "pvc/kept", timeout=70)
    eventually("the volume is given back", lambda: "NotFound" in cluster("get", "pv", volume, check=False))
    assert volumes(node) == [] and mounted() == []
