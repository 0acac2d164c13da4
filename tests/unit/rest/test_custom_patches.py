"""Patches of custom objects that make something else of them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from apiserver.auth.errors import StatusError
from apiserver.crd.kind import CustomKind, Names
from apiserver.rest.patch_documents import MERGE_PATCH, read_patch

SCHEMA = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"b": {}, "a": {}}}}}
SAYS = '" is invalid: patch: Invalid value: '


def refused(change: dict[str, Any], validation: str) -> str:
    described = {"schema": {"openAPIV3Schema": SCHEMA}}
    kind = CustomKind(Names("x.io", "foos", "foo", "Foo", "FooList", True), {"name": "v1"}, lambda: described)
    body = b'{"apiVersion":"x.io/v1","kind":"Foo","metadata":{"name":"n"},"spec":{"b":1,"a":2}}'
    old, _ = kind.read(msgspec.json.decode(body), body)
    old.kind, old.api_version = "Foo", "x.io/v1"
    nowhere: Any = None
    patch = read_patch(MERGE_PATCH, msgspec.json.encode(change), nowhere, validation)
    with pytest.raises(StatusError) as raised:
        patch(old, kind.cls)
    assert raised.value.status.code == 422
    return raised.value.status.message


def test_without_a_kind_it_is_nothing() -> None:
    text = '{"apiVersion":"x.io/v1","metadata":{"name":"n"},"spec":{"a":2,"b":1}}'
    quoted = text.replace('"', '\\"')
    assert refused({"kind": None}, "Warn") == f""" "{SAYS}"{quoted}": Object 'Kind' is missing in '{text}'"""


def test_of_another_version_nothing_is_known() -> None:
    change = {"apiVersion": "x.io/v2"}
    assert refused(change, "Strict").endswith('strict decoding error: unknown field "spec"')
    assert refused(change, "Warn").endswith('apiVersion: Invalid value: "x.io/v2": must be x.io/v1')
    assert "must be x.io/v1" in refused({"apiVersion": "y/v1"}, "Strict")


def test_what_is_shown_has_its_keys_in_order() -> None:
    said = refused({"metadata": {"labels": {"z": 1, "a": "x"}}}, "Strict")
    assert r"""\"metadata\":{\"labels\":{\"a\":\"x\",\"z\":1},\"name\":\"n\"},\"spec\":{\"a\":2,\"b\":1}}""" in said
