from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import msgspec
import pytest

from kubelet.csi.layout import Layout
from kubelet.csi.wanted import gives_group
from kubelet.volumes.space import Space
from kubelet.volumes.types import VolumeFailed, VolumeWaits
from minik8s.api.core_v1 import Node, Secret, ServiceAccount
from minik8s.api.storage_v1 import CSIDriver, CSINode, VolumeAttachment
from minik8s.daemon import metrics
from tests.support.csi_driver import CONDITION, GROUP, MULTI_WRITER, STAGE
from tests.unit.kubelet.csi_world import NAME, CSIWorld, csi_world
from tests.unit.kubelet.world import pod_of

IN = grpc.StatusCode.INTERNAL


@pytest.fixture
async def csi(tmp_path: Path) -> AsyncIterator[CSIWorld]:
    async with csi_world(tmp_path) as made:
        made.about()
        await made.register()
        yield made


def layout(csi: CSIWorld) -> Layout:
    return Layout(csi.root)


async def test_a_volume_is_staged_then_published(csi: CSIWorld) -> None:
    found = await csi.mounted(csi.wanted(mountOptions=["noatime"], csi={"fsType": "xfs"}))
    assert csi.driver.names() == ["NodeStageVolume", "NodePublishVolume"]
    stage, publish = csi.driver.last("NodeStageVolume"), csi.driver.last("NodePublishVolume")
    assert stage.staging_target_path == publish.staging_target_path == str(layout(csi).staging(NAME, "h1"))
    assert (
        stage.staging_target_path.endswith("/globalmount")
        and f"/kubernetes.io/csi/{NAME}/" in stage.staging_target_path
    )
    assert publish.target_path == str(found.path)
    assert publish.target_path.endswith("/pods/uid-web/volumes/kubernetes.io~csi/pv/mount")
    for request in (stage, publish):
        assert request.volume_id == "h1" and dict(request.volume_context) == {"a": "1"}
        assert request.volume_capability.access_mode.mode == 1
        assert request.volume_capability.mount.fs_type == "xfs"
        assert list(request.volume_capability.mount.mount_flags) == ["noatime"]
    assert not publish.readonly and not found.read_only
    note = json.loads((found.path.parent / "vol_data.json").read_text())
    assert note["driverName"] == NAME and note["volumeHandle"] == "h1" and note["volumeLifecycleMode"] == "Persistent"
    assert csi.woken == ["uid-web"]


async def test_a_driver_that_stages_nothing_is_not_asked_to(csi: CSIWorld) -> None:
    csi.driver.abilities = ()
    await csi.mounted(csi.wanted())
    assert csi.driver.names() == ["NodePublishVolume"]
    assert csi.driver.last("NodePublishVolume").staging_target_path == ""
    await csi.csi.unmount("uid-web")
    await csi.until(lambda: csi.csi.in_use() == [] and not csi.csi._devices)
    assert csi.driver.names() == ["NodePublishVolume", "NodeUnpublishVolume"]


@pytest.mark.parametrize(
    ("finer", "mode", "number"),
    [
        (False, "ReadWriteOnce", 1), (False, "ReadWriteOncePod", 1), (False, "ReadOnlyMany", 3),
        (False, "ReadWriteMany", 5), (True, "ReadWriteOnce", 7), (True, "ReadWriteOncePod", 6),
    ],
)  # fmt: skip
async def test_ways_of_access(csi: CSIWorld, finer: bool, mode: str, number: int) -> None:
    csi.driver.abilities = (STAGE, MULTI_WRITER) if finer else (STAGE,)
    await csi.mounted(csi.wanted(accessModes=[mode]))
    assert csi.driver.last("NodePublishVolume").volume_capability.access_mode.mode == number


async def test_secrets_go_with_each_request(csi: CSIWorld) -> None:
    csi.cluster.add(msgspec.convert({"metadata": {"name": "s", "namespace": "vault"}, "data": {"k": "djE="}}, Secret))
    reference = {"name": "s", "namespace": "vault"}
    await csi.mounted(csi.wanted(csi={"nodeStageSecretRef": reference, "nodePublishSecretRef": reference}))
    assert dict(csi.driver.last("NodeStageVolume").secrets) == {"k": "v1"}
    assert dict(csi.driver.last("NodePublishVolume").secrets) == {"k": "v1"}


