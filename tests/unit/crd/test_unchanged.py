"""What counts as unchanged when the schema has become stricter: faults of such values are nobody's."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.crd.correlation import ABSENT, unchanged
from apiserver.crd.rules import Run, rules_checker
from apiserver.crd.validation import report
from apiserver.registry.errors import Errors

TEXT: dict[str, Any] = {"type": "string"}
ITEM: dict[str, Any] = {"type": "object", "properties": {"k": TEXT, "v": TEXT}}
KEYED: dict[str, Any] = {
    "type": "array",
    "items": ITEM,
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["k"],
}
PLAIN: dict[str, Any] = {"type": "array", "items": TEXT}
NEVER = [{"rule": "false", "message": "no"}]
A, B = {"k": "a", "v": "1"}, {"k": "b", "v": "2"}


@pytest.mark.parametrize(
    ("schema", "value", "old", "expected"),
    [
        (KEYED, [A, B], [B, A], True),
        (KEYED, [A, B], [A], False),
        (KEYED, [A, A], [A, B], True),
        (KEYED, [A, {"k": "b", "v": "3"}], [A, B], False),
        (KEYED, [A, {"k": "c", "v": "2"}], [A, B], False),
        (PLAIN, ["x", "y"], ["x", "y"], True),
        (PLAIN, ["x", "y"], ["y", "x"], False),
        ({"type": "number"}, 1, 1, True),
        ({"type": "number"}, 1.0, 1, False),
        (TEXT, None, None, True),
        (TEXT, None, "", False),
        (ITEM, A, dict(A), True),
        (ITEM, {**A, "other": 1}, {**A, "other": 1}, False),
        ({"type": "object", "additionalProperties": TEXT}, {"x": "1"}, {"x": "1"}, True),
        ({"type": "object", "additionalProperties": TEXT}, {"x": "1"}, {"y": "1"}, False),
        ({"x-kubernetes-preserve-unknown-fields": True}, {"x": 1}, {"x": 1}, False),
        ({"x-kubernetes-preserve-unknown-fields": True}, [1, "a"], [1, "a"], True),
    ],
)
def test_equal_as_the_schema_sees_it(schema: dict[str, Any], value: Any, old: Any, expected: bool) -> None:
    assert unchanged(schema, value, old) is expected


def _judged(schema: dict[str, Any], value: Any, old: Any) -> tuple[list[str], list[str]]:
    errors, run = Errors(), Run()
    check = rules_checker(schema)
    assert check is not None
    check(value, old, "", errors, run)
    report(schema, value, "", errors, old=old)
    return [str(each) for each in errors], run.warnings


def test_a_rule_of_the_whole_object_holds_for_every_change() -> None:
    schema = {"type": "object", "properties": {"a": TEXT}, "x-kubernetes-validations": NEVER, "minProperties": 5}
    assert _judged(schema, {"a": "x"}, {"a": "x"}) == (
        ["<nil>: Invalid value: no", "<nil>: Invalid value: 1:  in body should have at least 5 properties"],
        [],
    )


def test_a_list_whose_items_have_moved_is_let_be() -> None:
    schema = {"type": "object", "properties": {"l": {**KEYED, "x-kubernetes-validations": NEVER, "maxItems": 1}}}
    assert _judged(schema, {"l": [A, B]}, {"l": [B, A]}) == ([], ["l: Invalid value: no"])
    errors, warnings = _judged(schema, {"l": [A, B]}, ABSENT)
    assert (len(errors), warnings) == (2, [])


def test_a_status_that_stays_is_let_be() -> None:
    schema = {"type": "object", "properties": {"a": TEXT}, "required": ["n"]}
    for status, expected in (({"a": "x"}, 0), ({"a": "y"}, 1)):
        errors = Errors()
        report(schema, status, "status", errors, old={"a": "x"})
        assert len(errors) == expected
