from __future__ import annotations

import asyncio
import os
from collections.abc import Set
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from kubelet.csi.volumes import CSIVolumes
from kubelet.csi.wanted import Wanted
from kubelet.options import Settings
from kubelet.volumes import atomic, mounts, ownership, sub_path
from kubelet.volumes.atomic import File
from kubelet.volumes.contents import projected_files
from kubelet.volumes.manager import VolumeManager
from kubelet.volumes.types import Mounted, VolumeError, VolumeFailed, VolumeWaits
from minik8s.api.core_v1 import ConfigMap, PersistentVolume, PersistentVolumeClaim, Pod, Secret
from minik8s.api.object_meta import OwnerReference
from minik8s.testing.fake_clock import FakeClock
from tests.unit.kubelet.sources import FixedSources
from tests.unit.kubelet.world import World, pod_of


def test_files_change_all_together(tmp_path: Path) -> None:
    assert atomic.write(tmp_path, {"a": File(b"1", 0o644), "dir/b": File(b"2", 0o600)})
    assert (tmp_path / "a").read_text() == "1" and (tmp_path / "dir" / "b").read_text() == "2"
    assert os.readlink(tmp_path / "a") == "..data/a"
    first = os.readlink(tmp_path / "..data")
    assert not atomic.write(tmp_path, {"a": File(b"1", 0o644), "dir/b": File(b"2", 0o600)})
    assert os.readlink(tmp_path / "..data") == first
    assert atomic.write(tmp_path, {"a": File(b"9", 0o644)})
    assert (tmp_path / "a").read_text() == "9"
    assert not (tmp_path / "dir").exists() and not (tmp_path / first).exists()


def test_a_reader_never_sees_half_of_it(tmp_path: Path) -> None:
    atomic.write(tmp_path, {"a": File(b"1", 0o644), "b": File(b"1", 0o644)})
    held = os.open(tmp_path / "..data", os.O_RDONLY)
    atomic.write(tmp_path, {"a": File(b"2", 0o644), "b": File(b"2", 0o644)})
    assert sorted(os.listdir(held)) == [] or {Path(f"/proc/self/fd/{held}/a").read_text()} == {"1"}
    os.close(held)


def test_sub_paths_stay_inside(tmp_path: Path) -> None:
    volume = tmp_path / "volume"
    volume.mkdir()
    (tmp_path / "secret").mkdir()
    assert sub_path.resolve(volume, "a/b") == volume / "a" / "b"
    (volume / "out").symlink_to(tmp_path / "secret")
    (volume / "in").symlink_to("a")
    assert sub_path.resolve(volume, "in/b") == volume / "a" / "b"
    for bad in ("out", "out/x", "../secret", "/etc"):
        with pytest.raises(VolumeError):
            sub_path.resolve(volume, bad)


def manager(tmp_path: Path, sources: FixedSources) -> VolumeManager:
    return VolumeManager(Settings("n1", ("10.0.0.1",), tmp_path, tmp_path, ()), sources)


async def test_config_maps_with_items_modes_and_updates(tmp_path: Path) -> None:
    sources = FixedSources(config_maps={"m": ConfigMap(data={"k": "v", "x": "y"}, binary_data={"b": b"\x00"})})
    volumes = manager(tmp_path, sources)
    pod = pod_of(
        volumes=[
            {"name": "all", "configMap": {"name": "m"}},
            {"name": "some", "configMap": {"name": "m", "items": [{"key": "k", "path": "d/f", "mode": 256}]}},
            {"name": "gone", "configMap": {"name": "none", "optional": True}},
        ]
    )
    found = await volumes.mount(pod)
    assert {p.name for p in found["all"].path.iterdir() if not p.name.startswith("..")} == {"k", "x", "b"}
    assert found["all"].read_only and (found["all"].path / "b").read_bytes() == b"\x00"
    file = found["some"].path / "d" / "f"
    assert file.read_text() == "v" and file.stat().st_mode & 0o777 == 0o400
    assert [p for p in found["gone"].path.iterdir() if not p.name.startswith("..")] == []
    sources.config_maps["m"] = ConfigMap(data={"k": "new"})
    await volumes.mount(pod)
    assert file.read_text() == "new" and not (found["all"].path / "x").exists()
    await volumes.unmount("uid-web")
    assert volumes.known() == []


