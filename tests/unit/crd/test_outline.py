"""A definition read and written without its schemas being looked at."""

from __future__ import annotations

import msgspec

from apiserver.coding import encode
from apiserver.crd.outline import Outline
from minik8s.api.apiextensions_v1 import CustomResourceDefinition

FULL = {
    "kind": "CustomResourceDefinition",
    "apiVersion": "apiextensions.k8s.io/v1",
    "metadata": {"name": "cats.x.io", "labels": {"a": "b"}, "generation": 3},
    "spec": {
        "group": "x.io",
        "names": {"plural": "cats", "kind": "Cat", "shortNames": ["c"], "categories": ["all"]},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"default": {"é": 1.0}}}}},
                "subresources": {"status": {}, "scale": {"specReplicasPath": ".spec.n", "statusReplicasPath": ".s"}},
                "additionalPrinterColumns": [{"name": "N", "type": "string", "jsonPath": ".spec.n", "priority": 1}],
                "deprecated": True,
                "deprecationWarning": "old",
                "selectableFields": [{"jsonPath": ".spec.n"}],
            },
            {"name": "v2", "served": False, "storage": False},
        ],
        "conversion": {"strategy": "Webhook", "webhook": {"conversionReviewVersions": ["v1"], "clientConfig": {}}},
        "preserveUnknownFields": True,
    },
    "status": {
        "conditions": [{"type": "Established", "status": "True", "reason": "r", "message": "m"}],
        "acceptedNames": {"plural": "cats", "kind": "Cat"},
        "storedVersions": ["v1"],
    },
}


def test_it_is_written_as_the_whole_type_writes_it() -> None:
    whole = msgspec.json.decode(msgspec.json.encode(FULL), type=CustomResourceDefinition)
    wire = encode(whole, "CustomResourceDefinition", "apiextensions.k8s.io/v1")
    read = msgspec.json.decode(wire, type=Outline)
    assert encode(read, "CustomResourceDefinition", "apiextensions.k8s.io/v1") == wire
    assert read.spec.versions[1].schema is None


def test_every_field_of_the_whole_type_is_there() -> None:
    def names(cls: type[msgspec.Struct]) -> list[str]:
        return [field.encode_name for field in msgspec.structs.fields(cls)]

    def inside(cls: type[msgspec.Struct], name: str) -> type[msgspec.Struct]:
        found = next(field.type for field in msgspec.inspect.type_info(cls).fields if field.name == name)  # type: ignore[union-attr]
        found = getattr(found, "item_type", found)
        return found.cls  # type: ignore[union-attr, no-any-return]

    assert names(Outline) == names(CustomResourceDefinition)
    theirs, ours = inside(CustomResourceDefinition, "spec"), inside(Outline, "spec")
    assert names(ours) == names(theirs)
    assert names(inside(ours, "versions")) == names(inside(theirs, "versions"))
