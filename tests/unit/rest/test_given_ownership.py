"""Managed fields that clients send: what can be read replaces what is stored, anything else is as if not sent."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from apiserver.rest.create import wipe_system_fields
from apiserver.rest.owner_references import without_duplicates
from apiserver.rest.ownership import Writer, own_created, own_updated
from minik8s.api.core_v1 import ConfigMap
from minik8s.api.object_meta import ManagedFieldsEntry, ObjectMeta, OwnerReference
from minik8s.machinery.apply.schema import blank_of, schema_of

WRITER = Writer("me", "2026-01-02T03:04:05Z")
KIND = SimpleNamespace(group_version="v1", kind="ConfigMap", schema=schema_of(ConfigMap), blank=blank_of(ConfigMap))
GOOD: dict[str, Any] = {
    "manager": "other",
    "operation": "Update",
    "apiVersion": "v1",
    "fieldsType": "FieldsV1",
    "fieldsV1": {"f:data": {"f:a": {}}},
}
UNREADABLE = [
    {"operation": "Bogus"},
    {"apiVersion": ""},
    {"fieldsType": ""},
    {"fieldsType": "FieldsV2"},
    {"fieldsV1": {"x": {}}},
    {"fieldsV1": {"f:data": 1}},
]


def _map(data: dict[str, str], *entries: dict[str, Any]) -> ConfigMap:
    given = [msgspec.json.decode(msgspec.json.encode(entry), type=ManagedFieldsEntry) for entry in entries]
    return ConfigMap(metadata=ObjectMeta(name="x", managed_fields=given), data=data)


def _owners(obj: ConfigMap) -> dict[str, Any]:
    return {entry.manager: msgspec.json.decode(entry.fields_v1 or b"") for entry in obj.metadata.managed_fields}


@pytest.mark.parametrize("wrong", UNREADABLE)
def test_what_cannot_be_read_of_a_new_object_is_not_sent(wrong: dict[str, Any]) -> None:
    made = _map({"b": "2"}, {**GOOD, **wrong})
    own_created(KIND, made, WRITER)
    assert _owners(made) == {"me": {"f:data": {".": {}, "f:b": {}}}}


@pytest.mark.parametrize("wrong", UNREADABLE)
def test_what_cannot_be_read_of_an_update_leaves_what_is_stored(wrong: dict[str, Any]) -> None:
    changed = _map({"a": "1", "b": "2"}, {**GOOD, **wrong})
    own_updated(KIND, _map({"a": "1"}, GOOD), changed, WRITER)
    assert _owners(changed) == {"other": {"f:data": {"f:a": {}}}, "me": {"f:data": {"f:b": {}}}}


def test_what_can_be_read_replaces_what_is_stored() -> None:
    changed = _map({"a": "1"}, {**GOOD, "manager": "third"})
    own_updated(KIND, _map({"a": "1"}, GOOD), changed, WRITER)
    assert list(_owners(changed)) == ["third"]


def test_managers_of_another_group_are_forgotten() -> None:
    changed = _map({"a": "1", "b": "2"}, {**GOOD, "apiVersion": "apps/v1"})
    own_updated(KIND, _map({"a": "1"}, GOOD), changed, WRITER)
    assert _owners(changed) == {"me": {"f:data": {"f:b": {}}}}
    made = _map({"a": "1"}, {**GOOD, "apiVersion": "apps/v1"})
    own_created(KIND, made, WRITER)
    assert list(_owners(made)) == ["me"]


def test_an_author_says_nothing_of_what_the_server_says() -> None:
    metadata = ObjectMeta(
        name="x",
        uid="u",
        self_link="/x",
        creation_timestamp=WRITER.now,
        deletion_timestamp=WRITER.now,
        deletion_grace_period_seconds=5,
    )
    wipe_system_fields(metadata)
    assert metadata == ObjectMeta(name="x")


@pytest.mark.parametrize(("verb", "when"), [("update", ";"), ("patch", " after mutating admission happens;")])
def test_an_owner_named_twice_is_kept_once_and_told_of(verb: str, when: str) -> None:
    owner = OwnerReference(api_version="v1", kind="Pod", name="p", uid="u")
    obj = ConfigMap(metadata=ObjectMeta(name="x", owner_references=[owner, owner]))
    call: Any = SimpleNamespace(info=SimpleNamespace(verb=verb), warnings=[])
    without_duplicates(call, obj)
    assert obj.metadata.owner_references == [owner]
    assert call.warnings[0].startswith(f".metadata.ownerReferences contains duplicate entries{when}")
