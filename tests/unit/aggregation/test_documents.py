"""What other servers say of themselves, taken over as far as it makes sense."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from apiserver.aggregation.documents import Documents, served
from apiserver.aggregation.identity import identity_headers, without_identity
from apiserver.auth.protocols import User
from apiserver.discovery.catalog import Catalog
from apiserver.discovery.facts import Group, GroupVersion, Served
from apiserver.openapi.serving import OpenAPI
from apiserver.openapi.v2 import add
from apiserver.openapi.v2_protobuf import ASKED_AS
from minik8s.api.apiregistration_v1 import APIServiceSpec


def group(name: str, *versions: str, plural: str = "things") -> Group:
    thing = Served(plural=plural, kind="Thing", namespaced=True, singular="thing")
    return Group(name, tuple(GroupVersion(version, (thing,)) for version in versions), 100)


def test_versions_of_others_stand_beside_our_own() -> None:
    catalog = Catalog([group("a", "v1", "v2")])
    catalog.put_remote(group("a", "v2", "v3", plural="others"))
    catalog.put_remote(group("b", "v1"))
    assert [each.version for each in catalog.groups[0].versions] == ["v3", "v2", "v1"]
    assert catalog.find("a", "v1", "things") and catalog.find("a", "v2", "others") and catalog.find("b", "v1", "things")
    assert catalog.find("a", "v2", "things") is None
    assert catalog.document("/apis/b/v1") is not None
    catalog.remove_remote("a")
    catalog.remove_remote("b")
    assert catalog.find("a", "v2", "things") and catalog.document("/apis/b/v1") is None


def test_the_version_with_the_highest_priority_comes_first() -> None:
    catalog = Catalog([group("a", "v1", "v1beta1"), group("b", "v1")])
    versions = [GroupVersion(version, (), priority=priority) for version, priority in (("v3", 50), ("v1alpha1", 200))]
    catalog.put_remote(Group("a", tuple(versions), 50))
    told = msgspec.json.decode(catalog.document("/apis/a") or b"")
    assert [each["version"] for each in told["versions"]] == ["v1alpha1", "v1", "v1beta1", "v3"]
    assert told["preferredVersion"]["version"] == "v1alpha1"
    assert [each.name for each in catalog.groups] == ["a", "b"]
    catalog.put_remote(Group("b", (GroupVersion("v2", (), priority=1),), 9000))
    assert [each.name for each in catalog.groups] == ["b", "a"]
    catalog.put(group("apiregistration.k8s.io", "v1"))
    assert [each.name for each in catalog.groups] == ["apiregistration.k8s.io", "b", "a"]


def test_versions_of_one_priority_stand_in_the_order_of_versions() -> None:
    catalog, remotes = Catalog(), SimpleNamespace(by_group_version={}, changed=[])
    backends: Any = None
    documents = Documents(remotes, backends, catalog, OpenAPI(lambda: {}, "v1"))  # type: ignore[arg-type]
    for version, priority in (("v1", 5), ("v2", 5), ("v1beta1", 5), ("v0", 9)):
        spec = APIServiceSpec(group="c", version=version, version_priority=priority, group_priority_minimum=1)
        remotes.by_group_version["c", version] = SimpleNamespace(spec=spec)
        documents._changed(("c", version), remotes.by_group_version["c", version])
    assert [each.version for each in catalog.groups[0].versions] == ["v0", "v2", "v1", "v1beta1"]


def test_subresources_follow_their_resources() -> None:
    listed = [{"name": "x/scale", "kind": "Scale", "group": "autoscaling", "version": "v1"}, {"name": "x", "kind": "X"}]
    (found,) = served({"resources": listed})
    assert found.plural == "x" and found.subresources[0].group == "autoscaling"
    with pytest.raises(msgspec.ValidationError):
        served({"resources": [{"name": 7}]})


def test_definitions_that_clash_are_renamed() -> None:
    document = {"paths": {}, "definitions": {"D": {"type": "object"}, "Same": {"type": "string"}}}
    items = {"type": "array", "items": [{"$ref": "#/definitions/D"}]}
    part = {
        "paths": {"/p": {"schema": {"$ref": "#/definitions/D"}}},
        "definitions": {"D": items, "Same": {"type": "string"}},
    }
    add(document, part)
    assert document["paths"]["/p"] == {"schema": {"$ref": "#/definitions/D_v2"}}
    assert document["definitions"]["D_v2"]["items"] == [{"$ref": "#/definitions/D_v2"}]
    assert document["definitions"]["D"] == {"type": "object"} and "Same_v2" not in document["definitions"]


@pytest.mark.parametrize("accept", ["application/json", ASKED_AS[0]])
async def test_a_document_of_nonsense_does_not_spoil_ours(accept: str) -> None:
    openapi = OpenAPI(lambda: {}, "v1")
    openapi.publish_v2("apis/bad/v1", {"paths": {"/x": 3}, "definitions": {"D": {"properties": ["no"], "$ref": {}}}})
    openapi.publish_v2("apis/good/v1", {"paths": {}, "definitions": {"Good": {"type": "object"}}})
    found = await openapi.answer("/openapi/v2", {}, accept=accept)
    assert found is not None and found.status == 200 and b"Good" in found.body


def test_who_sent_a_request_is_told_in_headers() -> None:
    user = User("alice", ("a", "b"), "7", {"example.com/scopes": ("x", "y")})
    assert identity_headers(user) == [
        ("X-Remote-User", "alice"),
        ("X-Remote-Uid", "7"),
        ("X-Remote-Group", "a"),
        ("X-Remote-Group", "b"),
        ("X-Remote-Extra-example.com%2Fscopes", "x"),
        ("X-Remote-Extra-example.com%2Fscopes", "y"),
    ]
    assert without_identity([(b"x-remote-user", b"m"), (b"x-remote-extra-a", b""), (b"a", b"b")]) == [(b"a", b"b")]
