"""A null field is absent; a null item or value stands for the empty value of its type."""

from __future__ import annotations

import json

from apiserver.coding import decode
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
