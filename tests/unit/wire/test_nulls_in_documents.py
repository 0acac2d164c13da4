"""A null field is absent; a null item or value stands for the empty value of its type."""

from __future__ import annotations

import json

import pytest

from apiserver.auth.errors import StatusError
from apiserver.coding import decode
from minik8s.api.apiextensions_v1 import CustomResourceDefinition
from minik8s.api.core_v1 import ResourceQuota
from minik8s.api.networking_v1 import Ingress, IngressRule, IngressTLS


def test_null_fields_are_absent() -> None:
    found = decode(b'{"metadata":{"name":null},"spec":{"rules":null}}', Ingress, "Ingress")
    assert found == Ingress()


def test_null_items_are_empty_values() -> None:
    document = {"spec": {"rules": [None, {"host": "a"}], "tls": [{"hosts": ["a", None]}, None]}}
    found = decode(json.dumps(document).encode(), Ingress, "Ingress")
    assert found.spec.rules == [IngressRule(), IngressRule(host="a")]
    assert found.spec.tls == [IngressTLS(hosts=["a", ""]), IngressTLS()]


def test_null_values_of_maps_are_empty_values() -> None:
    document = {"metadata": {"labels": {"a": None}}, "spec": {"hard": {"pods": None, "cpu": 1}}}
    found = decode(json.dumps(document).encode(), ResourceQuota, "ResourceQuota")
    assert found.metadata.labels == {"a": ""}
    assert found.spec.hard == {"pods": "0", "cpu": "1"}


def test_a_null_does_not_hide_what_may_be_of_several_types() -> None:
    schema = {
        "type": "object",
        "properties": {
            "list": {"type": "array", "items": {"type": "object", "required": ["a", None]}},
            "lists": {"type": "array", "items": [{"type": "string"}, None]},
            "map": {"type": "object", "additionalProperties": {"enum": None, "type": "string"}},
            "open": {"type": "object", "additionalProperties": True},
        },
    }
    document = {"metadata": {"labels": {"a": None}}, "spec": {"versions": [{"schema": {"openAPIV3Schema": schema}}]}}
    found = decode(json.dumps(document).encode(), CustomResourceDefinition, "CustomResourceDefinition")
    properties = found.spec.versions[0].schema.open_apiv3_schema.properties
    assert properties["list"].items.required == ["a", ""]
    assert [each.type for each in properties["lists"].items] == ["string", ""]
    assert properties["map"].additional_properties.type == "string"
    assert properties["open"].additional_properties is True


def test_a_number_is_no_schema() -> None:
    document = {"spec": {"versions": [{"schema": {"openAPIV3Schema": {"additionalProperties": 5}}}]}}
    with pytest.raises(StatusError, match="boolean or JSON schema expected"):
        decode(json.dumps(document).encode(), CustomResourceDefinition, "CustomResourceDefinition")
