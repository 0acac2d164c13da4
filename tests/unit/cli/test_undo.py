"""What `rollout undo` asks for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from cli import history
from cli.history import CAUSE, REVISION, Revision
from cli.targets import Target

APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def _template(image: str, **labels: str) -> dict[str, Any]:
    return {"metadata": {"labels": {"app": "web"} | labels}, "spec": {"containers": [{"name": "c", "image": image}]}}


def test_a_deployment_gets_template_and_cause_back_whatever_its_version() -> None:
    notes = {REVISION: "2", APPLIED: "{}", CAUSE: "v2", "new": "y"}
    now = {"metadata": {"resourceVersion": "9", "annotations": notes}, "spec": {"template": _template("v2")}}
    kept = {REVISION: "1", "deployment.kubernetes.io/desired-replicas": "3", CAUSE: "v1"}
    then = Revision(
        1, "v1", _template("v1", **{"pod-template-hash": "abc"}), {"metadata": {"name": "web-abc", "annotations": kept}}
    )
    served = cast(Any, SimpleNamespace(resource=SimpleNamespace(kind="Deployment", group="apps")))
    patch, kind = history.undo_patch(Target(served, "ns", "web", now), then)
    assert kind == "json"
    # No test of a version: the controller may have written the status since the object was read.
    assert patch == [
        {"op": "replace", "path": "/spec/template", "value": _template("v1")},
        {"op": "add", "path": "/metadata/annotations", "value": {REVISION: "2", APPLIED: "{}", CAUSE: "v1"}},
    ]


def test_others_get_what_their_revision_says() -> None:
    data = {"spec": {"template": _template("v1")}}
    served = cast(Any, SimpleNamespace(resource=SimpleNamespace(kind="StatefulSet", group="apps")))
    revision = Revision(1, "", _template("v1"), {"metadata": {}, "data": data})
    assert history.undo_patch(Target(served, "ns", "web", {"metadata": {}}), revision) == (data, "strategic")
