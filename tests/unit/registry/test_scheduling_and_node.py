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
    tolerations = [{"key": "a", "operator": "Exists"}] * 2
    _, errors = RUNTIMES.create({"handler": "runc", "scheduling": {"tolerations": tolerations}})
    assert errors == ['scheduling.tolerations[1]: Duplicate value: {"key":"a","operator":"Exists"}']