@pytest.mark.parametrize(
    ("volume", "message"),
    [
        ({"configMap": {"name": "none"}}, 'configmap "none" not found'),
        ({"secret": {"secretName": "none"}}, 'secret "none" not found'),
        (
            {"configMap": {"name": "m", "items": [{"key": "no", "path": "p"}]}},
            "configmap references non-existent config key: no",
        ),
        ({"hostPath": {"path": "/proc/version", "type": "Directory"}}, "is not a directory"),
        ({"hostPath": {"path": "/proc", "type": "Socket"}}, "is not a socket file"),
    ],
)
async def test_what_cannot_be_mounted(tmp_path: Path, volume: dict[str, object], message: str) -> None:
    sources = FixedSources(config_maps={"m": ConfigMap()})
    with pytest.raises(VolumeError, match=message) as caught:
        await manager(tmp_path, sources).mount(pod_of(volumes=[{"name": "v", **volume}]))
    assert str(caught.value).startswith('MountVolume.SetUp failed for volume "v" : ')


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("none", 'failed to fetch PVC from API server: persistentvolumeclaims "none" not found'),
        ("c", 'failed to fetch PV pv from API server: persistentvolumes "pv" not found'),
    ],
)
async def test_what_is_not_there(tmp_path: Path, named: str, message: str) -> None:
    claim = {"spec": {"volumeName": "pv"}, "status": {"phase": "Bound"}}
    sources = FixedSources(claims={"c": msgspec.convert(claim, PersistentVolumeClaim)})
    pod = pod_of(volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": named}}])
    with pytest.raises(VolumeFailed) as caught:
        await manager(tmp_path, sources).mount(pod)
    assert str(caught.value) == (
        "Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], "
        f"failed to process volumes=[v]: error processing PVC default/{named}: {message}"
    )


async def test_a_claim_that_is_not_ready_is_waited_for_and_then_told(tmp_path: Path) -> None:
    claim = msgspec.convert(
        {"metadata": {"name": "c"}, "spec": {"volumeName": "pv"}, "status": {"phase": "Pending"}}, PersistentVolumeClaim
    )
    volume = {"spec": {"hostPath": {"path": str(tmp_path)}}}
    sources = FixedSources(claims={"c": claim}, volumes={"pv": msgspec.convert(volume, PersistentVolume)})
    clock = FakeClock()
    volumes = VolumeManager(Settings("n1", ("10.0.0.1",), tmp_path, tmp_path, ()), sources, clock=clock)
    gone = {"name": "gone", "persistentVolumeClaim": {"claimName": "none"}}
    pod = pod_of(volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}, gone])

    async def waits() -> float:
        with pytest.raises(VolumeWaits) as caught:
            await volumes.mount(pod, {"v"})
        assert caught.value.again_in is not None
        return caught.value.again_in

    assert await waits() == 0.2
    await clock.advance(2)
    assert await waits() == 2.0
    await clock.advance(1)
    with pytest.raises(VolumeFailed) as caught:
        await volumes.mount(pod)
    assert str(caught.value) == (
        "Unable to attach or mount volumes: unmounted volumes=[gone v], unattached volumes=[], "
        "failed to process volumes=[gone v]: error processing PVC default/c: PVC is not bound; error processing PVC "
        'default/none: failed to fetch PVC from API server: persistentvolumeclaims "none" not found'
    )
    claim.spec.volume_name = ""
    with pytest.raises(VolumeFailed, match="PVC is not bound"):
        await volumes.mount(pod)
    claim.spec.volume_name = "pv"
    claim.status.phase = "Bound"
    claim.metadata.deletion_timestamp = "2026-01-01T00:00:00Z"
    with pytest.raises(VolumeFailed, match="PVC is being deleted"):
        await volumes.mount(pod, {"v"})
    claim.metadata.finalizers = ["kubernetes.io/pvc-protection"]
    assert (await volumes.mount(pod, {"v"}))["v"].path == tmp_path
    claim.spec.volume_name = ""
    assert await waits() == 0.2
    await volumes.unmount("uid-web")
    assert volumes._unready == {}


class Drivers:
    """Volumes of drivers, each with what is raised for it."""

    def __init__(self, **answers: VolumeWaits) -> None:
        self.answers = answers

    async def mount(self, wanted: Wanted) -> Mounted:
        raise self.answers[wanted.name]