async def test_a_secret_that_is_not_there(csi: CSIWorld) -> None:
    text = await csi.fails(csi.wanted(csi={"nodeStageSecretRef": {"name": "s", "namespace": "vault"}}))
    assert text == (
        'MountVolume.MountDevice failed for volume "pv" : fetching NodeStageSecretRef vault/s failed: '
        'kubernetes.io/csi: failed to find the secret s in the namespace vault with error: secrets "s" not found'
    )


async def test_a_driver_that_wants_to_know_the_pod(csi: CSIWorld) -> None:
    csi.cluster.modify(CSIDriver, NAME, lambda one: setattr(one.spec, "pod_info_on_mount", True))
    await csi.csi._objects.get(NAME)
    await csi.until(lambda: (known := csi.csi._objects.known(NAME)) is not None and known.spec.pod_info_on_mount)
    await csi.mounted(csi.wanted(pod_of(serviceAccountName="robot")))
    told = dict(csi.driver.last("NodePublishVolume").volume_context)
    assert told == {
        "a": "1",
        "csi.storage.k8s.io/pod.name": "web",
        "csi.storage.k8s.io/pod.namespace": "default",
        "csi.storage.k8s.io/pod.uid": "uid-web",
        "csi.storage.k8s.io/serviceAccount.name": "robot",
        "csi.storage.k8s.io/ephemeral": "false",
    }
    assert dict(csi.driver.last("NodeStageVolume").volume_context) == {"a": "1"}


@pytest.fixture
async def attached(tmp_path: Path) -> AsyncIterator[CSIWorld]:
    """A driver without a CSIDriver object: its volumes are attached first."""
    async with csi_world(tmp_path) as made:
        await made.register()
        yield made


async def test_a_volume_is_in_use_first_then_attached_then_mounted(attached: CSIWorld) -> None:
    csi, wanted = attached, attached.wanted()
    with pytest.raises(VolumeWaits):
        await csi.csi.mount(wanted)
    node = csi.cluster.object(Node, "n1")
    assert node is not None and node.status.volumes_in_use == [f"kubernetes.io/csi/{NAME}^h1"]
    assert csi.driver.names() == []
    csi.attach(wanted, attachmentMetadata={"device": "/dev/x"})
    csi.woken.clear()
    csi.csi.node_changed()
    assert csi.woken == ["uid-web"]
    await csi.mounted(wanted)
    for method in ("NodeStageVolume", "NodePublishVolume"):
        assert dict(csi.driver.last(method).publish_context) == {"device": "/dev/x"}
    await csi.csi.unmount("uid-web")
    await csi.until(lambda: csi.csi.in_use() == [])
    node = csi.cluster.object(Node, "n1")
    assert node is not None and node.status.volumes_in_use == []
    assert csi.driver.names()[-2:] == ["NodeUnpublishVolume", "NodeUnstageVolume"]


async def test_what_the_attacher_says_is_passed_on(attached: CSIWorld) -> None:
    wanted = attached.wanted()
    attached.attach(wanted, attached=False, attachError={"message": "no slot"})
    assert await attached.fails(wanted) == 'MountVolume.WaitForAttach failed for volume "pv" : no slot'


async def test_an_attachment_that_is_gone(attached: CSIWorld) -> None:
    wanted = attached.wanted()
    attached.attach(wanted)
    [one] = attached.cluster.objects(VolumeAttachment)
    attached.cluster.remove(VolumeAttachment, one.metadata.name)
    text = await attached.fails(wanted)
    assert text.startswith('MountVolume.WaitForAttach failed for volume "pv" : volume h1 has GET error for volume att')


