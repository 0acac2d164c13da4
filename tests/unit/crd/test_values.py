"""Values by their schemas as Kubernetes' validator judges them: numbers, alternatives, formats, pruning, lists."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from apiserver.crd.correlation import ABSENT
from apiserver.crd.defaulting import defaulter
from apiserver.crd.kind import CustomKind, Names
from apiserver.crd.list_types import list_checker
from apiserver.crd.metadata import embedded_checker
from apiserver.crd.pruning import pruner
from apiserver.crd.quick_check import checker
from apiserver.crd.rules import Run, rules_checker
from apiserver.crd.schema import RULES
from apiserver.crd.strategy import validate_object
from apiserver.crd.string_formats import CHECKS
from apiserver.crd.validation import report
from apiserver.registry.errors import Errors

TEXT = {"type": "string"}
EITHER = {"x-kubernetes-int-or-string": True}
INTEGER = {"type": "integer"}


def said(schema: dict[str, Any], value: Any) -> list[str]:
    errors = Errors()
    whole = {"type": "object", "properties": {"a": schema}}
    report(whole, {"a": value}, "", errors)
    quick = checker(whole)
    assert not errors or (quick is not None and not quick({"a": value}))
    return [str(each) for each in errors]


def of_type(wanted: str, found: str) -> str:
    return f'a: Invalid value: "{found}": a in body must be of type {wanted}: "{found}"'


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        (TEXT, {}, [of_type("string", "object")]),
        (
            INTEGER,
            1.5,
            [
                of_type("integer", "number"),
                '<nil>: Invalid value: "": Checked value must be of type integer (default format) in a',
            ],
        ),
        ({**INTEGER, "format": "int32"}, True, [of_type("int32", "")]),
        (INTEGER, 1.0, []),
        ({**INTEGER, "format": "int64"}, 1 << 70, None),
        ({"type": "number", "multipleOf": 0.1}, 0.3, []),
        ({"type": "number", "multipleOf": 0.5}, 1.5, []),
        ({"type": "number", "multipleOf": 0.5}, 0.3, ["a: Invalid value: 0.3: a in body should be a multiple of 0.5"]),
        (
            {"type": "number", "multipleOf": 0.5},
            1,
            ["a: Invalid value: 0: factor MultipleOf declared for a must be positive: 0"],
        ),
        ({"type": "string", "nullable": True, "enum": ["x", None]}, None, None),
        ({"type": "string", "nullable": True}, None, []),
        ({"type": "string", "format": "date"}, ["x"], []),
        (EITHER, True, [of_type("integer,string", "boolean")]),
        ({**TEXT, "maxLength": 1, "minLength": 3}, "ab", ["a: Too long: may not be more than 1 byte"]),
    ],
)
def test_values(schema: dict[str, Any], value: Any, expected: list[str] | None) -> None:
    found = said(schema, value)
    assert found if expected is None else found == expected


def test_null_is_no_value_of_an_enum_even_where_it_is_listed() -> None:
    schema = {"type": "string", "nullable": True, "enum": ["x", None]}
    assert said(schema, None) == ['a: Unsupported value: null: supported values: "x", "null"']


def test_of_alternatives_the_one_with_the_most_right_is_told_of() -> None:
    schema = {
        "type": "object",
        "anyOf": [
            {"properties": {"b": {"enum": ["q"]}}},
            {"properties": {"b": {"minLength": 1}, "c": {"minLength": 1}}, "required": ["d"]},
        ],
    }
    assert said(schema, {"b": "x", "c": "y"}) == [
        '<nil>: Invalid value: "": "a" must validate at least one schema (anyOf)',
        "a.d: Required value",
    ]


def test_faults_below_a_place_are_told_of_by_the_whole_path_and_said_by_what_is_below() -> None:
    errors = Errors()
    report({"type": "object", "anyOf": [{"required": ["x"]}]}, {}, "status", errors)
    assert [str(each) for each in errors] == [
        'status: Invalid value: "": "" must validate at least one schema (anyOf)',
        "status.x: Required value",
    ]


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        ("date-time", ["2020-01-01t00:00:00z", "2020-01-01T00:00:00.1+01:00"], ["2020-01-01T00:00:00", "2020-01-01"]),
        ("byte", ["YQ=="], ["", "YQ", "-_8="]),
        ("ipv4", ["1.2.3.4", "01.2.3.4", "::ffff:1.2.3.4"], ["::1", "1.2.3.4/8"]),
        ("ipv6", ["::1"], ["fe80::1%eth0", "1.2.3.4"]),
        ("cidr", ["1.2.3.4/24", "::/0"], ["1.2.3.4", "1.2.3.0/33"]),
        ("email", ["a@b", "a@[1.2.3.4]", "A <a@b.c>"], ["a", "@b"]),
        ("uri", ["/x", "//a", "http://x/y", "urn:a"], ["", "x", "::", "http://a b"]),
        ("hostname", ["a", "a.bc", "é.com"], ["a.b", "a.", "-a", "a.1"]),
        ("creditcard", ["4111111111111111"], ["1234567812345670", "4111111111111112"]),
        ("ssn", ["111-22-3333"], ["111223333"]),
        ("duration", ["1h30m", "22 ns", "1 day", "1s 2s", "3 weeks", "0"], ["x", "1"]),
    ],
)
def test_formats(form: str, good: list[str], bad: list[str]) -> None:
    assert [each for each in good if not CHECKS[form](each)] == []
    assert [each for each in bad if CHECKS[form](each)] == []


def test_what_is_in_a_value_of_another_type_is_pruned_too() -> None:
    schema = {"type": "object", "properties": {"a": TEXT, "l": {"type": "array", "items": TEXT}}}
    prune = pruner(schema)
    assert prune is not None
    value = {"a": {"b": 1, "c": [{"d": 1}]}, "l": {"x": 1}}
    unknown: list[str] = []
    prune(value, "", unknown)
    assert value == {"a": {}, "l": {}}
    assert sorted(unknown) == ["a.b", "a.c", "l.x"]


def test_nulls_with_a_default_stay_for_it() -> None:
    item = {"type": "string", "default": "q"}
    schema = {
        "type": "object",
        "properties": {"l": {"type": "array", "items": item}, "m": {"type": "object", "additionalProperties": item}},
    }
    value = {"l": [None, "x"], "m": {"k": None}}
    prune, default = pruner(schema), defaulter(schema)
    assert prune is not None
    assert default is not None
    prune(value, "", [])
    default(value)
    assert value == {"l": ["q", "x"], "m": {"k": "q"}}


def test_lists_tell_of_a_value_once_and_of_items_that_are_no_objects() -> None:
    keyed = {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"]}
    lists = list_checker({**keyed, "items": {"type": "object", "properties": {"k": TEXT}}})
    assert lists is not None
    errors = Errors()
    lists([{"k": "a"}] * 3, "l", errors)
    lists(["x"], "l", errors)
    assert [str(each) for each in errors] == [
        'l[1]: Duplicate value: {"k":"a"}',
        'l[0]: Invalid value: "x": must be an object for an array of list-type map',
    ]


def test_embedded_objects_are_read_with_typed_heads() -> None:
    whole = {"type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True}
    embedded = embedded_checker({"type": "object", "properties": {"e": whole}})
    assert embedded is not None
    with pytest.raises(ValueError, match=r"^e\.kind: Invalid value: 1: must be a string$"):
        embedded.read({"e": {"apiVersion": "v1", "kind": 1}}, "", [])
    value = {"e": {"apiVersion": "v1", "kind": "A", "metadata": {"name": "x", "foo": 1, "labels": None}}}
    unknown: list[str] = []
    embedded.read(value, "", unknown)
    assert value["e"]["metadata"] == {"name": "x"}
    assert unknown == ["e.metadata.foo"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.0", "1"), ("1e2", "100"), ("1E20", "100000000000000000000"), ("9223372036854775808", "9223372036854776000")],
)
def test_numbers_are_kept_as_go_writes_them(text: str, value: str) -> None:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    described = {"schema": {"openAPIV3Schema": schema}}
    kind = CustomKind(Names("x.io", "foos", "foo", "Foo", "FooList", True), {"name": "v1"}, lambda: described)
    body = f'{{"apiVersion":"x.io/v1","kind":"Foo","metadata":{{"name":"a"}},"n":{text}}}'.encode()
    obj, _ = kind.read(msgspec.json.decode(body), body)
    kind.write_whole(obj)
    assert msgspec.json.encode(obj).decode().endswith(f'"n":{value}}}')


def test_whole_numbers_are_judged_by_how_they_were_written() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "string"}, "i": {"type": "integer"}}}
    kind = CustomKind(
        Names("x.io", "foos", "foo", "Foo", "FooList", True),
        {"name": "v1"},
        lambda: {"schema": {"openAPIV3Schema": schema}},
    )
    body = b'{"apiVersion":"x.io/v1","kind":"Foo","metadata":{"name":"a"},"n":1.0,"i":2.0}'
    obj, _ = kind.read(msgspec.json.decode(body), body)
    errors = Errors()
    validate_object(kind, obj, None, errors)
    assert [str(error) for error in errors] == [
        'n: Invalid value: "number": n in body must be of type string: "number"'
    ]
    kind.write_whole(obj)
    assert msgspec.json.encode(obj).endswith(b'"n":1,"i":2}')


def test_nulls_of_an_applied_configuration_are_values() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}, "d": {"type": "integer", "default": 4}}}
    kind = CustomKind(
        Names("x.io", "foos", "foo", "Foo", "FooList", True),
        {"name": "v1"},
        lambda: {"schema": {"openAPIV3Schema": schema}},
    )
    body = b'{"apiVersion":"x.io/v1","kind":"Foo","metadata":{"name":"a"},"n":null,"d":null}'
    for applied, expected in (
        (False, []),
        (True, ['n: Invalid value: "null": n in body must be of type integer: "null"']),
    ):
        obj, _ = kind.read(msgspec.json.decode(body), body, applied=applied)
        kind.fill(obj)
        errors = Errors()
        validate_object(kind, obj, None, errors)
        assert ([str(error) for error in errors], obj.d) == (expected, 4)


def test_nulls_inside_of_metadata_are_empty_values() -> None:
    whole = {"type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True}
    kind = CustomKind(
        Names("x.io", "foos", "foo", "Foo", "FooList", True),
        {"name": "v1"},
        lambda: {"schema": {"openAPIV3Schema": {"type": "object", "properties": {"e": whole}}}},
    )
    metadata = {"name": "a", "labels": {"a": None, "b": "c"}, "finalizers": [None, "x.y/z"], "uid": None}
    document = {"metadata": metadata, "e": {"apiVersion": "v1", "kind": "Pod", "metadata": metadata}}
    body = msgspec.json.encode(document)
    obj, _ = kind.read(msgspec.json.decode(body), body)
    assert obj.metadata.labels == {"a": "", "b": "c"}
    assert obj.metadata.finalizers == ["", "x.y/z"]
    assert obj.metadata.uid == ""
    assert obj.e["metadata"] == {"name": "a", "labels": {"a": "", "b": "c"}, "finalizers": ["", "x.y/z"]}


def test_a_set_may_have_a_number_written_in_two_ways() -> None:
    check = list_checker({"type": "array", "items": {"type": "number"}, "x-kubernetes-list-type": "set"})
    assert check is not None
    errors = Errors()
    check([1, 1.0, 2], "n", errors)
    assert not errors
    check([1, 2, 1], "n", errors)
    assert [str(error) for error in errors] == ["n[2]: Duplicate value: 1"]


def test_an_int_or_string_written_as_a_fraction_is_neither_to_a_rule() -> None:
    rules = rules_checker({"x-kubernetes-int-or-string": True, RULES: [{"rule": "type(self) == int", "message": "m"}]})
    assert rules is not None
    for value, expected in (
        (1, []),
        ("x", ['a: Invalid value: "x": m']),
        (
            1.0,
            [
                'a: Invalid value: "": invalid data, expected XIntOrString value to be either a string or integer '
                "evaluating rule: m"
            ],
        ),
    ):
        errors = Errors()
        rules(value, ABSENT, "a", errors, Run())
        assert [str(error) for error in errors] == expected
