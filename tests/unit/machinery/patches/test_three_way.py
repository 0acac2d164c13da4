"""Three-way merges: what apply sends, and that sending it has the wished effect."""

from __future__ import annotations

from typing import Any

from minik8s.api.apps_v1 import Deployment
from minik8s.machinery.patches import strategic_merge, three_way


def deployment(*containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"spec": spec | {"template": {"spec": {"containers": list(containers)}}}}


def test_nothing_differs() -> None:
    wanted = deployment({"name": "a", "image": "x"}, replicas=1)
    live = deployment({"name": "a", "image": "x", "imagePullPolicy": "Always"}, replicas=1, paused=True)
    assert three_way(wanted, wanted, live, Deployment) == {}


def test_what_others_set_stays_and_what_was_applied_goes() -> None:
    before = deployment({"name": "a", "image": "x"}, replicas=1, minReadySeconds=3)
    wanted = deployment({"name": "a", "image": "y"})
    live = deployment(
        {"name": "a", "image": "x", "imagePullPolicy": "Always"}, {"name": "injected"}, replicas=5, minReadySeconds=3
    )
    patch = three_way(before, wanted, live, Deployment)
    assert patch["spec"]["replicas"] is None and patch["spec"]["minReadySeconds"] is None
    after = strategic_merge(live, patch, Deployment)
    assert after == deployment({"name": "a", "image": "y", "imagePullPolicy": "Always"}, {"name": "injected"})


def test_an_item_left_out_is_deleted() -> None:
    before = deployment({"name": "a", "image": "x"}, {"name": "b", "image": "x"})
    wanted = deployment({"name": "a", "image": "x"})
    patch = three_way(before, wanted, before, Deployment)
    assert strategic_merge(before, patch, Deployment) == wanted


def test_without_a_type_lists_are_replaced() -> None:
    before = {"spec": {"list": [{"name": "a"}], "gone": 1}}
    wanted = {"spec": {"list": [{"name": "b"}]}}
    assert three_way(before, wanted, before) == {"spec": {"list": [{"name": "b"}], "gone": None}}
