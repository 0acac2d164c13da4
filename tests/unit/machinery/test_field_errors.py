import re

import pytest

from minik8s.api.meta_v1 import LabelSelector, LabelSelectorRequirement
from minik8s.machinery import field_errors, names
from minik8s.machinery.quoting import go_json, go_string, go_value, quote


def test_messages() -> None:
    errors = [
        field_errors.required("spec.a"),
        field_errors.invalid("spec.b", "x\n", "must be y"),
        field_errors.not_supported("spec.c", "green", ["red", "blue"]),
        field_errors.too_many("spec.d", 3, 1),
        field_errors.duplicate("spec.e", {"k": "a"}),
        field_errors.forbidden("spec.f", "not now"),
        field_errors.too_long("spec.g", 1048576),
        field_errors.not_found("spec.h", "v"),
        field_errors.invalid("spec.i", None, "no"),
        field_errors.invalid("spec.j", -1, "no"),
        field_errors.type_invalid("spec.k", True, "no"),
        field_errors.internal_error("spec.l", "oh"),
        field_errors.invalid(
            "s",
            LabelSelector(
                match_labels={"b": "<", "a": ""}, match_expressions=[LabelSelectorRequirement(key="a", operator="In")]
            ),
            "bad",
        ),
        field_errors.invalid("r", field_errors.OMITTED, "no"),
    ]
    assert [error.message for error in errors] == [
        "Required value",
        'Invalid value: "x\\n": must be y',
        'Unsupported value: "green": supported values: "red", "blue"',
        "Too many: 3: must have at most 1 item",
        'Duplicate value: {"k":"a"}',
        "Forbidden: not now",
        "Too long: may not be more than 1048576 bytes",
        'Not found: "v"',
        "Invalid value: null: no",
        "Invalid value: -1: no",
        "Invalid value: true: no",
        "Internal error: oh",
        'Invalid value: {"matchLabels":{"a":"","b":"\\u003c"},"matchExpressions":[{"key":"a","operator":"In"}]}: bad',
        "Invalid value: no",
    ]


def test_the_status_of_an_invalid_object() -> None:
    required = field_errors.required("spec.selector")
    status = field_errors.to_status("Deployment.apps", "dep", [required])
    assert status.message == 'Deployment.apps "dep" is invalid: spec.selector: Required value'
    assert (status.code, status.reason, status.status) == (422, "Invalid", "Failure")
    assert status.details is not None
    assert (status.details.kind, status.details.group, status.details.name) == ("Deployment", "apps", "dep")
    assert [(c.reason, c.field, c.message) for c in status.details.causes] == [
        ("FieldValueRequired", "spec.selector", "Required value")
    ]
    other = field_errors.forbidden("b", "no")
    twice = field_errors.to_status("Scale", "d", [required, other, required], "autoscaling")
    assert twice.message == 'Scale.autoscaling "d" is invalid: [spec.selector: Required value, b: Forbidden: no]'
    assert twice.details is not None
    assert len(twice.details.causes) == 3
    assert field_errors.to_status("Pod", "p", [required, required]).message.endswith(": spec.selector: Required value")
    assert field_errors.to_status("", "", []).message == ' "" is invalid'


def test_paths() -> None:
    path = field_errors.child("spec", "template", "spec")
    assert field_errors.index(field_errors.child(path, "containers"), 1) == "spec.template.spec.containers[1]"
    assert field_errors.key("metadata.labels", "a/b") == "metadata.labels[a/b]"
    assert field_errors.child("", "kind") == "kind"


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ('a"b\\', r'"a\"b\\"'), ("\n\t\x00\x7f", r'"\n\t\x00\x7f"'), ("é☃", '"é☃"'), ("\u200b", r'"\u200b"'),
        ("\udcff", r'"\xff"'),
    ],
)  # fmt: skip
def test_quoting(text: str, quoted: str) -> None:
    assert quote(text) == quoted


def test_values_as_go_prints_them() -> None:
    assert go_value({"b": [1, "x", None], "a": {"c": True}}) == "map[a:map[c:true] b:[1 x <nil>]]"
    assert [go_value(n) for n in (1.0, 1.5, 1e21, 1e20, 1e-5, 0.0001, -2.5e30, 123456.5)] == [
        "1", "1.5", "1e+21", "1e+20", "1e-05", "0.0001", "-2.5e+30", "123456.5",
    ]  # fmt: skip
    assert [go_value(n) for n in (1e6, -1234567.5, 3308164564743712.0, 2**63, 2**63 - 1, -0.0)] == [
        "1e+06", "-1.2345675e+06", "3.308164564743712e+15", "9.223372036854776e+18", "9223372036854775807", "-0",
    ]  # fmt: skip
    assert [go_string(v) for v in ("x", 1, True, None, 0.5, ["a", None, {"b": 2**64}])] == [
        "x", "%!s(int64=1)", "%!s(bool=true)", "%!s(<nil>)", "%!s(float64=0.5)",
        "[a <nil> map[b:%!s(float64=1.8446744073709552e+19)]]",
    ]  # fmt: skip
    assert go_json({"b": "&", "a": [1]}) == '{"a":[1],"b":"\\u0026"}'


def test_names() -> None:
    assert names.dns1123_label("a-1") == []
    assert names.dns1123_label("a.b") == ["must not contain dots"]
    assert names.dns1123_label("a" * 64) == ["must be no more than 63 characters"]
    assert names.dns1123_label("A")[0].endswith(
        "(e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
    )
    assert names.dns1123_subdomain("a.b-c.d") == []
    assert len(names.dns1123_subdomain("A" * 254)) == 2
    assert names.dns1035_label("1a") != []
    assert names.label_key("example.com/a_B") == []
    assert names.label_key("/a") == ["prefix part must be non-empty"]
    assert names.label_key("a/")[0] == "name part must be non-empty"
    assert names.label_key("a/b/c")[0].startswith("a valid label key must consist of")
    assert names.label_key("a" * 64) == ["name part must be no more than 63 bytes"]
    assert names.label_value("") == []
    assert names.label_value("é" * 32)[0] == "must be no more than 63 bytes"
    assert re.fullmatch("web-[bcdfghjklmnpqrstvwxz2456789]{5}", names.generate_name("web-"))
    assert len(names.generate_name("a" * 100)) == 63