async def test_a_node_that_takes_no_more_sends_the_pod_away(attached: CSIWorld) -> None:
    csi, wanted = attached, attached.wanted()
    csi.about(attachRequired=True, nodeAllocatableUpdatePeriodSeconds=10_000)
    await csi.csi._objects.get(NAME)
    await csi.until(lambda: csi.csi._objects.known(NAME) is not None)
    with pytest.raises(VolumeWaits):
        await csi.csi.mount(wanted)
    csi.attach(wanted, attached=False, attachError={"message": "full", "errorCode": 8})
    csi.cluster.modify(Node, "n1", lambda node: setattr(node.status, "volumes_attached", []))
    csi.driver.most_volumes = 1
    await csi.clock.advance(124.0)
    with pytest.raises(VolumeFailed, match="Node has reached its volume attachment limit, rejecting pod"):
        await csi.csi.mount(wanted)
    found = csi.cluster.object(CSINode, "n1")
    assert found is not None and found.spec.drivers[0].allocatable is not None
    assert found.spec.drivers[0].allocatable.count == 1


async def test_a_failure_is_told_and_tried_again_after_a_growing_pause(csi: CSIWorld) -> None:
    csi.driver.failures["NodePublishVolume"] = [(IN, "disk on fire"), (IN, "still")]
    wanted = csi.wanted()
    text = await csi.fails(wanted)
    assert text == 'MountVolume.SetUp failed for volume "pv" : rpc error: code = Internal desc = disk on fire'
    place = layout(csi).mount("uid-web", "pv")
    assert not place.parent.exists()
    with pytest.raises(VolumeWaits) as caught:
        await csi.csi.mount(wanted)
    assert caught.value.again_in == 0.5
    await csi.clock.advance(0.5)
    assert "still" in await csi.fails(wanted)
    with pytest.raises(VolumeWaits) as caught:
        await csi.csi.mount(wanted)
    assert caught.value.again_in == 1.0
    await csi.clock.advance(1.0)
    await csi.mounted(wanted)
    assert csi.driver.names() == ["NodeStageVolume", *["NodePublishVolume"] * 3]


async def test_staging_that_failed_for_good_leaves_nothing(csi: CSIWorld) -> None:
    csi.driver.failures["NodeStageVolume"] = [(grpc.StatusCode.INVALID_ARGUMENT, "what?")]
    text = await csi.fails(csi.wanted())
    assert text == 'MountVolume.MountDevice failed for volume "pv" : rpc error: code = InvalidArgument desc = what?'
    assert not layout(csi).staging(NAME, "h1").parent.exists()


async def test_staging_that_may_go_on_is_undone_when_the_pod_ends(csi: CSIWorld) -> None:
    csi.driver.failures["NodeStageVolume"] = [(grpc.StatusCode.DEADLINE_EXCEEDED, "slow")]
    await csi.fails(csi.wanted())
    assert layout(csi).staging(NAME, "h1").exists()
    await csi.csi.unmount("uid-web")
    await csi.until(lambda: "NodeUnstageVolume" in csi.driver.names())
    await csi.until(lambda: not layout(csi).staging(NAME, "h1").parent.exists())


async def test_a_driver_that_is_not_there_yet(tmp_path: Path) -> None:
    async with csi_world(tmp_path) as csi:
        csi.about()
        wanted = csi.wanted()
        text = await csi.fails(wanted)
        assert text == (
            'MountVolume.MountDevice failed for volume "pv" : kubernetes.io/csi: attacher.MountDevice failed to create '
            "newCsiDriverClient: driver name driver.test not found in the list of registered CSI drivers"
        )
        csi.woken.clear()
        await csi.register()
        await csi.until(lambda: csi.woken)
        await csi.mounted(wanted)


async def test_an_inline_volume(csi: CSIWorld) -> None:
    change = {"volumeLifecycleModes": ["Ephemeral"], "podInfoOnMount": True}
    csi.cluster.remove(CSIDriver, NAME)
    csi.about(**change)
    await csi.until(lambda: (one := csi.csi._objects.known(NAME)) is not None and one.spec.pod_info_on_mount)
    found = await csi.mounted(csi.inline(volumeAttributes={"size": "1"}, readOnly=True, fsType="ext4"))
    assert csi.driver.names() == ["NodePublishVolume"] and found.read_only
    request = csi.driver.last("NodePublishVolume")
    assert request.volume_id.startswith("csi-") and len(request.volume_id) == 68 and request.readonly
    assert request.staging_target_path == "" and request.volume_capability.mount.fs_type == "ext4"
    context = dict(request.volume_context)
    assert context["size"] == "1" and context["csi.storage.k8s.io/ephemeral"] == "true"
    await csi.csi.unmount("uid-web")
    assert csi.driver.last("NodeUnpublishVolume").volume_id == request.volume_id
    assert csi.csi.in_use() == []


