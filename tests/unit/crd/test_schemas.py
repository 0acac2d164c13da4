"""Schemas at work: pruning, defaults, validation in both its forms, list types, rules; what definitions may say."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.crd.cel_types import Types
from apiserver.crd.correlation import ABSENT
from apiserver.crd.defaulting import defaulter
from apiserver.crd.list_types import list_checker
from apiserver.crd.pruning import pruner
from apiserver.crd.quick_check import checker
from apiserver.crd.rules import Run, rules_checker
from apiserver.crd.schema_rules import check_schema
from apiserver.crd.validation import report
from apiserver.registry.errors import Errors

NAME = {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^[a-z]+$"}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["spec"],
    "properties": {
        "spec": {
            "type": "object",
            "required": ["size"],
            "properties": {
                "size": {"type": "integer", "minimum": 1, "maximum": 10, "multipleOf": 1},
                "name": NAME,
                "mode": {"type": "string", "enum": ["on", "off"], "default": "off"},
                "maybe": {"type": "string", "nullable": True},
                "port": {"x-kubernetes-int-or-string": True},
                "when": {"type": "string", "format": "date-time"},
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                "labels": {"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 2},
                "tags": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
                "items": {
                    "type": "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["k"],
                    "items": {
                        "type": "object",
                        "required": ["k"],
                        "properties": {"k": {"type": "string"}, "v": {"type": "integer", "default": 7}},
                    },
                },
            },
        },
    },
}


def widget(**spec: Any) -> dict[str, Any]:
    return {"spec": {"size": 1, **spec}}


def faults(document: Any, old: Any = ABSENT, schema: dict[str, Any] = SCHEMA) -> list[str]:
    errors = Errors()
    report(schema, document, "", errors, old=old)
    check = checker(schema)
    if old is ABSENT:
        # The quick form and the one that words the faults agree.
        assert check is not None and check(document) == (not errors)
    return [str(error) for error in errors]


def test_what_is_unknown_goes_and_nulls_too() -> None:
    prune = pruner(SCHEMA, root=True)
    assert prune is not None
    document = {
        "metadata": {"name": "a"},
        "zzz": 1,
        "spec": {
            "size": None,
            "maybe": None,
            "free": {"any": {"thing": None}},
            "labels": {"a": "b", "c": None},
            "items": [{"k": "a", "w": 1}],
        },
    }
    unknown: list[str] = []
    prune(document, "", unknown)
    assert unknown == ["zzz", "spec.items[0].w"]
    assert document == {
        "metadata": {"name": "a"},
        "spec": {"maybe": None, "free": {"any": {"thing": None}}, "labels": {"a": "b"}, "items": [{"k": "a"}]},
    }


def test_defaults_reach_into_lists_and_are_not_shared() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "array", "items": NAME, "default": ["xx"]}}}
    default = defaulter(schema)
    assert default is not None
    one: dict[str, Any] = {}
    other: dict[str, Any] = {}
    default(one)
    default(other)
    one["a"].append("yy")
    assert other == {"a": ["xx"]}
    document = widget(items=[{"k": "a"}, {"k": "b", "v": 1}])
    fill = defaulter(SCHEMA)
    assert fill is not None
    fill(document)
    assert document["spec"]["items"] == [{"k": "a", "v": 7}, {"k": "b", "v": 1}]
    assert document["spec"]["mode"] == "off"


@pytest.mark.parametrize(
    ("document", "messages"),
    [
        (widget(maybe=None, port="http", when="2026-01-02T03:04:05Z", free={"x": [None]}), []),
        ({}, ["spec: Required value"]),
        ({"spec": "a"}, ['spec: Invalid value: "string": spec in body must be of type object: "string"']),
        (widget(size=11), ["spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10"]),
        (widget(size=0), ["spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1"]),
        (
            widget(size=True),
            ['spec.size: Invalid value: "boolean": spec.size in body must be of type integer: "boolean"'],
        ),
        (widget(size=2.0), []),
        (widget(name="x"), ['spec.name: Invalid value: "x": spec.name in body should be at least 2 chars long']),
        (widget(name="abcde"), ["spec.name: Too long: may not be more than 4 bytes"]),
        (widget(name="AB"), ["spec.name: Invalid value: \"AB\": spec.name in body should match '^[a-z]+$'"]),
        (widget(mode="x"), ['spec.mode: Unsupported value: "x": supported values: "on", "off"']),
        (
            widget(port=1.5),
            ['spec.port: Invalid value: "number": spec.port in body must be of type integer,string: "number"'],
        ),
        (widget(when="x"), ['spec.when: Invalid value: "x": spec.when in body must be of type date-time: "x"']),
        (widget(labels={"a": "1", "b": "2", "c": "3"}), ["spec.labels: Too many: 3: must have at most 2 items"]),
        (
            widget(labels={"a": 1}),
            ['spec.labels.a: Invalid value: "integer": spec.labels.a in body must be of type string: "integer"'],
        ),
        (widget(items=[{}]), ["spec.items[0].k: Required value"]),
    ],
)
def test_validation_says_what_is_wrong(document: dict[str, Any], messages: list[str]) -> None:
    assert faults(document) == messages


def test_alternatives() -> None:
    one = {"oneOf": [{"required": ["a"]}, {"required": ["b"]}], "type": "object"}
    assert faults({"a": 1}, schema=one) == []
    assert faults({"a": 1, "b": 1}, schema=one) == [
        '<nil>: Invalid value: "": "" must validate one and only one schema (oneOf). Found 2 valid alternatives'
    ]
    never = {"type": "object", "not": {"required": ["a"]}}
    assert faults({"a": 1}, schema=never) == ['<nil>: Invalid value: "": "" must not validate the schema (not)']
    both = {"allOf": [{"minimum": 2}, {"maximum": 4}], "type": "integer"}
    assert faults(3, schema=both) == []
    assert len(faults(5, schema=both)) == 2
    some = {"anyOf": [{"minimum": 5}, {"maximum": 1}], "type": "integer"}
    assert faults(7, schema=some) == []
    assert faults(3, schema=some)[0] == '<nil>: Invalid value: "": "" must validate at least one schema (anyOf)'


def test_what_was_wrong_before_may_stay() -> None:
    old = widget(name="x", items=[{"k": "a", "v": "bad"}], tags=[1])
    assert faults({**old}, old) == []
    moved = widget(name="x", mode="bad", items=[{"k": "b"}, {"k": "a", "v": "bad"}], tags=[1, "a"])
    # Items of a map are known by their key; those of a set are not.
    assert sorted(faults(moved, old)) == [
        'spec.mode: Unsupported value: "bad": supported values: "on", "off"',
        'spec.tags[0]: Invalid value: "integer": spec.tags[0] in body must be of type string: "integer"',
    ]


def test_nothing_stands_twice_in_sets_and_maps() -> None:
    check = list_checker(SCHEMA)
    assert check is not None
    errors = Errors()
    check(widget(tags=["a", "b", "a"], items=[{"k": "a"}, {"k": "a", "v": 1}]), "", errors)
    assert sorted(map(str, errors)) == [
        'spec.items[1]: Duplicate value: {"k":"a"}',
        'spec.tags[2]: Duplicate value: "a"',
    ]


def ruled(rules: list[dict[str, Any]], new: Any, old: Any = ABSENT, **properties: Any) -> list[str]:
    schema = {
        "type": "object",
        "properties": properties or {"a": {"type": "integer"}},
        "x-kubernetes-validations": rules,
    }
    check = rules_checker(schema)
    assert check is not None
    errors = Errors()
    check(new, old, "spec", errors, Run())
    return [str(error) for error in errors]


def test_rules_have_messages_reasons_and_paths() -> None:
    rule = {"rule": "self.a < 5"}
    assert ruled([rule], {"a": 4}) == []
    assert ruled([rule], {"a": 5}) == ["spec: Invalid value: failed rule: self.a < 5"]
    assert ruled([{**rule, "message": "small!"}], {"a": 5}) == ["spec: Invalid value: small!"]
    said = {**rule, "message": "small!", "messageExpression": "'not ' + string(self.a)"}
    assert ruled([said], {"a": 5}) == ["spec: Invalid value: not 5"]
    forbidden = {**rule, "reason": "FieldValueForbidden", "fieldPath": ".a", "message": "no"}
    assert ruled([forbidden], {"a": 5}) == ["spec.a: Forbidden: no"]
    assert ruled([{**rule, "reason": "FieldValueRequired"}], {"a": 5}) == [
        "spec: Required value: failed rule: self.a < 5"
    ]


def test_transition_rules_wait_for_an_old_value() -> None:
    grows = {"rule": "self.a >= oldSelf.a"}
    assert ruled([grows], {"a": 1}) == []
    assert ruled([grows], {"a": 1}, {"a": 2}) == ["spec: Invalid value: failed rule: self.a >= oldSelf.a"]
    asks = {"rule": "!oldSelf.hasValue() || self.a > oldSelf.value().a", "optionalOldSelf": True}
    assert ruled([asks], {"a": 1}) == []
    assert len(ruled([asks], {"a": 1}, {"a": 1})) == 1


def test_a_broken_rule_about_what_has_not_changed_is_let_be() -> None:
    assert ruled([{"rule": "self.a < 5"}], {"a": 9}, {"a": 9}) == []
    assert len(ruled([{"rule": "self.a < 5"}], {"a": 8}, {"a": 9})) == 1


def test_what_stands_in_a_list_that_has_not_changed_is_let_be_too() -> None:
    inner = {
        "type": "object",
        "properties": {"n": {"type": "integer", "x-kubernetes-validations": [{"rule": "self > 5"}]}},
    }
    listed = {"type": "array", "items": inner}
    check = rules_checker({"type": "object", "properties": {"l": listed, "z": {"type": "integer"}}})
    assert check is not None
    for new, expected in (
        ([{"n": 1}], []),
        ([{"n": 1}, {"n": 9}], ["l[0].n: Invalid value: 1: failed rule: self > 5"]),
    ):
        errors, run = Errors(), Run()
        check({"l": new, "z": 1}, {"l": [{"n": 1}], "z": 0}, "", errors, run)
        assert [str(error) for error in errors] == expected
        assert len(run.warnings) == (not expected)


def test_null_is_no_old_value() -> None:
    stays = {"type": "string", "nullable": True, "x-kubernetes-validations": [{"rule": "self == oldSelf"}]}
    check = rules_checker({"type": "object", "properties": {"a": stays}})
    assert check is not None
    for old, faults in ((None, 0), ("x", 1)):
        errors = Errors()
        check({"a": "y"}, {"a": old}, "", errors, Run())
        assert len(errors) == faults


def test_places_of_faults_are_written_as_messages_have_them() -> None:
    inside = {"m": {"type": "object", "additionalProperties": {"type": "string"}}, "x-y": {"type": "string"}}
    for where, told in ((".m.k", "spec.m[k]"), (".m['a-b']", "spec.m[a-b]"), ("['x-y']", "spec.x-y")):
        assert ruled([{"rule": "false", "message": "no", "fieldPath": where}], {}, **inside) == [
            f"{told}: Invalid value: no"
        ]
    check = rules_checker(
        {"type": "object", "x-kubernetes-validations": [{"rule": "false", "message": "no"}]}, root=True
    )
    assert check is not None
    errors = Errors()
    check({}, ABSENT, "", errors, Run())
    assert [str(error) for error in errors] == ["<nil>: Invalid value: no"]


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ({"rule": "self.any == 1"}, "undefined field 'any'"),
        ({"rule": "self.namespace == 'x' && self.__namespace__ == 'x'"}, ""),
        ({"rule": "true", "messageExpression": "self.ios"}, "messageExpression must evaluate to a string"),
        ({"rule": "self.ios"}, "cel expression must evaluate to a bool"),
        ({"rule": "type(self.ios) == string && self.ios.contains('%')"}, ""),
        ({"rule": "type(self.ios) == type(self.ios)"}, "estimated rule cost exceeds budget"),
        ({"rule": "self.?s == optional.of('x')"}, "estimated rule cost exceeds budget"),
        ({"rule": "self.lm == self.o"}, "'(list(selfType1.lm.@idx), selfType1.o)'"),
    ],
)
def test_what_expressions_see(rule: dict[str, Any], fault: str) -> None:
    inner = {"type": "object", "properties": {"k": {"type": "string"}}}
    properties = {
        "any": {"x-kubernetes-preserve-unknown-fields": True},
        "namespace": {"type": "string", "maxLength": 9},
        "ios": {"x-kubernetes-int-or-string": True, "maxLength": 9},
        "s": {"type": "string", "maxLength": 9},
        "lm": {"type": "array", "maxItems": 9, "items": inner},
        "o": inner,
    }
    found = judged({"type": "object", "properties": properties, "x-kubernetes-validations": [rule]})
    assert any(fault in each for each in found) if fault else found == []


def test_a_message_counts_once_wherever_its_rule_is_run() -> None:
    rule = {"rule": "true", "messageExpression": "'no ' + self.a"}
    item = {
        "type": "object",
        "properties": {"a": {"type": "string", "maxLength": 1000}},
        "x-kubernetes-validations": [rule],
    }
    assert judged({"type": "object", "properties": {"list": {"type": "array", "items": item}}}) == []
    dear = {**item, "x-kubernetes-validations": [{"rule": "self.a + self.a != 'no'"}]}
    found = judged({"type": "object", "properties": {"list": {"type": "array", "items": dear}}})
    assert any("estimated rule cost exceeds budget" in each for each in found)


def test_only_what_is_dear_is_named_when_all_together_is_too_dear() -> None:
    rules = [{"rule": "self.b < 3", "messageExpression": "'not ' + string(self.b)"}, {"rule": "self.b != 7"}]
    schema = {"type": "object", "properties": {"b": {"type": "integer"}}, "x-kubernetes-validations": rules}
    named = [each.partition(":")[0] for each in judged(schema) if "contributed to" in each]
    assert len(named) == 1 and named[0].endswith("x-kubernetes-validations[0].messageExpression")


def test_a_whole_number_written_as_a_fraction_is_no_integer_to_its_rules() -> None:
    check = rules_checker({"type": "integer", "x-kubernetes-validations": [{"rule": "self > 3"}]})
    assert check is not None
    errors = Errors()
    check(4.0, ABSENT, "a", errors, Run())
    said = 'a: Invalid value: "integer": invalid data, expected int, got float64 evaluating rule: self > 3'
    assert [str(error) for error in errors] == [said]


def test_a_rule_that_costs_too_much_is_stopped() -> None:
    many = {"type": "array", "items": {"type": "integer"}}
    rule = {"rule": "self.l.all(x, self.l.all(y, self.l.all(z, x + y + z >= 0)))"}
    found = ruled([rule], {"l": list(range(300))}, l=many)
    assert len(found) == 1 and "call cost exceeds limit" in found[0]


def holding(child: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": child}}


def judged(schema: dict[str, Any]) -> list[str]:
    errors = Errors()
    check_schema(schema, "s", errors)
    return [str(error) for error in errors]


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"type": "array", "items": {"type": "string"}}, 's.type: Invalid value: "array": must be object at the root'),
        ({"properties": {"a": {}}}, "s.type: Required value: must not be empty at the root"),
        ({"type": "object", "uniqueItems": True}, "s.uniqueItems: Forbidden: uniqueItems cannot be set to true"),
        (holding({"$ref": "#"}), "s.properties[a].$ref: Forbidden: $ref is not supported"),
        (
            {"type": "object", "properties": {"a": {"type": "string", "pattern": "(a"}}},
            's.properties[a].pattern: Invalid value: "(a": must be a valid regular expression, but isn\'t: '
            "error parsing regexp: missing closing ): `(a`",
        ),
        (
            holding({"type": "array", "items": {"type": "object"}, "x-kubernetes-list-type": "set"}),
            "s.properties[a].items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with",
        ),
        (
            holding({"type": "integer", "x-kubernetes-validations": [{"rule": "self > 'a'"}]}),
            "compilation failed",
        ),
        (
            {"type": "object", "oneOf": [{"properties": {"b": {"minLength": 1}}}]},
            "s.properties[b]: Required value: because it is defined in s.oneOf[0].properties[b]",
        ),
    ],
)
def test_a_bad_schema_is_refused(schema: dict[str, Any], message: str) -> None:
    assert any(message in each for each in judged(schema)), judged(schema)


def test_a_good_schema_is_taken() -> None:
    assert judged(SCHEMA) == []


def test_a_schema_too_deep_is_refused_at_once() -> None:
    schema: dict[str, Any] = {"type": "object"}
    for _ in range(5000):
        schema = {"type": "object", "properties": {"a": schema}}
    assert judged(schema) == ["s: Forbidden: schemas may not be nested deeper than 100 levels"]


def test_rules_on_unbounded_lists_of_lists_are_over_budget() -> None:
    inner = {
        "type": "array",
        "items": {"type": "string"},
        "x-kubernetes-validations": [{"rule": "self.all(s, s == 'constant')"}],
    }
    schema = {"type": "object", "properties": {"x": {"type": "array", "items": inner}}}
    found = judged(schema)
    assert found and "exceeds budget by factor of more than 100x" in found[0]
    inner["maxItems"] = 10
    inner["items"] = {"type": "string", "maxLength": 10}
    schema["properties"]["x"]["maxItems"] = 10  # type: ignore[index]
    assert judged(schema) == []


def test_old_values_of_list_items_cannot_be_asked_for() -> None:
    item = {"type": "integer", "x-kubernetes-validations": [{"rule": "self >= oldSelf"}]}
    found = judged({"type": "object", "properties": {"x": {"type": "array", "maxItems": 3, "items": item}}})
    assert any(
        "oldSelf cannot be used on the uncorrelatable portion of the schema within s.properties[x]" in each
        for each in found
    )


def test_types_of_expressions_know_how_large_values_get() -> None:
    types = Types()
    assert types.of({"type": "string", "maxLength": 5}).size == 20
    assert types.of({"type": "string", "enum": ["a", "bcd"]}).size == 3
    assert types.of({"type": "array", "items": {"type": "boolean"}, "maxItems": 4}).size == 4
