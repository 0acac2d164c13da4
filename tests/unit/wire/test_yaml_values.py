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
        ("{1: a, 1.5: b, y: c, 'n': d}", {"1": "a", "1.5": "b", "true": "c", "n": "d"}),
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
        ("[a]: x", "yaml: invalid map key"),
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