async def test_a_driver_that_is_not_for_inline_volumes(csi: CSIWorld) -> None:
    assert await csi.fails(csi.inline()) == (
        'MountVolume.SetUp failed for volume "data" : kubernetes.io/csi: mounter.SetupAt failed to check volume '
        'lifecycle mode: volume mode "Ephemeral" not supported by driver driver.test (only supports ["Persistent"])'
    )
    csi.cluster.remove(CSIDriver, NAME)
    await csi.until(lambda: csi.csi._objects.known(NAME) is None)
    await csi.clock.advance(1.0)
    assert "not supported by driver driver.test (no CSIDriver object)" in await csi.fails(csi.inline())


@pytest.mark.parametrize("in_secrets", [False, True])
async def test_tokens_for_drivers_that_ask_for_them(tmp_path: Path, in_secrets: bool) -> None:
    async with csi_world(tmp_path) as csi:
        csi.about(tokenRequests=[{"audience": "vault"}, {"audience": ""}], serviceAccountTokenInSecrets=in_secrets)

        csi.cluster.add(msgspec.convert({"metadata": {"name": "default"}}, ServiceAccount))
        await csi.register()
        await csi.mounted(csi.wanted())
        request = csi.driver.last("NodePublishVolume")
        held, other = (
            (request.secrets, request.volume_context) if in_secrets else (request.volume_context, request.secrets)
        )
        tokens = json.loads(held["csi.storage.k8s.io/serviceAccount.tokens"])
        assert tokens.keys() == {"", "vault"}
        for one in tokens.values():
            assert (
                one["token"].startswith("system:serviceaccount:default:default")
                and one["expirationTimestamp"] == "2026-01-02T04:04:05Z"
            )
        asked = [action.body for action in csi.cluster.actions if action.resource == "serviceaccounts/token"]
        assert [body["spec"].get("audiences") or [] for body in asked] == [["vault"], []]
        assert all(body["spec"]["boundObjectRef"]["uid"] == "uid-web" for body in asked)
        assert "csi.storage.k8s.io/serviceAccount.tokens" not in other


async def test_publishing_anew_keeps_what_is_there_when_it_fails(tmp_path: Path) -> None:
    async with csi_world(tmp_path) as csi:
        csi.about(requiresRepublish=True)
        await csi.register()
        wanted = csi.wanted()
        found = await csi.mounted(wanted)
        assert csi.csi.due() == set()
        await csi.clock.advance(60.0)
        assert csi.csi.due() == {"uid-web"}
        csi.driver.failures["NodePublishVolume"] = [(IN, "not now")]
        assert await csi.csi.mount(wanted) == found
        await csi.until(lambda: csi.events)
        assert csi.events == [
            (
                "Warning",
                "FailedMount",
                'MountVolume.SetUp failed for volume "pv" : rpc error: code = Internal desc = not now',
            )
        ]
        assert found.path.exists() and await csi.csi.mount(wanted) == found
        await csi.clock.advance(60.0)
        await csi.csi.mount(wanted)
        await csi.until(lambda: csi.driver.names().count("NodePublishVolume") == 3)
        assert csi.driver.names().count("NodeStageVolume") == 1


async def test_one_volume_of_two_pods_is_unstaged_after_the_last(csi: CSIWorld) -> None:
    for name in ("a", "b"):
        await csi.mounted(csi.wanted(pod_of(name), accessModes=["ReadWriteMany"]))
    assert csi.driver.names() == ["NodeStageVolume", "NodePublishVolume", "NodePublishVolume"]
    await csi.csi.unmount("uid-a")
    csi.csi.tidy()
    await csi.clock.settle()
    assert csi.driver.names()[3:] == ["NodeUnpublishVolume"]
    await csi.csi.unmount("uid-b")
    await csi.until(lambda: csi.driver.names()[4:] == ["NodeUnpublishVolume", "NodeUnstageVolume"])
    await csi.until(lambda: not layout(csi).staging(NAME, "h1").parent.exists())


