"""Discovery: what is told of the built-in groups, and that changes show at once."""

from __future__ import annotations

from typing import Any

import msgspec

from apiserver.discovery import builtin
from apiserver.discovery.catalog import Catalog
from apiserver.discovery.facts import Group, GroupVersion, Served, Subresource
from apiserver.registry import strategies
from minik8s.api.scheme import RESOURCES


def read(body: bytes | None) -> Any:
    assert body is not None
    return msgspec.json.decode(body)


def test_the_core_groups_pods() -> None:
    listed = read(Catalog(builtin.groups()).document("/api/v1"))
    assert "apiVersion" not in listed and listed["groupVersion"] == "v1"
    names = [each["name"] for each in listed["resources"]]
    assert names == sorted(names)
    pods = {each["name"]: each for each in listed["resources"] if each["name"].split("/")[0] == "pods"}
    assert pods["pods"]["shortNames"] == ["po"] and pods["pods"]["categories"] == ["all"]
    assert pods["pods/eviction"] == {
        "name": "pods/eviction",
        "singularName": "",
        "namespaced": True,
        "group": "policy",
        "version": "v1",
        "kind": "Eviction",
        "verbs": ["create"],
    }


def test_every_resource_of_the_model_is_told_of() -> None:
    catalog = Catalog(builtin.groups())
    for each in RESOURCES:
        assert catalog.find(each.group, each.version, each.plural) is not None, each


def test_short_names_agree_with_the_strategies() -> None:
    catalog = Catalog(builtin.groups())
    for (group, plural), strategy in strategies().items():
        version = next(each.version for each in RESOURCES if (each.group, each.plural) == (group, plural))
        served = catalog.find(group, version, plural)
        assert served is not None
        if strategy.short_names:
            assert served.short_names == strategy.short_names
        if strategy.categories:
            assert served.categories == strategy.categories


def test_the_preferred_version_comes_first() -> None:
    catalog = Catalog(builtin.groups())
    group = read(catalog.document("/apis/autoscaling"))
    assert [each["version"] for each in group["versions"]] == ["v2", "v1"]
    assert group["preferredVersion"]["version"] == "v2"


def test_a_group_comes_and_goes_while_serving() -> None:
    catalog = Catalog(builtin.groups())
    before = catalog.aggregated("v2", core=False)
    told: list[int] = []
    catalog.changed.append(lambda: told.append(1))
    widget = Served("widgets", "Widget", True, "widget", subresources=(Subresource("status", "Widget", ("get",)),))
    group = Group("example.com", (GroupVersion("v1", (widget,)),))
    catalog.put(group)
    catalog.put(group)
    assert len(told) == 1
    listed = read(catalog.document("/apis/example.com/v1"))["resources"]
    assert [each["name"] for each in listed] == ["widgets", "widgets/status"]
    after = catalog.aggregated("v2", core=False)
    assert after.etag != before.etag
    last = read(after.body)["items"][-1]
    assert last["metadata"]["name"] == "example.com" and last["versions"][0]["freshness"] == "Current"
    assert "/apis/example.com/v1" in catalog.resource_lists()
    catalog.remove("example.com")
    assert catalog.document("/apis/example.com/v1") is None
    assert catalog.aggregated("v2", core=False).etag == before.etag


def test_core_and_named_groups_are_told_apart() -> None:
    catalog = Catalog(builtin.groups())
    assert [each["metadata"] for each in read(catalog.aggregated("v2", core=True).body)["items"]] == [{}]
    assert read(catalog.aggregated("v2beta1", core=False).body)["apiVersion"] == "apidiscovery.k8s.io/v2beta1"
    versions = read(catalog.document("/api", "10.0.0.1:6443"))
    assert versions["serverAddressByClientCIDRs"] == [{"clientCIDR": "0.0.0.0/0", "serverAddress": "10.0.0.1:6443"}]
