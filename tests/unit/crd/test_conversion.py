"""Conversion webhooks: what is said of answers that cannot be used, and of objects that wait."""

from __future__ import annotations

import json
from typing import Any

import pytest

from apiserver.auth.errors import StatusError
from apiserver.crd.conversion import WebhookConversion
from apiserver.crd.converted import ConvertedEntry
from apiserver.crd.forms import ConvertedForm, StoredForm
from apiserver.crd.kind import CustomKind, Names
from apiserver.storage.entry import Entry


@pytest.mark.parametrize(
    ("objects", "why"),
    [
        ([], "returned 0 objects, expected 1"),
        (
            [{"apiVersion": "x/v1", "kind": "Foo", "metadata": {"name": "a"}}],
            "returned invalid object at index 0: invalid groupVersion (expected x.example.com/v2, received x/v1)",
        ),
        (
            [{"apiVersion": "x.example.com/v2", "kind": "Bar", "metadata": {"name": "a"}}],
            "returned invalid object at index 0: invalid kind (expected Foo, received Bar)",
        ),
        (
            [{"apiVersion": "x.example.com/v2", "kind": "Foo"}],
            "returned invalid object: must have the same name: a != ",
        ),
        (
            [{"apiVersion": "x.example.com/v2", "kind": "Foo", "metadata": {"name": "a", "labels": {"b": 1}}}],
            "returned invalid metadata: metadata.labels[b] must be a string, but is int64 in converted object",
        ),
    ],
)
async def test_what_a_conversion_webhook_may_not_return(objects: list[Any], why: str) -> None:
    class Webhook:
        async def call(self, config: Any, body: bytes, seconds: float) -> bytes:
            uid = json.loads(body)["request"]["uid"]
            answer = {"uid": uid, "result": {"status": "Success"}, "convertedObjects": objects}
            review = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "ConversionReview", "response": answer}
            return json.dumps(review).encode()

    convert = WebhookConversion(Webhook(), {"conversionReviewVersions": ["v1"]}, "Foo")
    value = json.dumps({"kind": "Foo", "apiVersion": "x.example.com/v1", "metadata": {"name": "a"}}).encode()
    with pytest.raises(StatusError) as caught:
        await convert([value], "x.example.com/v2")
    assert caught.value.status.message == f"conversion webhook for x.example.com/v1, Kind=Foo {why}"


def test_an_object_that_waits_for_its_conversion_has_a_size() -> None:
    names = Names("x.example.com", "foos", "foo", "Foo", "FooList", True)
    schema = {"schema": {"openAPIV3Schema": {"type": "object"}}}
    kinds = [CustomKind(names, {"name": each}, lambda: schema) for each in ("v1", "v2")]
    stored = StoredForm(
        "Foo", kinds[0].group_version, namespaced=True, decode=kinds[0].decode, select=None, keep_decoded=False
    )
    value = b'{"kind":"Foo","apiVersion":"x.example.com/v1","metadata":{"name":"a"}}'
    source = Entry(stored, "default", "a", stored.wire(value, 7), 7, 7)
    entry = ConvertedEntry(ConvertedForm(kinds[1], None), source)
    assert (entry.ready, entry.size) == (False, len(value))