async def test_a_volume_for_one_pod_only(csi: CSIWorld) -> None:
    await csi.mounted(csi.wanted(pod_of("a"), accessModes=["ReadWriteOncePod"]))
    assert await csi.fails(csi.wanted(pod_of("b"), accessModes=["ReadWriteOncePod"])) == (
        'MountVolume.SetUp failed for volume "pv" : volume uses the ReadWriteOncePod access mode and is already in use '
        "by another pod"
    )
    await csi.csi.unmount("uid-a")
    await csi.mounted(csi.wanted(pod_of("b"), accessModes=["ReadWriteOncePod"]))


async def test_what_a_driver_does_not_take_back_stays(csi: CSIWorld) -> None:
    found = await csi.mounted(csi.wanted())
    csi.driver.failures["NodeUnpublishVolume"] = [(IN, "busy"), (IN, "busy")]
    with pytest.raises(VolumeFailed) as caught:
        await csi.csi.unmount("uid-web")
    assert str(caught.value) == (
        'UnmountVolume.TearDown failed for volume "pv" : kubernetes.io/csi: Unmounter.TearDownAt failed: rpc error: '
        "code = Internal desc = busy"
    )
    assert caught.value.again_in == 0.5 and found.path.exists() and csi.csi._devices
    with pytest.raises(VolumeFailed, match="busy"):
        await csi.csi.unmount("uid-web")
    # Whoever asks again in the meantime does not make the driver busier.
    assert csi.driver.names().count("NodeUnpublishVolume") == 1
    await csi.clock.advance(0.5)
    with pytest.raises(VolumeFailed) as caught:
        await csi.csi.unmount("uid-web")
    assert caught.value.again_in == 1.0
    await csi.clock.advance(1.0)
    await csi.csi.unmount("uid-web")
    assert not found.path.parent.exists()


async def test_unstaging_is_tried_until_it_is_done(csi: CSIWorld) -> None:
    await csi.mounted(csi.wanted())
    csi.driver.failures["NodeUnstageVolume"] = [(IN, "busy")]
    await csi.csi.unmount("uid-web")
    await csi.until(lambda: "NodeUnstageVolume" in csi.driver.names() and csi.clock.sleepers)
    assert csi.csi._devices
    await csi.clock.advance(0.5)
    await csi.until(lambda: not csi.csi._devices)


async def test_a_pod_that_ends_while_its_volume_is_mounted(csi: CSIWorld) -> None:
    csi.driver.gates["NodePublishVolume"] = asyncio.Event()
    with pytest.raises(VolumeWaits):
        await csi.csi.mount(csi.wanted())
    await csi.until(lambda: "NodePublishVolume" in csi.driver.names())
    ending = asyncio.create_task(csi.csi.unmount("uid-web"))
    await csi.clock.settle()
    assert not ending.done()
    csi.driver.gates["NodePublishVolume"].set()
    await ending
    await csi.until(lambda: not csi.csi._devices)
    assert csi.driver.names()[-2:] == ["NodeUnpublishVolume", "NodeUnstageVolume"]


async def test_after_a_restart_volumes_are_found_again(csi: CSIWorld) -> None:
    wanted = csi.wanted()
    found = await csi.mounted(wanted)
    await csi.stop()
    await csi.start()
    assert csi.csi._devices[(NAME, "h1")].users == {("uid-web", "pv")}
    csi.registrar.told.clear()
    await csi.until(lambda: csi.registrar.told)
    csi.csi.tidy()
    # Made sure of once more, and what is there is not taken away when that fails.
    csi.driver.failures["NodePublishVolume"] = [(IN, "not now")]
    await csi.fails(wanted)
    assert found.path.exists()
    await csi.clock.advance(1.0)
    assert (await csi.mounted(wanted)).path == found.path
    assert "NodeUnstageVolume" not in csi.driver.names()


