"""Custom kinds in OpenAPI: the old form says of a schema what kubectl of any age understands."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.openapi.described import Described, written

META = {"$ref": "#/definitions/ObjectMeta"}
GVK = [{"group": "example.com", "kind": "Thing", "version": "v1"}]
OPEN = "x-kubernetes-preserve-unknown-fields"


def document(schema: dict[str, Any], v2: bool = True) -> dict[str, Any]:
    return written(Described("com.example.v1.Thing", "example.com", "v1", "Thing", lambda: schema), META, None, v2=v2)


def test_a_kind_that_keeps_unknown_fields_names_none_in_v2() -> None:
    schema = {"type": "object", "description": "Anything", OPEN: True, "properties": {"spec": {"type": "object"}}}
    assert document(schema) == {"type": "object", "x-kubernetes-group-version-kind": GVK}
    assert document(schema, v2=False)["properties"].keys() == {"apiVersion", "kind", "metadata", "spec"}
    assert document(schema, v2=False)[OPEN] is True


@pytest.mark.parametrize(
    ("schema", "old"),
    [
        ({"type": "string", "default": "x", "anyOf": [{"pattern": "a"}]}, {"type": "string"}),
        ({"type": "object", "nullable": True, "properties": {"a": {"type": "string"}}}, {}),
        ({"type": "object", OPEN: True, "properties": {"a": {"type": "string"}}}, {OPEN: True}),
        ({"type": "array", OPEN: True, "items": {"type": "string"}}, {OPEN: True}),
        (
            {
                "type": "object",
                "required": ["a", "b"],
                "properties": {"a": {"type": "integer"}, "b": {"nullable": True}},
            },
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}, "b": {}}},
        ),
        (
            {"type": "object", "x-kubernetes-validations": [{"rule": "true"}]},
            {"type": "object", "x-kubernetes-validations": [{"rule": "true"}]},
        ),
    ],
)
def test_the_old_form_of_a_schema(schema: dict[str, Any], old: dict[str, Any]) -> None:
    assert document({"type": "object", "properties": {"spec": schema}})["properties"]["spec"] == old
