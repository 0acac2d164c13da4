"""What holds for every kind: it has a strategy of its own, and nothing an author writes makes one fail."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.registry import _PlainClusterStrategy, _PlainStrategy, strategies
from apiserver.registry.strategy import StatusStrategy
from minik8s.api.scheme import RESOURCES, ResourceType, type_of
from tests.support.registry import Kind

STORED = [r for r in RESOURCES if not r.kind.endswith("Review") and r.kind not in ("Binding", "ComponentStatus")]


@pytest.mark.parametrize("resource", STORED, ids=lambda r: f"{r.group_version}/{r.plural}")
def test_every_kind_has_its_own_rules(resource: ResourceType) -> None:
    of = Kind(resource.group_version, resource.plural).strategy
    assert type(of) not in (_PlainStrategy, _PlainClusterStrategy)
    assert of.namespaced == resource.namespaced


@pytest.mark.parametrize("resource", STORED, ids=lambda r: f"{r.group_version}/{r.plural}")
def test_an_empty_object_is_judged_without_a_fault_of_our_own(resource: ResourceType) -> None:
    kind = Kind(resource.group_version, resource.plural)
    found, errors = kind.create({})
    assert all(": " in error for error in errors)
    again = {**found, "metadata": {**found["metadata"], "resourceVersion": "1"}}
    _, changed = kind.update(again, {"metadata": {"labels": {"a": "b"}}})
    # What is refused at first is refused again, or let be; a change of labels is never what is wrong.
    assert not any(error.startswith("metadata.labels") for error in changed)
    for name, of in kind.strategy.subresources.items():
        if isinstance(of, StatusStrategy):
            kept, _ = kind.update(again, {"spec": None} if "spec" in again else {}, name)
            assert kept.get("spec") == again.get("spec")


@pytest.mark.parametrize("resource", STORED, ids=lambda r: f"{r.group_version}/{r.plural}")
def test_names_are_checked(resource: ResourceType) -> None:
    _, errors = Kind(resource.group_version, resource.plural).create({"metadata": {"name": "a/b"}})
    assert errors


def test_a_status_has_an_endpoint_where_there_is_one() -> None:
    for (group, plural), of in strategies().items():
        resource = next(r for r in RESOURCES if (r.group, r.plural) == (group, plural))
        if resource not in STORED:
            continue
        fields = type_of(resource).__struct_fields__
        if "status" in fields:
            assert "status" in of.subresources, plural


@pytest.mark.parametrize(
    ("version", "good"), [("v1", True), ("a/v1", True), ("", False), ("a/", False), ("a/b/c", False)]
)
def test_an_owner_has_a_group_and_a_version_at_most(version: str, good: bool) -> None:
    owner = {"apiVersion": version, "kind": "K", "name": "n", "uid": "u"}
    _, errors = Kind("v1", "configmaps").create({"metadata": {"ownerReferences": [owner]}})
    told = f'metadata.ownerReferences.apiVersion: Invalid value: "{version}": version must not be empty'
    assert errors == ([] if good else [told])


@pytest.mark.parametrize("plural", ["replicationcontrollers", "configmaps"])
def test_a_generated_name_may_begin_with_what_ends_in_a_hyphen(plural: str) -> None:
    kind = Kind("v1", plural)
    _, errors = kind.create({"metadata": {"generateName": "gen-"}})
    assert not any(error.startswith("metadata.generateName") for error in errors)


def test_endpoints_are_stored_in_their_own_order() -> None:
    addresses = [{"ip": "10.0.0.2"}, {"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}]
    subset = {"addresses": addresses, "ports": [{"name": "b", "port": 2}, {"name": "a", "port": 1}]}
    (stored,) = Kind("v1", "endpoints").stored({"subsets": [subset]})["subsets"]
    assert stored["addresses"] == addresses
    assert [port["name"] for port in stored["ports"]] == ["b", "a"]


def test_of_two_pod_ranges_the_one_is_right() -> None:
    nodes = Kind("v1", "nodes")
    ranges = {"podCIDR": "10.1.0.0/24", "podCIDRs": ["bad", "10.2.0.0/24"]}
    assert nodes.stored({"spec": ranges})["spec"]["podCIDRs"] == ["10.1.0.0/24"]
    _, errors = nodes.create({"spec": {"podCIDR": "bad", "podCIDRs": ["10.2.0.0/24"]}})
    assert [error.partition(":")[0] for error in errors] == ["spec.podCIDRs[0]"]


def test_a_limit_range_without_a_name_gets_one() -> None:
    found, errors = Kind("v1", "limitranges").create({"metadata": {"name": ""}, "spec": {"limits": []}})
    assert (errors, len(found["metadata"]["name"])) == ([], 36)


def test_addresses_of_a_service_are_judged_before_all_else() -> None:
    services = Kind("v1", "services")
    bad = {"spec": {"clusterIP": "x", "ports": [{"port": 0}]}}
    told = 'spec.clusterIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
    assert services.create(bad)[1] == [told]
    stored = services.stored({"spec": {"clusterIP": "10.0.0.1", "ports": [{"port": 80}]}})
    assert services.update(stored, bad)[1] == [told]


def _volume(key: str) -> dict[str, Any]:
    term = {"matchExpressions": [{"key": key, "operator": "In", "values": ["a"]}]}
    affinity = {"required": {"nodeSelectorTerms": [term]}}
    spec = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/a"}}
    return {"spec": {**spec, "nodeAffinity": affinity}}


def test_where_a_volume_is_reached_from_stays_but_for_newer_names_of_labels() -> None:
    volumes = Kind("v1", "persistentvolumes")
    stored = volumes.stored(_volume("failure-domain.beta.kubernetes.io/zone"))
    assert volumes.update(stored, _volume("topology.kubernetes.io/zone"))[1] == []
    for other in (_volume("topology.kubernetes.io/region"), {"spec": {"nodeAffinity": None}}):
        _, errors = volumes.update(stored, other)
        assert len(errors) == 1
        assert errors[0].startswith("nodeAffinity: Invalid value: ")
        assert errors[0].endswith(": field is immutable, except for updating from beta label to GA")
    bare = volumes.stored({"spec": {**stored["spec"], "nodeAffinity": None}})
    assert volumes.update(bare, _volume("a"))[1] == []


def test_a_changed_source_of_a_volume_is_quoted_as_the_server_holds_it() -> None:
    volumes = Kind("v1", "persistentvolumes")
    (error,) = volumes.update(volumes.stored(_volume("a")), {"spec": {"hostPath": {"path": "/b"}}})[1]
    assert '"AWSElasticBlockStore": null,\n  "HostPath": {\n-  "Path": "/a",\n+  "Path": "/b",\n' in error


def test_a_name_outside_the_cluster_has_no_policy_for_traffic_inside() -> None:
    spec = {"type": "ExternalName", "externalName": "a.example.com", "internalTrafficPolicy": "Local"}
    assert "internalTrafficPolicy" not in Kind("v1", "services").stored({"spec": spec})["spec"]