async def test_after_a_restart_what_pods_that_are_gone_had_is_taken_away(csi: CSIWorld) -> None:
    await csi.mounted(csi.wanted())
    await csi.stop()
    await csi.start()
    csi.registrar.told.clear()
    await csi.until(lambda: csi.registrar.told)
    await csi.csi.unmount("uid-web")
    await csi.until(lambda: not csi.csi._devices)
    assert csi.driver.names()[-2:] == ["NodeUnpublishVolume", "NodeUnstageVolume"]
    assert list((csi.root / "pods" / "uid-web" / "volumes" / "kubernetes.io~csi").iterdir()) == []


async def test_after_a_restart_what_is_only_staged_is_unstaged(csi: CSIWorld) -> None:
    csi.driver.gates["NodePublishVolume"] = asyncio.Event()
    with pytest.raises(VolumeWaits):
        await csi.csi.mount(csi.wanted())
    await csi.until(lambda: "NodePublishVolume" in csi.driver.names())
    await csi.stop()
    note = layout(csi).mount("uid-web", "pv").parent / "vol_data.json"
    note.unlink()
    await csi.start()
    assert csi.csi._devices[(NAME, "h1")].users == set()
    csi.csi.tidy()
    await csi.until(lambda: "NodeUnstageVolume" in csi.driver.names() or csi.clock.sleepers)
    csi.registrar.told.clear()
    await csi.until(lambda: "NodeUnstageVolume" in csi.driver.names() and not csi.csi._devices)


async def test_the_group_is_given_to_a_driver_that_gives_it_to_files(csi: CSIWorld) -> None:
    csi.driver.abilities = (STAGE, GROUP)
    await csi.mounted(csi.wanted(pod_of(securityContext={"fsGroup": 4321})))
    for method in ("NodeStageVolume", "NodePublishVolume"):
        assert csi.driver.last(method).volume_capability.mount.volume_mount_group == "4321"


@pytest.mark.parametrize(
    ("policy", "fs_type", "modes", "read_only", "given"),
    [
        ("File", "", ["ReadWriteMany"], False, True),
        ("File", "", ["ReadWriteMany"], True, False),
        ("None", "ext4", ["ReadWriteOnce"], False, False),
        ("ReadWriteOnceWithFSType", "ext4", ["ReadWriteOnce"], False, True),
        ("ReadWriteOnceWithFSType", "", ["ReadWriteOnce"], False, False),
        ("ReadWriteOnceWithFSType", "ext4", ["ReadWriteMany"], False, False),
        (None, "ext4", ["ReadWriteOncePod"], False, True),
    ],
)
async def test_whose_files_the_kubelet_gives_to_the_group(
    tmp_path: Path, policy: str | None, fs_type: str, modes: list[str], read_only: bool, given: bool
) -> None:
    async with csi_world(tmp_path) as csi:
        pod = pod_of(securityContext={"fsGroup": 4321})
        wanted = csi.wanted(pod, read_only, {"fsType": fs_type}, accessModes=modes)
        about = msgspec.convert({"spec": {"fsGroupPolicy": policy}}, CSIDriver) if policy else None
        assert gives_group(wanted, about) is given
        assert not gives_group(csi.wanted(pod_of(), False, {"fsType": "ext4"}), about)


@pytest.mark.root
async def test_files_are_given_to_the_group(csi: CSIWorld) -> None:
    found = await csi.mounted(csi.wanted(pod_of(securityContext={"fsGroup": 4321}), csi={"fsType": "ext4"}))
    assert found.path.stat().st_gid == 4321 and found.path.stat().st_mode & 0o7070 == 0o2070


@pytest.mark.root
async def test_a_device(csi: CSIWorld) -> None:
    wanted = csi.wanted(volumeMode="Block")
    found = await csi.mounted(wanted)
    plugin = csi.root / "plugins" / "kubernetes.io" / "csi" / "volumeDevices"
    assert found.block and found.path == plugin / "publish" / "pv" / "uid-web"
    stage, publish = csi.driver.last("NodeStageVolume"), csi.driver.last("NodePublishVolume")
    assert stage.staging_target_path == publish.staging_target_path == str(plugin / "staging" / "pv")
    assert publish.volume_capability.HasField("block") and not publish.volume_capability.HasField("mount")
    assert (plugin / "pv" / "dev" / "uid-web").exists()
    link = csi.root / "pods" / "uid-web" / "volumeDevices" / "kubernetes.io~csi" / "pv"
    assert link.readlink() == found.path
    await csi.stop()
    await csi.start()
    assert csi.csi._devices[(NAME, "h1")].users == {("uid-web", "pv")}
    csi.registrar.told.clear()
    await csi.until(lambda: csi.registrar.told)
    await csi.csi.unmount("uid-web")
    await csi.until(lambda: not csi.csi._devices)
    assert csi.driver.names()[-2:] == ["NodeUnpublishVolume", "NodeUnstageVolume"]
    assert sorted(p.name for p in plugin.iterdir()) == ["publish", "staging"] and not link.is_symlink()


