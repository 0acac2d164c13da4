"""The node's part of `examples/csi`, asked by the kubelet's own CSI part; the whole of it is tested on a cluster."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from concurrent import futures
from importlib import import_module
from pathlib import Path
from typing import Any

import grpc
import msgspec
import pytest

from kubelet.csi import messages
from kubelet.csi.driver import CONDITION
from kubelet.volumes import mounts
from minik8s.api.storage_v1 import CSIDriver
from tests.unit.kubelet.csi_world import CSIWorld, csi_world

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "csi"
NAME = "hostpath.csi.example.com"


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module of its node service."""
    pytest.importorskip("grpc_tools")
    monkeypatch.syspath_prepend(str(EXAMPLE))
    yield import_module("node_service")
    for name in ("node_service", "volumes"):
        sys.modules.pop(name, None)


@pytest.fixture
async def csi(tmp_path: Path) -> AsyncIterator[CSIWorld]:
    async with csi_world(tmp_path) as made:
        yield made


def fields(message: Any) -> dict[str, tuple[int, bool]]:
    return {one.name: (one.number, one.is_repeated) for one in message.fields}


def test_its_messages_are_those_of_the_kubelet(example: Any) -> None:
    compared = 0
    for name, theirs in example.csi.DESCRIPTOR.message_types_by_name.items():
        ours = getattr(messages, name, None)
        if ours is None:
            continue
        held = fields(ours.DESCRIPTOR)
        known = {field: about for field, about in fields(theirs).items() if field in held}
        assert known == {field: held[field] for field in known} and known
        compared += 1
    assert compared >= 9


@pytest.mark.root
async def test_volumes_come_and_go(csi: CSIWorld, example: Any) -> None:
    volumes = import_module("volumes").Volumes(str(csi.sockets / "volumes"))
    told: list[str] = []
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
    endpoint = str(csi.sockets / "csi.sock")
    example.csi_services.add_NodeServicer_to_server(example.Node(volumes, "n1"), server)
    registration = example.Registration(endpoint, told.append)
    example.registration_services.add_RegistrationServicer_to_server(registration, server)
    (csi.root / "plugins_registry").mkdir(parents=True, exist_ok=True)
    server.add_insecure_port(f"unix:{endpoint}")
    server.add_insecure_port(f"unix:{csi.root}/plugins_registry/reg.sock")
    server.start()
    try:
        spec = {"attachRequired": False, "podInfoOnMount": True, "volumeLifecycleModes": ["Persistent", "Ephemeral"]}
        csi.cluster.add(msgspec.convert({"metadata": {"name": NAME}, "spec": spec}, CSIDriver))
        await csi.until(lambda: told == [""])
        assert csi.drivers() == [NAME]
        source = {"driver": NAME, "volumeHandle": "pvc-1"}
        missing = await csi.fails(csi.wanted(csi=source))
        assert missing.endswith("rpc error: code = NotFound desc = there is no volume pvc-1 on this node")
        volumes.make("pvc-1", 1 << 20)
        await csi.clock.advance(1.0)
        found = await csi.mounted(csi.wanted(csi=source))
        (found.path / "file").write_bytes(b"x" * 8192)
        assert (Path(volumes.data("pvc-1")) / "file").stat().st_size == 8192
        space = await csi.csi.space("uid-web", "data", True)
        assert space is not None and (space.capacity, space.abnormal) == (1 << 20, False)
        assert space.used >= 8192 and space.available == space.capacity - space.used and space.inodes_used == 2
        # The kubelet that died in between asks for the same again.
        driver = csi.csi.drivers.get(NAME)
        abilities = await driver.abilities()
        assert CONDITION in abilities and (await driver.node_info()).topology == {f"{NAME}/node": "n1"}
        volumes.remove("pvc-1")
        space = await csi.csi.space("uid-web", "data", True)
        assert space is not None and space.abnormal and "is gone" in space.message
        await csi.csi.unmount("uid-web")
        await csi.until(lambda: not csi.csi._devices)
        assert mounts.mounted_below(csi.root) == []
    finally:
        server.stop(None).wait()


@pytest.mark.root
def test_every_call_may_come_twice(example: Any, tmp_path: Path) -> None:
    volumes = import_module("volumes")
    held = volumes.Volumes(str(tmp_path / "v"))
    node, made = example.Node(held, "n1"), example.csi
    ways = {"csi.storage.k8s.io/ephemeral": "true", "size": "2Mi"}
    target = str(tmp_path / "target")
    publish = made.NodePublishVolumeRequest(volume_id="csi-1", target_path=target, readonly=True, volume_context=ways)
    for _ in range(2):
        node.NodePublishVolume(publish, None)
    assert volumes.is_mounted(target) and held.note("csi-1") == {"size": 2 << 20, "inline": True}
    with pytest.raises(OSError):
        (Path(target) / "file").touch()
    for _ in range(2):
        node.NodeUnpublishVolume(made.NodeUnpublishVolumeRequest(volume_id="csi-1", target_path=target), None)
    assert not Path(target).exists() and not held.exists("csi-1")
    held.make("pvc-1", 5)
    request = made.NodeExpandVolumeRequest(volume_id="pvc-1", capacity_range={"required_bytes": 9})
    for _ in range(2):
        assert node.NodeExpandVolume(request, None).capacity_bytes == 9


@pytest.mark.parametrize("text", ["many", "1.5Gi", "-1", ""])
def test_sizes_that_are_none(example: Any, text: str) -> None:
    with pytest.raises(ValueError, match="is no size"):
        example.amount(text)


def test_names_that_lead_out_of_the_folder(example: Any, tmp_path: Path) -> None:
    held = import_module("volumes").Volumes(str(tmp_path))
    for name in ("../other", ".", "", "a/b"):
        with pytest.raises(ValueError, match="is no volume"):
            held.make(name, 1)
