from __future__ import annotations

from typing import Any

import msgspec

from minik8s.api.core_v1 import Pod
from scheduler.pods.requests import DEFAULT_CPU, DEFAULT_MEMORY, pod_requests
from scheduler.pods.template import template_of
from scheduler.resources import CPU, MEMORY

from .make import pod

MI = 1024 * 1024


def asks(name: str, cpu: str = "", memory: str = "", **more: Any) -> dict[str, Any]:
    requests = {k: v for k, v in (("cpu", cpu), ("memory", memory)) if v}
    return {"name": name, "image": "i", "resources": {"requests": requests}, **more}


def of(spec: dict[str, Any], status: dict[str, Any] | None = None) -> dict[int, int]:
    return pod_requests(msgspec.convert({"metadata": {"name": "p"}, "spec": spec, "status": status or {}}, Pod))[0]


def test_containers_add_up_and_init_containers_take_the_largest() -> None:
    spec = {
        "containers": [asks("a", "100m", "10Mi"), asks("b", "200m", "20Mi")],
        "initContainers": [asks("i", "500m", "5Mi"), asks("j", "50m", "40Mi")],
    }
    assert of(spec) == {CPU: 500, MEMORY: 40 * MI}


def test_sidecars_run_beside_the_rest() -> None:
    spec = {
        "containers": [asks("a", "100m")],
        "initContainers": [
            asks("first", "300m"),
            asks("side", "200m", restartPolicy="Always"),
            asks("later", "150m"),
        ],
    }
    assert of(spec) == {CPU: 350}
    spec["initContainers"] = [asks("side", "200m", restartPolicy="Always"), asks("later", "50m")]
    assert of(spec) == {CPU: 300}


def test_overhead_and_requests_of_the_pod_itself() -> None:
    spec: dict[str, Any] = {"containers": [asks("a", "100m", "10Mi")], "overhead": {"cpu": "50m"}}
    assert of(spec) == {CPU: 150, MEMORY: 10 * MI}
    spec["resources"] = {"requests": {"cpu": "1"}}
    assert of(spec) == {CPU: 1050, MEMORY: 10 * MI}


def test_a_resize_under_way_counts_the_larger() -> None:
    spec = {"containers": [asks("a", "100m")]}
    held = {
        "name": "a",
        "ready": True,
        "restartCount": 0,
        "image": "i",
        "imageID": "",
        "resources": {"requests": {"cpu": "300m"}},
    }
    assert of(spec, {"containerStatuses": [held]}) == {CPU: 300}
    spec = {"containers": [asks("a", "900m")]}
    assert of(spec, {"containerStatuses": [held]}) == {CPU: 900}
    refused = {"type": "PodResizePending", "status": "True", "reason": "Infeasible"}
    assert of(spec, {"containerStatuses": [held], "conditions": [refused]}) == {CPU: 300}


def test_scores_see_defaults_where_nothing_is_asked() -> None:
    found = pod_requests(pod("p", cpu="", memory=""))
    assert found == ({}, {CPU: DEFAULT_CPU, MEMORY: DEFAULT_MEMORY})


def test_pods_of_one_template_share_what_was_read() -> None:
    one, other = pod("a", labels={"app": "x"}), pod("b", labels={"app": "x"})
    assert template_of(one) is template_of(other)
    assert template_of(pod("c", labels={"app": "y"})) is not template_of(one)
    assert template_of(pod("d", cpu="7", labels={"app": "x"})) is not template_of(one)