async def test_what_is_used_is_shown(csi: CSIWorld) -> None:
    await csi.mounted(csi.wanted())
    expected = Space(available=60, capacity=100, used=40, inodes_free=7, inodes=10, inodes_used=3)
    assert await csi.csi.space("uid-web", "data") == expected
    assert await csi.csi.space("uid-other", "data") is None and await csi.csi.space("uid-web", "other") is None
    place = csi.root / "pods" / "uid-web" / "volumes" / "kubernetes.io~csi" / "pv" / "mount"
    asked = csi.driver.last("NodeGetVolumeStats")
    assert (asked.volume_id, asked.volume_path, asked.staging_target_path) == ("h1", str(place), "")


@pytest.mark.root
async def test_a_device_is_measured_where_it_is_held(csi: CSIWorld) -> None:
    await csi.mounted(csi.wanted(volumeMode="Block"))
    assert await csi.csi.space("uid-web", "data") is not None
    place = csi.root / "plugins" / "kubernetes.io" / "csi" / "volumeDevices" / "pv" / "dev" / "uid-web"
    assert csi.driver.last("NodeGetVolumeStats").volume_path == str(place)
    await csi.csi.unmount("uid-web")


async def test_how_well_a_volume_is_only_some_drivers_tell(csi: CSIWorld) -> None:
    csi.driver.condition = (True, "its disk fails")
    await csi.mounted(csi.wanted())
    found = await csi.csi.space("uid-web", "data", True)
    assert found is not None and found.abnormal is None
    csi.driver.abilities = (*csi.driver.abilities, CONDITION)
    found = await csi.csi.space("uid-web", "data", True)
    assert found is not None and (found.abnormal, found.message) == (True, "its disk fails")
    # Nobody wants to know.
    found = await csi.csi.space("uid-web", "data")
    assert found is not None and found.abnormal is None


async def test_a_driver_that_does_not_measure(csi: CSIWorld) -> None:
    csi.driver.abilities = (STAGE,)
    await csi.mounted(csi.wanted())
    assert await csi.csi.space("uid-web", "data") is None


async def test_calls_to_drivers_are_counted(csi: CSIWorld) -> None:
    csi.driver.failures["NodePublishVolume"] = [(grpc.StatusCode.INTERNAL, "no")]
    await csi.fails(csi.wanted())
    where = {"driver_name": NAME, "method_name": "/csi.v1.Node/NodePublishVolume", "migrated": "false"}

    def count(code: str) -> float | None:
        return metrics.registry().get_sample_value("csi_operations_seconds_count", where | {"grpc_status_code": code})

    failed, before = count("Internal"), count("OK") or 0.0
    assert failed is not None and failed >= 1
    await csi.clock.advance(1)
    await csi.mounted(csi.wanted())
    assert count("Internal") == failed and count("OK") == before + 1


async def test_what_takes_long_is_said_to_be_late(csi: CSIWorld) -> None:
    csi.driver.gates["NodeStageVolume"] = asyncio.Event()

    async def late() -> bool:
        with pytest.raises(VolumeWaits) as caught:
            await csi.csi.mount(csi.wanted())
        assert not caught.value.unattached
        return caught.value.late

    assert not await late()
    await csi.clock.advance(122)
    assert not await late()
    await csi.clock.advance(1)
    # Once, and again after as long a time.
    assert await late() and not await late()
    csi.driver.gates["NodeStageVolume"].set()
    await csi.mounted(csi.wanted())
