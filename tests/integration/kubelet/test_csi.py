"""Volumes of a CSI driver in real containers: real mounts, and a kubelet that dies on the way."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kubelet.volumes import mounts
from minik8s.api.core_v1 import Node, PersistentVolume, PersistentVolumeClaim, Pod
from minik8s.api.storage_v1 import CSIDriver, CSINode
from tests.integration.kubelet.lab import Lab
from tests.support.csi_driver import Driver, Registrar, running

pytestmark = [pytest.mark.docker, pytest.mark.root]
NAME = "driver.test"


@pytest.fixture
async def driver(lab: Lab) -> AsyncIterator[Driver]:
    """A driver whose volumes are folders, registered with the kubelet of the lab."""
    with tempfile.TemporaryDirectory(prefix="csi") as folder:
        made = Driver(Path(folder) / "csi.sock")
        made.folder = Path(folder) / "volumes"
        async with running(made):
            registrar = Registrar(lab.root / "kubelet" / "plugins_registry" / "reg.sock", str(made.socket))
            spec = {
                "attachRequired": False,
                "fsGroupPolicy": "File",
                "volumeLifecycleModes": ["Persistent", "Ephemeral"],
            }
            lab.cluster.add(msgspec.convert({"metadata": {"name": NAME}, "spec": spec}, CSIDriver))
            source = {"driver": NAME, "volumeHandle": "h1"}
            volume = {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "csi": source}
            claim = {
                "metadata": {"name": "data", "namespace": "default"},
                "spec": {"volumeName": "pv"},
                "status": {"phase": "Bound", "capacity": {"storage": "1Gi"}},
            }
            lab.cluster.add(msgspec.convert({"metadata": {"name": "pv"}, "spec": volume}, PersistentVolume))
            lab.cluster.add(msgspec.convert(claim, PersistentVolumeClaim))
            await registrar.start()
            await lab.until("registered", lambda: registrar.told == [(True, "")])
            yield made
            await lab.clear()
            await registrar.stop()


def spec(*command: str, **more: Any) -> dict[str, Any]:
    container = {
        "name": "c",
        "image": "minik8s/demo:v1",
        "command": list(command),
        "volumeMounts": [{"name": "v", "mountPath": "/data"}],
    }
    volume = {"name": "v", "persistentVolumeClaim": {"claimName": "data"}}
    return {"containers": [container], "volumes": [volume], "hostNetwork": True, **more}


async def test_what_a_pod_writes_the_next_one_reads(lab: Lab, driver: Driver) -> None:
    found = lab.cluster.object(CSINode, "n1")
    assert found is not None and [one.name for one in found.spec.drivers] == [NAME]
    write = ("sh", "-c", "echo kept > /data/word; sleep 1000")
    lab.add("writer", spec(*write, securityContext={"fsGroup": 4321}))
    await lab.until("writes", lambda: lab.ready("writer") and lab.run("writer", "cat", "/data/word") == "kept\n")
    assert lab.run("writer", "stat", "-c", "%g", "/data").strip() == "4321"
    place = lab.root / "kubelet"
    assert len(mounts.mounted_below(place / "plugins")) == 1
    await lab.cluster.delete(Pod, "writer", "default")
    await lab.until("the pod is gone", lambda: lab.pod("writer") is None)
    await lab.until("unstaged", lambda: driver.names()[-1] == "NodeUnstageVolume")
    await lab.until("nothing mounted", lambda: not mounts.mounted_below(place / "plugins"))
    lab.add("reader", spec("sh", "-c", "cat /data/word; sleep 1000"))
    await lab.until("reads", lambda: lab.ready("reader") and lab.logs("reader") == "kept\n")


async def test_a_kubelet_that_dies_finds_its_volumes_again(lab: Lab, driver: Driver) -> None:
    lab.add("writer", spec("sh", "-c", "echo kept > /data/word; sleep 1000"))
    await lab.until("runs", lambda: lab.ready("writer"))
    before = lab.container("writer")
    await lab.stop()
    await lab.start()
    published = driver.names().count("NodePublishVolume")
    await lab.until("made sure of", lambda: driver.names().count("NodePublishVolume") == published + 1)
    assert lab.container("writer") == before and lab.run("writer", "cat", "/data/word") == "kept\n"
    await lab.stop()
    lab.cluster.remove(Pod, "writer")
    await lab.start()
    # Nobody asked this kubelet for the Pod: what it had is taken back all the same.
    await lab.until("unstaged", lambda: driver.names()[-1] == "NodeUnstageVolume", 60)
    assert driver.folder is not None and (driver.folder / "h1" / "word").read_text() == "kept\n"
    node = lab.cluster.object(Node, "n1")
    assert node is not None and node.status.volumes_in_use == []


async def test_an_inline_volume_lives_as_long_as_its_pod(lab: Lab, driver: Driver) -> None:
    wanted = spec("sh", "-c", "echo own > /data/word; sleep 1000")
    wanted["volumes"] = [{"name": "v", "csi": {"driver": NAME, "volumeAttributes": {"kind": "scratch"}}}]
    lab.add("inline", wanted)
    await lab.until("writes", lambda: lab.ready("inline") and lab.run("inline", "cat", "/data/word") == "own\n")
    assert driver.names() == ["NodePublishVolume"]
    assert dict(driver.last("NodePublishVolume").volume_context) == {"kind": "scratch"}
    await lab.cluster.delete(Pod, "inline", "default")
    await lab.until("gone", lambda: lab.pod("inline") is None)
    assert driver.names() == ["NodePublishVolume", "NodeUnpublishVolume"]
