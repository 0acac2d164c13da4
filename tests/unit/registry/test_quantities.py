"""Quantities are stored in their canonical form."""

from __future__ import annotations

from tests.support.registry import POD, Kind, merged

PODS = Kind("v1", "pods")
QUOTAS = Kind("v1", "resourcequotas")
VOLUMES = Kind("v1", "persistentvolumeclaims")


def test_quantities_of_a_pod_are_canonical() -> None:
    resources = {"requests": {"cpu": "1000m", "memory": "1024Ki"}, "limits": {"cpu": "1.5", "memory": "1.5Gi"}}
    divided = {"name": "E", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}}
    found, errors = PODS.create({"spec": {"containers": [{**POD["containers"][0], "resources": resources}]}})
    assert errors == []
    assert found["spec"]["containers"][0]["resources"] == {
        "requests": {"cpu": "1", "memory": "1Mi"},
        "limits": {"cpu": "1500m", "memory": "1536Mi"},
    }
    found, errors = PODS.create({"spec": {"containers": [{**POD["containers"][0], "env": [divided]}]}})
    assert errors == []
    assert found["spec"]["containers"][0]["env"][0]["valueFrom"]["resourceFieldRef"]["divisor"] == "0"


def test_another_spelling_of_a_quantity_is_no_change() -> None:
    stored = QUOTAS.stored({"spec": {"hard": {"requests.cpu": "1"}}})
    changed, errors = QUOTAS.update(stored, {"spec": {"hard": {"requests.cpu": "1000m"}}})
    assert (errors, changed) == ([], merged(stored, {}))
