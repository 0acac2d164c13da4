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


def _described(schema: dict[str, Any]) -> Described:
    return Described("x.v1.Foo", "x", "v1", "Foo", lambda: schema, selectable=(".spec.a",))


def test_an_int_or_string_says_that_it_is_one_of_both() -> None:
    flag, either = {"x-kubernetes-int-or-string": True}, [{"type": "integer"}, {"type": "string"}]
    other = [{"pattern": "x"}, {"minimum": 1}]
    schema = {
        "type": "object",
        "properties": {
            "plain": flag,
            "said": {**flag, "anyOf": either},
            "within": {**flag, "allOf": [{"anyOf": either}, {"anyOf": other}]},
            "more": {**flag, "anyOf": other},
            "list": {"type": "array", "items": flag},
            "text": {"type": "string"},
        },
    }
    made = written(_described(schema), {"$ref": "m"}, None, v2=False)["properties"]
    assert made["plain"] == {**flag, "anyOf": either}
    assert made["said"] == schema["properties"]["said"] and made["within"] == schema["properties"]["within"]
    assert made["more"] == {**flag, "anyOf": other, "allOf": [{"anyOf": either}]}
    assert made["list"]["items"] == {**flag, "anyOf": either}
    assert made["text"] == {"type": "string"}
    assert "anyOf" not in written(_described(schema), {"$ref": "m"}, None, v2=True)["properties"]["plain"]


def test_a_list_says_too_what_can_be_selected_by() -> None:
    item = _described({"type": "object"})
    found = Described("x.v1.FooList", "x", "v1", "FooList", lambda: {}, item=item)
    made = written(found, {"$ref": "m"}, {"$ref": "i"}, v2=False)
    assert made["x-kubernetes-selectable-fields"] == [{"fieldPath": "spec.a"}]
