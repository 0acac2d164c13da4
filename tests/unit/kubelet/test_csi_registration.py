from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest

from minik8s.api.core_v1 import Node
from minik8s.api.storage_v1 import CSINode
from tests.support.csi_driver import Registrar
from tests.unit.kubelet.csi_world import NAME, CSIWorld, csi_world


@pytest.fixture
async def csi(tmp_path: Path) -> AsyncIterator[CSIWorld]:
    async with csi_world(tmp_path) as made:
        yield made


def node(csi: CSIWorld) -> Node:
    found = csi.cluster.object(Node, "n1")
    assert found is not None
    return found


async def test_a_node_has_its_csi_node_before_any_driver(csi: CSIWorld) -> None:
    await csi.until(lambda: csi.cluster.object(CSINode, "n1"))
    found = csi.cluster.object(CSINode, "n1")
    assert found is not None and found.spec.drivers == []
    assert [(one.kind, one.uid) for one in found.metadata.owner_references] == [("Node", "uid-n1")]
    assert "kubernetes.io/gce-pd" in found.metadata.annotations["storage.alpha.kubernetes.io/migrated-plugins"]


async def test_the_cluster_is_told_of_a_driver(csi: CSIWorld) -> None:
    csi.driver.most_volumes, csi.driver.topology = 7, {"zone": "z1"}
    await csi.register()
    found = csi.cluster.object(CSINode, "n1")
    assert found is not None
    [driver] = found.spec.drivers
    assert (driver.name, driver.node_id, driver.topology_keys) == (NAME, "node-1", ["zone"])
    assert driver.allocatable is not None and driver.allocatable.count == 7
    assert node(csi).metadata.labels == {"zone": "z1"}
    assert node(csi).metadata.annotations == {"csi.volume.kubernetes.io/nodeid": '{"driver.test":"node-1"}'}


async def test_a_driver_whose_socket_goes_is_forgotten(csi: CSIWorld) -> None:
    await csi.register()
    assert csi.drivers() == [NAME]
    await csi.registrar.stop()
    await csi.until(lambda: not csi.drivers() and not node(csi).metadata.annotations)


async def test_a_driver_that_comes_again_is_told_again(csi: CSIWorld) -> None:
    await csi.register()
    await csi.registrar.stop()
    csi.driver.node_id = "node-2"
    csi.registrar.told.clear()
    await csi.registrar.start()
    await csi.until(lambda: csi.registrar.told == [(True, "")])
    found = csi.cluster.object(CSINode, "n1")
    assert found is not None and found.spec.drivers[0].node_id == "node-2"


async def test_sockets_in_folders_count_and_hidden_ones_do_not(csi: CSIWorld) -> None:
    registry = csi.settings.root_dir / "plugins_registry"
    hidden = Registrar(registry / ".hidden.sock", str(csi.driver.socket), "hidden.test")
    inner = Registrar(registry / "folder" / "inner.sock", str(csi.driver.socket), "inner.test")
    await csi.driver.start()
    await hidden.start()
    await inner.start()
    await csi.register()
    await csi.until(lambda: (True, "") in inner.told)
    assert sorted(csi.drivers()) == [NAME, "inner.test"] and hidden.told == []
    await inner.stop()
    await hidden.stop()


@pytest.mark.parametrize(
    ("kind", "versions", "message"),
    [
        ("DevicePlugin", ["1.0.0"], "no handler registered for plugin type: DevicePlugin at socket "),
        ("CSIPlugin", [], "Plugin returned an empty list for supported versions"),
        ("CSIPlugin", ["2.0.0"], 'None of the versions specified ["2.0.0"] are supported'),
        ("CSIPlugin", ["0.3.0"], "highest supported version reported is 0.3.0, must be v1.x"),
    ],
)
async def test_plugins_that_are_not_taken_in(csi: CSIWorld, kind: str, versions: list[str], message: str) -> None:
    csi.registrar.info.type = kind
    del csi.registrar.info.supported_versions[:]
    csi.registrar.info.supported_versions.extend(versions)
    await csi.driver.start()
    await csi.registrar.start()
    await csi.until(lambda: csi.registrar.told)
    registered, error = csi.registrar.told[0]
    assert not registered and error.startswith("RegisterPlugin error -- ") and message in error
    assert csi.drivers() == []


async def test_a_second_driver_of_the_same_name_is_refused(csi: CSIWorld) -> None:
    await csi.register()
    other = Registrar(csi.settings.root_dir / "plugins_registry" / "other.sock", str(csi.driver.socket))
    await other.start()
    await csi.until(lambda: other.told)
    assert "Another driver with the same name is already registered" in other.told[0][1]
    await other.stop()
    assert csi.drivers() == [NAME]


async def test_a_driver_that_does_not_answer_yet_is_tried_again(csi: CSIWorld) -> None:
    csi.driver.failures["NodeGetInfo"] = [(grpc.StatusCode.INTERNAL, "not yet")]
    await csi.driver.start()
    await csi.registrar.start()
    await csi.until(lambda: csi.registrar.told)
    assert csi.registrar.told == [
        (
            False,
            "RegisterPlugin error -- plugin registration failed with err: rpc error: code = Internal desc = not yet",
        )
    ]
    assert csi.drivers() == []
    await csi.until(lambda: csi.clock.sleepers)
    await csi.clock.advance(0.5)
    await csi.until(lambda: csi.drivers() == [NAME])


async def test_a_place_that_contradicts_the_node_is_refused(csi: CSIWorld) -> None:
    csi.cluster.modify(Node, "n1", lambda node: node.metadata.labels.update(zone="z9"))
    csi.driver.topology = {"zone": "z1"}
    await csi.driver.start()
    await csi.registrar.start()
    while not csi.registrar.told:
        await csi.clock.advance(0.1)
        await asyncio.sleep(0.002)
    assert 'detected topology value collision: driver reported "zone":"z1"' in csi.registrar.told[0][1]


async def test_the_csi_node_of_an_earlier_node_makes_room(tmp_path: Path) -> None:
    async with csi_world(tmp_path) as csi:
        await csi.until(lambda: csi.cluster.object(CSINode, "n1"))
        csi.cluster.modify(Node, "n1", lambda node: setattr(node.metadata, "uid", "uid-new"))
        await csi.register()
        found = csi.cluster.object(CSINode, "n1")
        assert found is not None and found.metadata.owner_references[0].uid == "uid-new"


async def test_a_driver_is_asked_for_its_limit_as_often_as_its_object_says(csi: CSIWorld) -> None:
    csi.about(nodeAllocatableUpdatePeriodSeconds=30)
    csi.driver.most_volumes = 3
    await csi.register()

    def count() -> int | None:
        found = csi.cluster.object(CSINode, "n1")
        assert found is not None and found.spec.drivers[0].allocatable is not None
        return found.spec.drivers[0].allocatable.count

    assert count() == 3
    csi.driver.most_volumes = 5
    await csi.clock.advance(29.0)
    assert count() == 3
    await csi.clock.advance(1.0)
    await csi.until(lambda: count() == 5)


def test_without_drivers_nothing_of_grpc_is_loaded() -> None:
    import subprocess

    script = "import sys, kubelet.core, kubelet.csi.volumes; sys.exit('grpc' in sys.modules or 'google' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0
