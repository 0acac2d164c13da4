from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from kubelet.housekeeping import Housekeeping
from kubelet.images import credentials_in, default_tag, registry_of
from kubelet.node import machine
from tests.unit.kubelet.world import World, pod_of


def test_names() -> None:
    assert default_tag("nginx") == "nginx:latest"
    assert default_tag("localhost:5000/a/b") == "localhost:5000/a/b:latest"
    assert default_tag("a:v1") == "a:v1"
    assert registry_of("nginx:1") == "docker.io"
    assert registry_of("library/nginx") == "docker.io"
    assert registry_of("registry.example.com/a") == "registry.example.com"
    assert registry_of("localhost:5000/a") == "localhost:5000"


def test_credentials() -> None:
    auth = base64.b64encode(b"me:secret").decode()
    data = {".dockerconfigjson": json.dumps({"auths": {"https://r.example.com/v1/": {"auth": auth}}}).encode()}
    found = credentials_in(data, "r.example.com")
    assert found is not None and (found.username, found.password) == ("me", "secret")
    assert credentials_in(data, "docker.io") is None
    assert credentials_in({".dockerconfigjson": b"no json"}, "docker.io") is None


def with_image(image: str, policy: str = "IfNotPresent") -> object:
    return pod_of(containers=[{"name": "c", "image": image, "imagePullPolicy": policy}])


async def test_an_absent_image_is_pulled(world: World) -> None:
    world.runtime.only_images, world.runtime.in_registry = set(), {"img:1"}
    await world.run(with_image("img:1"))  # type: ignore[arg-type]
    assert world.calls("pull_image") == ["img:1"]
    await world.until(lambda: "Pulled" in world.reasons())
    assert any(m.startswith('Successfully pulled image "img:1" in ') for _, m in world.events())


async def test_always_pulls_each_time_and_only_once(world: World) -> None:
    world.runtime.in_registry = {"img:1"}
    await world.run(with_image("img:1", "Always"))  # type: ignore[arg-type]
    assert world.calls("pull_image") == ["img:1"]
    world.runtime.end("c", 1)
    await world.until(lambda: world.status().restart_count == 1 and world.status().state.running)
    assert world.calls("pull_image") == ["img:1", "img:1"]


async def test_a_failed_pull_backs_off(world: World) -> None:
    world.runtime.only_images = set()
    world.cluster.add(with_image("img:1"))
    await world.until(lambda: world.pod().status.container_statuses)
    assert world.status().state.waiting.reason == "ErrImagePull"
    assert world.status().state.waiting.message == "manifest for img:1 not found: manifest unknown"
    await world.advance(1)
    waiting = world.status().state.waiting
    assert waiting.reason == "ImagePullBackOff"
    assert waiting.message.startswith('Back-off pulling image "img:1": ErrImagePull: manifest for img:1')
    assert len(world.calls("pull_image")) == 1
    await world.advance(10)
    assert len(world.calls("pull_image")) == 2
    world.runtime.in_registry = {"img:1"}
    await world.advance(21)
    await world.until(lambda: world.pod().status.phase == "Running")
    assert ("Failed", "Error: ImagePullBackOff") in world.events()


async def test_a_bad_name(world: World) -> None:
    world.cluster.add(with_image("Not A Name"))
    await world.until(lambda: world.pod().status.container_statuses)
    waiting = world.status().state.waiting
    assert waiting.reason == "InvalidImageName"
    assert waiting.message == (
        'Failed to apply default image tag "Not A Name": couldn\'t parse image name "Not A Name": '
        "invalid reference format"
    )


@pytest.mark.parametrize(
    ("context", "user", "message"),
    [
        ({"runAsNonRoot": True}, "", "container has runAsNonRoot and image will run as root"),
        ({"runAsNonRoot": True}, "web", "container has runAsNonRoot and image has non-numeric user (web)"),
        ({"runAsNonRoot": True, "runAsUser": 0}, "", "container's runAsUser breaks non-root policy"),
    ],
)
async def test_who_must_not_be_root(world: World, context: dict[str, object], user: str, message: str) -> None:
    world.runtime.image_users["img:1"] = user
    world.cluster.add(pod_of(containers=[{"name": "c", "image": "img:1", "securityContext": context}]))
    await world.until(lambda: world.pod().status.container_statuses)
    waiting = world.status().state.waiting
    assert waiting.reason == "CreateContainerConfigError" and waiting.message.startswith(message)


async def test_unused_images_go_when_the_disk_is_full(world: World, tmp_path: Path) -> None:
    world.runtime.only_images = {"img:1", "old:1"}
    await world.run(with_image("img:1"))  # type: ignore[arg-type]
    kubelet = world.kubelet
    assert kubelet is not None
    keeper = Housekeeping(kubelet.context, kubelet.workers, kubelet.references, lambda: True, str(tmp_path))
    await keeper.free_images(force=True)
    assert world.runtime.only_images == {"img:1"}


@pytest.mark.parametrize(("high", "left"), [(85, {"img:1"}), (100, {"img:1", "old:1"})])
async def test_images_stay_on_a_full_disk_where_nothing_is_to_be_removed_for_it(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, high: int, left: set[str]
) -> None:
    world.runtime.only_images = {"img:1", "old:1"}
    await world.run(with_image("img:1"))  # type: ignore[arg-type]
    kubelet = world.kubelet
    assert kubelet is not None
    kubelet.context.config.image_gc_high_threshold_percent = high
    monkeypatch.setattr(machine, "disk", lambda path: (1 << 40, 0, 1, 1))
    keeper = Housekeeping(kubelet.context, kubelet.workers, kubelet.references, lambda: True, str(tmp_path))
    await keeper.free_images()
    await world.advance(kubelet.context.config.seconds("image_minimum_gc_age") + 1)
    await keeper.free_images()
    assert world.runtime.only_images == left