async def test_a_pod_is_told_of_all_that_is_long_on_its_way(tmp_path: Path) -> None:
    drivers = Drivers(
        b=VolumeWaits("", 123.0, unattached=True, late=True), a=VolumeWaits("", 0.1, unattached=True),
        c=VolumeWaits("", 0.1),
    )  # fmt: skip
    settings = Settings("n1", ("10.0.0.1",), tmp_path, tmp_path, ())
    volumes = VolumeManager(settings, FixedSources(), cast(CSIVolumes, drivers))
    named = [{"name": name, "csi": {"driver": "d"}} for name in "bac"]
    with pytest.raises(VolumeFailed) as caught:
        await volumes.mount(pod_of(volumes=[*named, {"name": "there", "emptyDir": {}}]))
    assert str(caught.value) == (
        "Unable to attach or mount volumes: unmounted volumes=[a b c], unattached volumes=[a b], "
        "failed to process volumes=[]: context deadline exceeded"
    )
    assert caught.value.again_in == 123.0
    # None is late: the one that is to be looked at first says when.
    with pytest.raises(VolumeWaits) as waits:
        await volumes.mount(pod_of(volumes=named[1:]))
    assert waits.value.again_in == 0.1


async def test_an_ephemeral_volume_is_its_own_pods(tmp_path: Path) -> None:
    claim = msgspec.convert(
        {
            "metadata": {"name": "web-v", "namespace": "default"},
            "spec": {"volumeName": "pv"},
            "status": {"phase": "Bound"},
        },
        PersistentVolumeClaim,
    )
    volume = {"spec": {"hostPath": {"path": str(tmp_path)}}}
    sources = FixedSources(claims={"web-v": claim}, volumes={"pv": msgspec.convert(volume, PersistentVolume)})
    pod = pod_of(volumes=[{"name": "v", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}}])
    with pytest.raises(VolumeError, match="PVC default/web-v was not created for pod default/web .pod is not owner."):
        await manager(tmp_path, sources).mount(pod)
    claim.metadata.owner_references = [
        OwnerReference(api_version="v1", kind="Pod", name="web", uid="uid-web", controller=True)
    ]
    assert (await manager(tmp_path, sources).mount(pod))["v"].path == tmp_path


async def test_host_paths_are_made_where_asked(tmp_path: Path) -> None:
    volumes = manager(tmp_path, FixedSources())
    made = {"DirectoryOrCreate": tmp_path / "d" / "e", "FileOrCreate": tmp_path / "f"}
    pod = pod_of(
        volumes=[{"name": k.lower(), "hostPath": {"path": str(p), "type": k}} for k, p in made.items()],
    )
    await volumes.mount(pod)
    assert made["DirectoryOrCreate"].is_dir() and made["FileOrCreate"].is_file()


async def test_a_claim_leads_to_its_volume(tmp_path: Path) -> None:
    claim = {"spec": {"volumeName": "pv"}, "status": {"phase": "Bound"}}
    volume = {"spec": {"hostPath": {"path": str(tmp_path)}}}
    sources = FixedSources(
        claims={"c": msgspec.convert(claim, PersistentVolumeClaim)},
        volumes={"pv": msgspec.convert(volume, PersistentVolume)},
    )
    pod = pod_of(volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "c", "readOnly": True}}])
    found = await manager(tmp_path, sources).mount(pod)
    assert found["v"].path == tmp_path and found["v"].read_only


@pytest.mark.root
async def test_secrets_and_tokens_stay_in_memory(tmp_path: Path) -> None:
    sources = FixedSources(
        secrets={"s": Secret(data={"password": b"open"})}, config_maps={"ca": ConfigMap(data={"ca.crt": "CA"})}
    )
    volumes = manager(tmp_path, sources)
    projected = {
        "sources": [
            {"serviceAccountToken": {"path": "token", "audience": "api"}},
            {"configMap": {"name": "ca"}},
            {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}]}},
        ]
    }
    pod = pod_of(
        securityContext={"fsGroup": 1234},
        volumes=[
            {"name": "s", "secret": {"secretName": "s", "defaultMode": 288}},
            {"name": "p", "projected": projected},
            {"name": "m", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}},
        ],
    )
    found = await volumes.mount(pod)
    assert len(mounts.mounted_below(tmp_path)) == 3
    secret = found["s"].path / "password"
    assert secret.read_text() == "open"
    assert secret.stat().st_gid == 1234 and secret.stat().st_mode & 0o777 == 0o440
    token = found["p"].path / "token"
    assert token.read_text() == "token-for-api" and token.stat().st_mode & 0o777 == 0o640
    assert (found["p"].path / "namespace").read_text() == "default"
    size = os.statvfs(found["m"].path)
    assert size.f_blocks * size.f_frsize == 1 << 20
    assert found["m"].path.stat().st_mode & 0o7777 == 0o3777
    await volumes.unmount("uid-web")
    assert mounts.mounted_below(tmp_path) == []


