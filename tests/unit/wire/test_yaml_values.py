"""Scalars in YAML bodies mean what they mean to sigs.k8s.io/yaml, which reads YAML 1.1 in its own way."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver import yaml_documents
from apiserver.yaml_values import YAMLProblem


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("y", True),
        ("Y", True),
        ("on", True),
        ("n", False),
        ("N", False),
        ("off", False),
        ("yEs", "yEs"),
        ("~", None),
        ("", None),
        ("Null", None),
        ("nUll", "nUll"),
        ("10", 10),
        ("010", 8),
        ("08", 8),
        ("0o17", 15),
        ("0x1F", 31),
        ("-0b11", -3),
        ("1_000", 1000),
        ("+5", 5),
        ("18446744073709551615", 18446744073709551615),
        ("-9223372036854775809", -9223372036854776000),
        ("99999999999999999999999", 1e23),
        ("1.0", 1),
        ("1.5", 1.5),
        ("1e3", 1000),
        (".5", 0.5),
        ("1.", 1),
        ("1e400", "1e400"),
        ("1:20", "1:20"),
        ("12:30:45", "12:30:45"),
        ("2026-01-02", "2026-01-02"),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("=", "="),
        ("1.2.3", "1.2.3"),
        ("0x", "0x"),
        ("-", ["-"]),
        ("'y'", "y"),
        ('"10"', "10"),
        ("!!str 10", "10"),
        ("!!int '10'", 10),
        ("!!float 10", 10),
        ("!!bool n", False),
        ("!!binary aGk=", "hi"),
        ("!mine y", "y"),
        ("!!python/none x", "x"),
        ("!!omap x", "x"),
        ("!!set [y]", [True]),
        ("!mine {y: n}", {"true": False}),
        (".5_0", 0.5),
        ("{1: a, 1.5: b, y: c, 'n': d}", {"1": "a", "1.5": "b", "true": "c", "n": "d"}),
        ("{1e3: a, 1.0: b, 0.1: c, 1e20: d, 1e25: e}", {"1000": "a", "1": "b", "0.1": "c", "1e+20": "d", "1e+25": "e"}),
    ],
)
def test_what_a_value_stands_for(text: str, meant: Any) -> None:
    body = f"a: {text}".encode() if text != "-" else b"a: ['-']"
    found = yaml_documents.load(body)["a"]
    assert found == meant
    assert type(found) is type(meant) or isinstance(found, int)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: !!int x", "yaml: cannot decode !!str `x` as a !!int"),
        ("a: !!bool 5", "yaml: cannot decode !!int `5` as a !!bool"),
        ("a: .nan", "json: unsupported value: NaN"),
        ("a: -.inf", "json: unsupported value: -Inf"),
        ("a: !!binary '*'", "yaml: !!binary value contains invalid base64 data"),
        ("<<: 5", "yaml: map merge requires map or sequence of maps as the value"),
        ("~: x", 'unsupported map key of type: %!s(<nil>), key: <nil>, value: "x"'),
        ("[a, 1, ~]: x", 'yaml: invalid map key: []interface {}{"a", 1, interface {}(nil)}'),
        ("{a: y}: x", 'yaml: invalid map key: map[interface {}]interface {}{"a":true}'),
        ("a: b\nc: *x", "yaml: unknown anchor 'x' referenced"),
        ("a: b\nc: 'x\nd: e\n", "yaml: line 4: found unexpected end of stream"),
        ("a: b\nc: @x", "yaml: line 2: found character that cannot start any token"),
    ],
)
def test_what_stands_for_nothing(text: str, why: str) -> None:
    with pytest.raises(YAMLProblem) as raised:
        yaml_documents.load(text.encode())
    assert str(raised.value) == why


def test_what_is_merged_gives_way_to_what_stands_later() -> None:
    text = b"base: &b {a: 1, b: 2}\nmore: &m {b: 3, c: 4}\nx: {<<: *b, a: 9}\ny: {a: 9, <<: *b}\nz: {<<: [*b, *m]}"
    found = yaml_documents.load(text)
    assert found["x"] == {"a": 9, "b": 2}
    assert found["true"] == {"a": 1, "b": 2}
    assert found["z"] == {"a": 1, "b": 2, "c": 4}


def test_keys_are_in_order() -> None:
    assert list(yaml_documents.load(b"b: 1\na: {d: 1, c: 2}\n10: 3")) == ["10", "a", "b"]


def test_keys_that_stand_twice() -> None:
    assert yaml_documents.duplicate_keys(b"a: 1\n'a':\n  2\n1: x\n'1': y\ny: x\non: z") == [
        'line 3: key "a" already set in map',
        "line 7: key true already set in map",
    ]
    merged = b"x: {a: 9, <<: {a: 1}}\ny: {<<: [{a: 1}, {a: 2}]}"
    assert yaml_documents.duplicate_keys(merged) == [
        'line 1: key "a" already set in map',
        'line 2: key "a" already set in map',
    ]


def test_what_is_no_utf8() -> None:
    with pytest.raises(YAMLProblem, match=r"^yaml: invalid trailing UTF-8 octet$"):
        yaml_documents.load("a: é\nb: c".encode("latin-1"))
