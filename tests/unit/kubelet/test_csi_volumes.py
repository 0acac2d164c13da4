"""How volumes of drivers come to a Pod: staged, published, and tried again where that fails."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import grpc
import msgspec
import pytest

from kubelet.volumes.types import VolumeWaits
from minik8s.api.core_v1 import Secret, ServiceAccount
from minik8s.api.storage_v1 import CSIDriver
from tests.support.csi_driver import MULTI_WRITER, STAGE
from tests.unit.kubelet.csi_world import NAME, CSIWorld, csi_world, layout
from tests.unit.kubelet.world import pod_of

IN = grpc.StatusCode.INTERNAL


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
