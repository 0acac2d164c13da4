"""Each rule about the structure of schemas broken once, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.crd.schema_rules import check_schema
from apiserver.registry.errors import Errors

TEXT = {"type": "string"}
BOTH = [{"type": "integer"}, {"type": "string"}]
KEYS = "x-kubernetes-list-map-keys"
LIST = "x-kubernetes-list-type"
MAP = "x-kubernetes-map-type"
KEEP = "x-kubernetes-preserve-unknown-fields"
WHOLE = "x-kubernetes-embedded-resource"
EITHER = "x-kubernetes-int-or-string"
RULES = "x-kubernetes-validations"


def said(schema: dict[str, Any]) -> list[str]:
    errors = Errors()
    check_schema(schema, "s", errors)
    return [str(each) for each in errors]


def field(schema: Any, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": schema}, **more}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "object", "$schema": "x"}, ["s: Invalid value: \"\": OpenAPIV3Schema 'schema' is not supported"]),
        (
            {"type": "object", "additionalProperties": TEXT},
            ["s.additionalProperties: Forbidden: must not be used at the root"],
        ),
        ({"type": "object", EITHER: True}, []),
        (field({"type": "string", EITHER: True}), []),
        (field({"type": "string", KEEP: True}), []),
        (field({EITHER: True, "anyOf": BOTH}), []),
        (field({EITHER: True, "allOf": [{"anyOf": BOTH}, {"minLength": 1}]}), []),
        (
            field({EITHER: True, "anyOf": BOTH[::-1]}),
            [f"s.properties[a].anyOf[{index}].type: Forbidden: must be empty to be structural" for index in range(2)],
        ),
        (
            field({EITHER: True, KEEP: True}),
            [f"s.properties[a].{KEEP}: Invalid value: true: must be false if {EITHER} is true"],
        ),
        (field({}), ["s.properties[a].type: Required value: must not be empty for specified object fields"]),
        ({"type": "array", "items": TEXT}, ['s.type: Invalid value: "array": must be object at the root']),
        (
            field({WHOLE: True, "type": "string"}),
            [
                f"s.properties[a].properties: Required value: must not be empty if {WHOLE} is true without {KEEP}",
                f's.properties[a].type: Invalid value: "string": must be object if {WHOLE} is true',
            ],
        ),
        (
            {"type": "object", "properties": {"metadata": {"type": "object", "description": "x"}}},
            [
                "s.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but "
                "metadata is implicitly specified"
            ],
        ),
        (
            {"type": "object", "properties": {"kind": {"type": "integer"}}},
            ['s.properties[kind].type: Invalid value: "integer": must be string'],
        ),
        (
            {"type": "object", "properties": {"kind": {"type": "string", "default": "x"}}},
            ["s.properties[kind].default: Forbidden: must not be set in top-level kind"],
        ),
        (
            field(TEXT, anyOf=[{"properties": {"b": {"minLength": 1}}}]),
            ["s.properties[b]: Required value: because it is defined in s.anyOf[0].properties[b]"],
        ),
        (
            field(TEXT, allOf=[{"properties": {"metadata": {"properties": {"name": {"maxLength": 1}}}}}]),
            [
                "s.allOf[0].properties[metadata]: Forbidden: must not be specified in a nested context",
                "s.properties[metadata]: Required value: because it is defined in s.allOf[0].properties[metadata]",
            ],
        ),
        (
            field({"type": "string", "not": {"pattern": "("}}),
            [
                's.properties[a].not.pattern: Invalid value: "(": must be a valid regular expression, but isn\'t: '
                "error parsing regexp: missing closing ): `(`"
            ],
        ),
        (
            field({"type": "array", "items": {"type": "object"}, LIST: "set"}),
            [
                f"s.properties[a].items.{MAP}: Invalid value: null: must be atomic as item of a list with {LIST}=set",
            ],
        ),
        (
            field({"type": "array", "items": field(TEXT, required=["a"]), LIST: "map", KEYS: ["a", "a", "z"]}),
            [
                f's.properties[a].{KEYS}: Invalid value: ["a","a","z"]: must not contain duplicate entries',
                f's.properties[a].{KEYS}: Invalid value: ["a","a","z"]: entries must all be names of item properties',
            ],
        ),
    ],
)
def test_structure(schema: dict[str, Any], expected: list[str]) -> None:
    assert said(schema) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"rule": " "}, ["rule: Required value: rule is not specified"]),
        ({"rule": "true", "message": " "}, ['message: Invalid value: " ": must be non-empty if specified']),
        ({"rule": "true", "message": "a\nb"}, ['message: Invalid value: "a\\nb": must not contain line breaks']),
        ({"rule": "true", "fieldPath": ".z"}, ['fieldPath: Invalid value: ".z": must be a valid path']),
        ({"rule": "true", "fieldPath": "['a']"}, []),
        (
            {"rule": "true", "optionalOldSelf": False},
            ["optionalOldSelf: Invalid value: false: may not be set if oldSelf is not used in rule"],
        ),
        ({"rule": "oldSelf == self", "optionalOldSelf": False}, []),
    ],
)
def test_rules(rule: dict[str, Any], expected: list[str]) -> None:
    schema = field({"type": "string", "maxLength": 3}, **{RULES: [rule]})
    assert said(schema) == [f"s.{RULES}[0].{each}" for each in expected]


def test_old_values_of_atomic_maps_cannot_be_told() -> None:
    inner = {"type": "string", "maxLength": 3, RULES: [{"rule": "self == oldSelf"}]}
    assert said(field(field(inner))) == []
    assert said(field(field(inner, **{MAP: "atomic"}))) == [
        f's.properties[a].properties[a].{RULES}[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on '
        "the uncorrelatable portion of the schema within s.properties[a]"
    ]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "default": 1}, ['Invalid value: "integer":  in body must be of type string: "integer"']),
        ({**field(TEXT), "default": {"b": 1, "c": 2}}, ['Invalid value: {"b":1,"c":2}: must not have unknown fields']),
        ({"type": "array", "items": TEXT, LIST: "set", "default": ["a", "a"]}, []),
        (
            {"type": "string", RULES: [{"rule": "self == 'z'"}], "default": "b"},
            ["Invalid value: \"b\": failed rule: self == 'z'"],
        ),
        (
            {"type": "object", WHOLE: True, KEEP: True, "default": {"apiVersion": "v1", "kind": 1}},
            None,
        ),
    ],
)
def test_defaults(schema: dict[str, Any], expected: list[str] | None) -> None:
    if expected is None:
        assert said(field(schema)) == ["s.properties[a].default.kind: Invalid value: 1: must be a string"]
    else:
        assert said(field(schema)) == [f"s.properties[a].default: {each}" for each in expected]


def test_a_fault_in_a_list_by_default_is_told_of_with_a_point() -> None:
    schema = field({"type": "array", "items": TEXT, "default": [1]})
    assert said(schema) == [
        's.properties[a].default.[0]: Invalid value: "integer": [0] in body must be of type string: "integer"'
    ]


def test_rules_about_values_of_no_type_cannot_be_typed() -> None:
    assert said(field({KEEP: True, RULES: [{"rule": "true"}]})) == [
        f"s.properties[a].{RULES}: Internal error: internal error: failed to construct type information for "
        "x-kubernetes-validations rules: unable to convert structural schema to CEL declarations"
    ]
