"""CustomResourceDefinitions as objects, and claims for devices."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.registry import Kind

DEFINITIONS = Kind("apiextensions.k8s.io/v1", "customresourcedefinitions")
V1 = "resource.k8s.io/v1"
CLAIMS = Kind(V1, "resourceclaims")
TEMPLATES = Kind(V1, "resourceclaimtemplates")
CLASSES = Kind(V1, "deviceclasses")
SLICES = Kind(V1, "resourceslices")


def version(name: str = "v1", *, storage: bool = True) -> dict[str, Any]:
    schema = {"openAPIV3Schema": {"type": "object"}}
    return {"name": name, "served": True, "storage": storage, "schema": schema}


def definition(*versions: dict[str, Any], **spec: Any) -> dict[str, Any]:
    base = {"group": "x.example.com", "names": {"kind": "Foo", "plural": "foos"}, "scope": "Namespaced"}
    return {
        "metadata": {"name": "foos.x.example.com"},
        "spec": {**base, "versions": list(versions) or [version()], **spec},
    }


def test_names_of_a_definition_are_filled_in_and_its_storage_is_remembered() -> None:
    stored = DEFINITIONS.stored(definition())
    assert stored["spec"]["names"] == {"kind": "Foo", "listKind": "FooList", "plural": "foos", "singular": "foo"}
    assert stored["spec"]["conversion"] == {"strategy": "None"}
    assert stored["status"]["storedVersions"] == ["v1"]
    moved = {"spec": {"versions": [version(storage=False), version("v2")]}}
    changed, errors = DEFINITIONS.update(stored, moved)
    assert (errors, changed["status"]["storedVersions"], changed["metadata"]["generation"]) == ([], ["v1", "v2"], 2)
    changed["metadata"]["resourceVersion"] = "2"
    assert DEFINITIONS.update(changed, {"spec": {"versions": [version("v2")]}})[1] == [
        'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously a storage '
        "version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v1 "
        "and removes v1 from status.storedVersions"
    ]
    # Who migrates objects says so in the status.
    assert DEFINITIONS.update(changed, {"status": {"storedVersions": ["v2"]}}, "status")[1] == []
    (error,) = DEFINITIONS.update(changed, {"status": {"acceptedNames": {"kind": "a b"}}}, "status")[1]
    assert error.startswith('status.acceptedNames.kind: Invalid value: "a b": may have mixed case')


def test_a_definition_names_its_kind_in_all_ways() -> None:
    document = definition(names={"plural": "foos"}, conversion={})
    assert DEFINITIONS.create(document)[1] == [
        "spec.names.singular: Required value",
        "spec.names.kind: Required value",
        "spec.names.listKind: Required value",
        "spec.conversion.strategy: Required value",
    ]


def test_a_served_kind_keeps_its_scope() -> None:
    stored = DEFINITIONS.stored(definition())
    assert DEFINITIONS.update(stored, {"spec": {"scope": "Cluster"}})[1] == []
    stored["status"]["conditions"] = [{"type": "Established", "status": "True"}]
    assert DEFINITIONS.update(stored, {"spec": {"scope": "Cluster"}})[1] == [
        'spec.scope: Invalid value: "Cluster": field is immutable'
    ]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            {**definition(), "metadata": {"name": "bars.x.example.com"}},
            'metadata.name: Invalid value: "bars.x.example.com": must be spec.names.plural+"."+spec.group',
        ),
        (definition(scope="Foo"), 'spec.scope: Unsupported value: "Foo": supported values: "Cluster", "Namespaced"'),
        (
            definition(version(), version("v2")),
            'status.storedVersions: Invalid value: ["v1"]: must have the storage version v2',
        ),
    ],
)
def test_a_bad_definition_is_refused(document: dict[str, Any], message: str) -> None:
    assert message in DEFINITIONS.create(document)[1]


def claim(*requests: dict[str, Any], **devices: Any) -> dict[str, Any]:
    return {"spec": {"devices": {"requests": list(requests), **devices}}}


GPU = {"name": "gpu", "exactly": {"deviceClassName": "gpu.example.com"}}


def test_a_claim_is_filled_in_and_stays() -> None:
    stored = CLAIMS.stored(claim(GPU))
    exactly = stored["spec"]["devices"]["requests"][0]["exactly"]
    assert (exactly["allocationMode"], exactly["count"]) == ("ExactCount", 1)
    _, errors = CLAIMS.update(stored, claim({**GPU, "name": "other"}))
    assert len(errors) == 1
    assert errors[0].startswith('spec: Invalid value: {"Devices":')
    made, errors = TEMPLATES.create({"spec": claim(GPU)})
    assert (errors, made["spec"]["spec"]["devices"]["requests"][0]["exactly"]["count"]) == ([], 1)


@pytest.mark.parametrize(
    ("document", "messages"),
    [
        (
            claim({"name": "a"}),
            [
                "spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required",
            ],
        ),
        (
            claim(GPU, GPU),
            ['spec.devices.requests[1]: Duplicate value: "gpu"'],
        ),
        (
            claim({"name": "a", "exactly": {"deviceClassName": "c", "allocationMode": "All", "count": 2}}),
            [
                "spec.devices.requests[0].exactly.count: Invalid value: 2: must not be specified when allocationMode "
                "is 'All'"
            ],
        ),
        (
            claim(GPU, config=[{"requests": ["x"], "opaque": {"driver": "d.example.com", "parameters": {"a": 1}}}]),
            [
                'spec.devices.config[0].requests[0]: Invalid value: "x": must be the name of a request in the claim '
                "or the name of a request and a subrequest separated by '/'"
            ],
        ),
    ],
)
def test_a_bad_claim_is_refused(document: dict[str, Any], messages: list[str]) -> None:
    assert CLAIMS.create(document)[1] == messages


def test_who_uses_a_claim_needs_an_allocation() -> None:
    stored = CLAIMS.stored(claim(GPU))
    user = [{"resource": "pods", "name": "p", "uid": "1"}]
    assert CLAIMS.update(stored, {"status": {"reservedFor": user}}, "status")[1] == [
        "status.reservedFor: Forbidden: may not be specified when `allocated` is not set"
    ]
    allocation = {"devices": {"results": [{"request": "gpu", "driver": "d", "pool": "p", "device": "0"}]}}
    taken, errors = CLAIMS.update(stored, {"status": {"allocation": allocation, "reservedFor": user}}, "status")
    assert errors == []
    _, errors = CLAIMS.update(taken, {"status": {"allocation": {"devices": {"results": []}}}}, "status")
    assert errors[0].startswith("status.allocation: Invalid value: {")


def test_a_slice_offers_devices_of_one_machine() -> None:
    pool = {"name": "p", "generation": 1, "resourceSliceCount": 1}
    spec = {"driver": "gpu.example.com", "pool": pool, "devices": [{"name": "d0"}]}
    stored = SLICES.stored({"spec": {**spec, "nodeName": "n"}})
    assert SLICES.update(stored, {"spec": {"nodeName": "m"}})[1] == [
        'spec.nodeName: Invalid value: "m": field is immutable'
    ]
    assert SLICES.create({"spec": spec})[1] == [
        "spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is "
        "required"
    ]
    assert CLASSES.create({"spec": {"selectors": [{}]}})[1] == ["spec.selectors[0].cel: Required value"]