@pytest.mark.parametrize(
    ("pod", "expected"),
    [
        ({"securityContext": {"runAsUser": 1000}}, (0o600, 1000)),
        ({"securityContext": {"runAsUser": 1000, "fsGroup": 2000}}, (0o600, 1000)),
        ({"securityContext": {"fsGroup": 2000}}, (0o600, None)),
        ({}, (0o644, None)),
        (
            # A container for looking into the Pod says nothing about who runs it.
            {"securityContext": {"runAsUser": 0}, "ephemeralContainers": [{"name": "debug", "image": "i"}]},
            (0o600, 0),
        ),
        (
            {
                "securityContext": {"runAsUser": 1},
                "initContainers": [{"name": "i", "image": "i", "securityContext": {"runAsUser": 2}}],
            },
            (0o644, None),
        ),
    ],
)
async def test_a_token_is_for_the_user_of_the_containers(pod: dict[str, Any], expected: tuple[int, int | None]) -> None:
    volumes = [{"name": "p", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}]
    made = pod_of(volumes=volumes, **pod)
    assert made.spec.volumes[0].projected is not None
    files = await projected_files(FixedSources(), made, made.spec.volumes[0].projected)
    assert files["token"] == File(b"token-for-", *expected)


@pytest.mark.root
@pytest.mark.parametrize(("kind", "owner"), [("local", 4321), ("hostPath", 0)])
async def test_the_group_of_volumes_owns_local_ones_and_leaves_the_hosts_files(
    tmp_path: Path, kind: str, owner: int
) -> None:
    folder = tmp_path / "held"
    folder.mkdir()
    (folder / "file").touch()
    claim = {"spec": {"volumeName": "pv"}, "status": {"phase": "Bound"}}
    sources = FixedSources(
        claims={"c": msgspec.convert(claim, PersistentVolumeClaim)},
        volumes={"pv": msgspec.convert({"spec": {kind: {"path": str(folder)}}}, PersistentVolume)},
    )
    for read_only, expected in ((True, 0), (False, owner)):
        pod = pod_of(
            securityContext={"fsGroup": 4321},
            volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "c", "readOnly": read_only}}],
        )
        await manager(tmp_path, sources).mount(pod)
        assert {folder.stat().st_gid, (folder / "file").stat().st_gid} == {expected}


class SlowVolumes:
    """Makes volumes when it is let, and counts."""

    def __init__(self) -> None:
        self.mounts = 0
        self.let = asyncio.Event()

    async def mount(self, pod: Pod, used: Set[str] | None = None) -> dict[str, Mounted]:
        self.mounts += 1
        await self.let.wait()
        return {}

    async def unmount(self, uid: str) -> None:
        pass

    def known(self) -> list[str]:
        return []


async def test_what_changes_while_volumes_are_made_is_not_missed(world: World) -> None:
    """The second of two changes came while the files of the first were written, and was taken for seen."""
    assert world.kubelet is not None
    volumes = SlowVolumes()
    volumes.let.set()
    world.kubelet.context.volumes = cast(VolumeManager, volumes)
    await world.run(pod_of())
    assert volumes.mounts == 1
    [worker] = world.kubelet.workers
    volumes.let.clear()
    worker.refresh_volumes()
    await world.until(lambda: volumes.mounts == 2)
    worker.refresh_volumes()
    volumes.let.set()
    await world.until(lambda: volumes.mounts == 3)
    await world.settle()
    assert volumes.mounts == 3 and worker.state.volumes_fresh


@pytest.mark.root
def test_links_are_given_and_not_what_they_lead_to(tmp_path: Path) -> None:
    volume, outside = tmp_path / "volume", tmp_path / "outside"
    (outside / "folder").mkdir(parents=True)
    (outside / "file").touch(0o600)
    (volume / "sub").mkdir(parents=True)
    (volume / "sub" / "program").touch(0o700)
    (volume / "file").symlink_to(outside / "file")
    (volume / "folder").symlink_to(outside / "folder")
    (volume / "broken").symlink_to("nowhere")
    ownership.give(volume, 4321)
    found = {path.name: path.lstat() for path in [volume, *volume.rglob("*")]}
    assert {name for name, held in found.items() if held.st_gid != 4321} == set()
    assert [found[name].st_mode & 0o7777 for name in ("volume", "sub", "program")] == [0o2775, 0o2775, 0o760]
    assert [path.stat().st_gid for path in (outside / "file", outside / "folder")] == [0, 0]
    # A volume that is a link itself is what it leads to.
    (tmp_path / "link").symlink_to(volume)
    ownership.give(tmp_path / "link", 99)
    assert volume.stat().st_gid == 99
