from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from kubelet.runtime import docker_unpack
from kubelet.volumes.image_files import ImageFiles
from minik8s.api.core_v1 import Pod
from tests.unit.kubelet.world import World, pod_of


def with_volume(policy: str) -> Pod:
    volume = {"name": "v", "image": {"reference": "files:1", "pullPolicy": policy}}
    container = {"name": "c", "image": "img:1", "imagePullPolicy": "Always"}
    return pod_of(containers=[container | {"volumeMounts": [{"name": "v", "mountPath": "/v"}]}], volumes=[volume])


async def test_an_image_is_pulled_for_its_volume_once_for_each_start(world: World) -> None:
    world.runtime.in_registry = {"img:1", "files:1"}
    await world.run(with_volume("Always"))
    assert world.calls("pull_image") == ["files:1", "img:1"]
    world.runtime.end("c", 1)
    await world.until(lambda: world.status().restart_count == 1 and world.status().state.running)
    assert world.calls("pull_image") == ["files:1", "img:1"] * 2
    assert len(world.calls("unpack_image")) == 1


async def test_a_container_waits_for_the_image_of_its_volume(world: World) -> None:
    world.runtime.only_images, world.runtime.in_registry = set(), {"img:1"}
    world.cluster.add(with_volume("IfNotPresent"))
    await world.until(lambda: world.pod().status.container_statuses)
    waiting = world.status().state.waiting
    assert waiting is not None and waiting.reason == "ErrImagePull"
    assert waiting.message == "manifest for files:1 not found: manifest unknown"
    world.runtime.in_registry.add("files:1")
    await world.advance(15)
    await world.until(lambda: world.pod().status.phase == "Running")


async def test_files_stay_while_somebody_uses_them(world: World, tmp_path: Path) -> None:
    files = ImageFiles(tmp_path / "files", world.runtime)
    images = [await world.runtime.image(name) for name in ("one:1", "two:1")]
    assert images[0] is not None and images[1] is not None
    one, two = await files.ready("a", images[0]), await files.ready("b", images[1])
    assert await files.ready("c", images[0]) == one and (one / "image").read_text() == images[0].id
    await files.tidy({"c"}, [])
    assert one.exists() and not two.exists()
    await files.tidy(set(), [f"{one}/sub"])
    assert one.exists()
    await files.tidy(set(), ["/elsewhere"])
    assert list(files.folder.iterdir()) == []


def archive(*members: tuple[str, bytes, int]) -> list[bytes]:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as made:
        for name, data, mode in members:
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), mode
            made.addfile(info, io.BytesIO(data))
    data = held.getvalue()
    return [data[i : i + 700] for i in range(0, len(data), 700)]


def test_an_image_s_files_are_as_in_the_image(tmp_path: Path) -> None:
    names = [
        ("bin/tool", b"x" * 3000, 0o4755),
        ("etc/hosts", b"", 0o755),
        (".dockerenv", b"", 0o755),
        ("a", b"1", 0o666),
    ]
    docker_unpack.write(archive(*names), tmp_path)
    assert (tmp_path / "bin/tool").stat().st_mode & 0o7777 == 0o4755
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o666
    assert not (tmp_path / ".dockerenv").exists() and not (tmp_path / "etc" / "hosts").exists()
    docker_unpack.write(archive(("etc/hosts", b"mine", 0o644)), tmp_path)
    assert (tmp_path / "etc" / "hosts").read_bytes() == b"mine"


def test_an_archive_writes_nothing_elsewhere(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    with pytest.raises(OSError, match="cannot be unpacked"):
        docker_unpack.write(archive(("../outside", b"1", 0o644)), inside)
    assert not (tmp_path / "outside").exists()
