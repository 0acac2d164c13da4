"""PodDisruptionBudgets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.registry import Kind

BUDGETS = Kind("policy/v1", "poddisruptionbudgets")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            {"minAvailable": 1, "maxUnavailable": 1, "selector": {}},
            'spec: Invalid value: {"MinAvailable":1,"Selector":{},"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}'
            ": minAvailable and maxUnavailable cannot be both set",
        ),
        ({"minAvailable": -1}, "spec.minAvailable: Invalid value: -1: must be greater than or equal to 0"),
        ({"maxUnavailable": "101%"}, 'spec.maxUnavailable: Invalid value: "101%": must not be greater than 100%'),
        (
            {"unhealthyPodEvictionPolicy": "Never"},
            'spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", '
            '"IfHealthyBudget"',
        ),
    ],
)
def test_a_bad_budget_is_refused(spec: dict[str, Any], message: str) -> None:
    assert BUDGETS.create({"spec": spec})[1] == [message]


def test_a_budget_may_change_and_keeps_its_status() -> None:
    stored = BUDGETS.stored({"spec": {"minAvailable": 1, "selector": {"matchLabels": {"a": "b"}}}})
    changed, errors = BUDGETS.update(stored, {"spec": {"minAvailable": "50%"}, "status": {"expectedPods": 3}})
    assert (errors, changed["metadata"]["generation"], changed["status"]["expectedPods"]) == ([], 2, 0)
    _, errors = BUDGETS.update(stored, {"status": {"disruptionsAllowed": -1, "conditions": [{"type": "a"}]}}, "status")
    assert errors == [
        'status.conditions[0].status: Unsupported value: "": supported values: "False", "True", "Unknown"',
        "status.conditions[0].lastTransitionTime: Required value",
        "status.conditions[0].reason: Required value",
        "status.disruptionsAllowed: Invalid value: -1: must be greater than or equal to 0",
    ]
