"""The object model against an independent statement of it: the official `kubernetes` package."""

from __future__ import annotations

import re
import types
import typing

import kubernetes.client as official
import msgspec
import pytest

from minik8s.api import core_v1, scheme
from minik8s.api.fields import Struct, fields_of

PREFIX = {
    "core_v1": "Core",
    "events_v1": "Events",
    "authentication_v1": "Authentication",
    "discovery_v1": "Discovery",
    "flowcontrol_v1": "Flowcontrol",
    "storage_v1": "Storage",
    "resource_v1": "Resource",
    "rbac_v1": "Rbac",
    "apiextensions_v1": "Apiextensions",
    "apiregistration_v1": "Apiregistration",
    "admissionregistration_v1": "Admissionregistration",
}


def structs_in(tp: object) -> list[type[Struct]]:
    if isinstance(tp, type) and not isinstance(tp, types.GenericAlias):
        return [tp] if issubclass(tp, Struct) else []
    return [s for arg in typing.get_args(tp) for s in structs_in(arg)]


def reachable() -> list[type[Struct]]:
    found: list[type[Struct]] = []
    todo = [scheme.type_of(r) for r in scheme.RESOURCES]
    while todo:
        cls = todo.pop()
        if cls not in found:
            found.append(cls)
            todo += [s for f in fields_of(cls) for s in structs_in(f.type)]
    return found


def official_type(cls: type[Struct]) -> type | None:
    module = next(part for part in cls.__module__.split(".") if re.search(r"_v\d", part) or part == "object_meta")
    version = "V2" if module.endswith("v2") else "V1"
    for name in (f"{PREFIX.get(module, '')}{version}{cls.__name__}", f"{version}{cls.__name__}"):
        if (found := getattr(official, name, None)) is not None:
            return found
    return None


@pytest.mark.parametrize("resource", scheme.RESOURCES, ids=lambda r: f"{r.group_version}/{r.plural}")
def test_an_empty_object_of_every_kind_survives_a_round_trip(resource: scheme.ResourceType) -> None:
    cls = scheme.type_of(resource)
    raw = msgspec.json.encode(cls())
    said = msgspec.json.decode(raw)
    assert said["kind"] == resource.kind
    assert msgspec.json.encode(msgspec.json.decode(raw, type=cls)) == raw


def test_every_field_the_official_client_knows_is_here_and_no_other() -> None:
    compared, differences = 0, []
    for cls in reachable():
        theirs = official_type(cls)
        if theirs is None:
            continue
        ours = {f.json for f in fields_of(cls)}
        known = set(theirs.attribute_map.values())
        compared += 1
        if ours != known:
            differences.append(f"{cls.__name__}: missing {known - ours}, only here {ours - known}")
    assert compared > 400
    assert differences == []


def test_field_numbers_are_unique_within_a_message() -> None:
    for cls in reachable():
        inherited = {f.attribute for base in cls.__mro__[1:] if issubclass(base, Struct) for f in _own(base)}
        numbers = [f.facts.number for f in fields_of(cls) if f.facts and f.attribute not in inherited]
        numbers += list(cls.INLINE.values())
        assert len(numbers) == len(set(numbers)), cls.__name__


def _own(cls: type[Struct]) -> list[typing.Any]:
    return [] if cls is Struct else list(fields_of(cls))


def test_empty_values_are_written_only_where_kubernetes_writes_them() -> None:
    pod = msgspec.json.decode(msgspec.json.encode(core_v1.Pod(spec=core_v1.PodSpec(containers=[core_v1.Container()]))))
    assert pod["spec"] == {"containers": [{"name": "", "resources": {}}]}
    assert pod["status"] == {}


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b'{"spec":{"containers":"x"}}', "$.spec.containers"),
        (b'{"spec":{"containers":[{"ports":[{"containerPort":3000000000}]}]}}', "containerPort"),
        (b'{"metadata":{"labels":{"a":1}}}', "$.metadata.labels"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_its_place(body: bytes, where: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=re.escape(where)):
        msgspec.json.decode(body, type=core_v1.Pod)


def test_free_json_is_read_as_it_stands_and_may_be_absent() -> None:
    from minik8s.api.apps_v1 import ControllerRevision

    read = msgspec.json.decode(b'{"data":{"b":1,"a":[]},"revision":1}', type=ControllerRevision)
    assert read.data is not None
    assert bytes(read.data) == b'{"b":1,"a":[]}'
    assert b'"data":{"b":1,"a":[]}' in msgspec.json.encode(read)
    assert ControllerRevision().data is None
    assert b'"data"' not in msgspec.json.encode(ControllerRevision())


def test_times_that_go_counts_as_values_are_written_even_when_unset() -> None:
    written = msgspec.json.encode(core_v1.PodCondition(type="Ready", status="True"))
    assert b'"lastProbeTime":null' in written
    assert b'"lastTransitionTime":null' in written
    assert b'"eventTime":null' in msgspec.json.encode(core_v1.Event())
    assert b"deletionTimestamp" not in msgspec.json.encode(core_v1.Pod())
