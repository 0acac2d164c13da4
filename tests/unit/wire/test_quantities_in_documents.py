"""A quantity is one wherever it stands: what only looks like one is refused where it is read."""

from __future__ import annotations

import json

import pytest

from apiserver import decode_errors
from apiserver.field_checks import unknown_fields
from minik8s.api.resource_v1 import ResourceClaim


@pytest.mark.parametrize(
    ("amount", "odd", "problem"),
    [
        ("1Gi", False, ""),
        ("-1.5", False, ""),
        ("1e3", False, ""),
        (".5", False, ""),
        ("0000000000000000000000000001", True, ""),
        ("1.2.3.4", True, decode_errors._QUANTITY_WRONG),
        ("1mi", True, "unable to parse quantity's suffix"),
        ("", True, decode_errors._QUANTITY_WRONG),
    ],
)
def test_a_quantity_in_a_map(amount: str, odd: bool, problem: str) -> None:
    capacity = {"requests": {"memory": amount}}
    request = {"name": "a", "exactly": {"deviceClassName": "c", "capacity": capacity}}
    document = json.loads(json.dumps({"spec": {"devices": {"requests": [request]}}}))
    assert unknown_fields(document, ResourceClaim)[1] == odd
    assert decode_errors.problem(document, ResourceClaim) == problem
