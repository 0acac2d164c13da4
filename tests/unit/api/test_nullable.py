"""Lists that are null on the wire: read as lists, kept as null, filled like lists."""

from __future__ import annotations

import copy
import pickle

import msgspec
import pytest

from apiserver.coding import encode
from apiserver.protobuf.decoder import decoder_of
from apiserver.protobuf.encoder import encoder_of
from minik8s.api.apiextensions_v1 import CustomResourceDefinition, CustomResourceDefinitionCondition
from minik8s.api.core_v1 import Pod
from minik8s.api.core_v1.volumes import ProjectedVolumeSource, Volume
from minik8s.api.discovery_v1 import Endpoint, EndpointSlice
from minik8s.api.nullable import is_absent
from minik8s.api.rbac_v1 import ClusterRole, PolicyRule, Role
from minik8s.machinery.apply.compare import compare
from minik8s.machinery.apply.schema import schema_of
from minik8s.machinery.conditions import remove_condition, set_condition
from minik8s.machinery.copy import deep_copy

RULES = [PolicyRule(verbs=["get"])]


def _stored(obj: Role | EndpointSlice | CustomResourceDefinition | Pod) -> str:
    return encode(obj, obj.kind, obj.api_version).decode()


def test_what_nobody_gave_is_null_and_reads_as_an_empty_list() -> None:
    role = Role()
    assert role.rules == [] and not role.rules and list(role.rules) == []
    assert isinstance(role.rules, list)
    assert '"rules":null' in _stored(role)
    # Reading has changed nothing.
    assert is_absent(role.rules) and '"rules":null' in _stored(role)


def test_null_is_read_without_a_detour() -> None:
    found = msgspec.json.decode(b'{"endpoints":null,"ports":null,"addressType":"IPv4"}', type=EndpointSlice)
    assert found.endpoints == [] and is_absent(found.ports)
    given = msgspec.json.decode(b'{"rules":[{"verbs":["get"]}]}', type=Role)
    assert given.rules == RULES and type(given.rules) is list


def test_what_is_put_into_the_list_is_in_the_object() -> None:
    role = Role()
    role.rules.append(RULES[0])
    assert '"rules":[{"verbs":["get"]}]' in _stored(role)
    kept = Role()
    same = kept.rules
    same.extend(RULES)
    same.insert(0, PolicyRule(verbs=["list"]))
    assert [rule.verbs for rule in kept.rules] == [["list"], ["get"]]
    grown = Role()
    grown.rules += RULES
    assert grown.rules == RULES
    sliced = Role()
    sliced.rules[:] = RULES
    assert sliced.rules == RULES


def test_conditions_are_set_in_a_status_that_has_none() -> None:
    definition = CustomResourceDefinition()
    assert not remove_condition(definition.status.conditions, "Established")
    assert '"conditions":null' in _stored(definition) or '"conditions":[]' in _stored(definition)
    set_condition(definition.status.conditions, CustomResourceDefinitionCondition(type="Established", status="True"))
    assert [each.type for each in definition.status.conditions] == ["Established"]


def test_null_is_passed_on_as_null() -> None:
    other = Role(rules=RULES)
    other.rules = Role().rules
    assert '"rules":null' in _stored(other)
    for twin in (deep_copy(Role()), copy.copy(Role()), copy.deepcopy(Role()), pickle.loads(pickle.dumps(Role()))):
        assert twin == Role() and is_absent(twin.rules)
    assert type(copy.deepcopy(Role().rules)) is list


def test_the_store_forgets_empty_lists_of_built_in_kinds() -> None:
    assert '"rules":null' in _stored(Role(rules=[]))
    pod = Pod()
    pod.spec.volumes = [Volume(name="v", projected=ProjectedVolumeSource(sources=[]))]
    assert '"sources":null' in _stored(pod)
    # Definitions are kept as JSON, which tells them apart.
    definition = CustomResourceDefinition()
    definition.status.conditions = []
    assert '"conditions":[]' in _stored(definition)


@pytest.mark.parametrize("rules", [[], RULES])
def test_protobuf_knows_no_empty_list(rules: list[PolicyRule]) -> None:
    message = encoder_of(ClusterRole)(ClusterRole(rules=rules))
    found = decoder_of(ClusterRole)(message, 0, len(message))
    assert found.rules == rules
    assert is_absent(found.rules) is (not rules)


def test_protobuf_fills_lists() -> None:
    slice_ = EndpointSlice(endpoints=[Endpoint(addresses=["10.0.0.1"]), Endpoint(addresses=["10.0.0.2"])])
    message = encoder_of(EndpointSlice)(slice_)
    found = decoder_of(EndpointSlice)(message, 0, len(message))
    assert [each.addresses for each in found.endpoints] == [["10.0.0.1"], ["10.0.0.2"]]


def test_an_empty_list_in_the_place_of_null_is_a_change() -> None:
    schema = schema_of(Role)
    assert compare(schema, {"rules": None}, {"rules": []}).touched == {"f:rules": {}}
    assert not compare(schema, {"rules": None}, {"rules": None})
