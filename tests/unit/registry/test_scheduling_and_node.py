"""Priority classes and runtime classes."""

from __future__ import annotations

import pytest

from tests.support.registry import Kind

PRIORITIES = Kind("scheduling.k8s.io/v1", "priorityclasses")
RUNTIMES = Kind("node.k8s.io/v1", "runtimeclasses")


def test_a_priority_is_filled_in_and_stays() -> None:
    stored = PRIORITIES.stored({"value": 5})
    assert (stored["preemptionPolicy"], stored["metadata"]["generation"]) == ("PreemptLowerPriority", 1)
    assert PRIORITIES.update(stored, {"value": 6, "preemptionPolicy": "Never"})[1] == [
        "value: Forbidden: may not be changed in an update.",
        'preemptionPolicy: Invalid value: "Never": field is immutable',
    ]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("x", 1_000_000_001, "value: Forbidden: maximum allowed value of a user defined priority is 1000000000"),
        (
            "system-x",
            1,
            "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. "
            "error: system-x is not a known system priority class",
        ),
        (
            "system-node-critical",
            1,
            "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. "
            "error: value of system-node-critical PriorityClass must be 2000001000",
        ),
    ],
)
def test_the_highest_priorities_are_the_systems(name: str, value: int, message: str) -> None:
    assert PRIORITIES.create({"metadata": {"name": name}, "value": value})[1] == [message]
    assert PRIORITIES.create({"metadata": {"name": "system-node-critical"}, "value": 2_000_001_000})[1] == []


def test_a_runtime_keeps_its_handler() -> None:
    stored = RUNTIMES.stored({"handler": "runc", "overhead": {"podFixed": {"cpu": "100m"}}})
    assert RUNTIMES.update(stored, {"handler": "kata"})[1] == ['handler: Invalid value: "kata": field is immutable']
    assert RUNTIMES.create({})[1] == ["handler: Required value"]
    tolerations = [
        {"key": "a", "operator": "Exists", "effect": "NoExecute"},
        {"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5},
    ]
    messages = [
        'scheduling.tolerations[1]: Duplicate value: {"Key":"a","Operator":"Exists","Value":"","Effect":"NoExecute",'
        '"TolerationSeconds":5}'
    ]
    bad = {"handler": "runc", "scheduling": {"tolerations": tolerations}}
    assert RUNTIMES.create(bad)[1] == messages
    assert RUNTIMES.update(stored, bad)[1] == messages


def test_some_groups_take_any_finalizer() -> None:
    # Kubernetes asks for a domain in some groups only.
    assert RUNTIMES.create({"metadata": {"finalizers": ["a"]}, "handler": "runc"})[1] == []
    _, errors = PRIORITIES.create({"metadata": {"finalizers": ["a"]}, "value": 1})
    assert errors == [
        'metadata.finalizers[0]: Invalid value: "a": '
        "name is neither a standard finalizer name nor is it fully qualified"
    ]


def test_a_policy_is_one_of_two() -> None:
    assert PRIORITIES.create({"value": 1, "preemptionPolicy": "x"})[1] == [
        'preemptionPolicy: Unsupported value: "x": supported values: "PreemptLowerPriority", "Never"'
    ]
