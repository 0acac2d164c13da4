"""Discovery in one answer: APIGroupDiscoveryList, for `/api` and `/apis`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from apiserver import protobuf
from apiserver.discovery.facts import Group, Served
from minik8s.api.apidiscovery_v2 import APIGroupDiscoveryList

VERSIONS = ("v2", "v2beta1")
KIND = "APIGroupDiscoveryList"
GROUP = "apidiscovery.k8s.io"


def media_type(media: str, version: str) -> str:
    """The content type of an answer in one version of the format."""
    return f"{media};g={GROUP};v={version};as={KIND}"


def encoded(body: bytes, version: str) -> bytes:
    """A document in protobuf."""
    found = msgspec.json.decode(body, type=APIGroupDiscoveryList)
    return protobuf.encode(found, KIND, f"{GROUP}/{version}")


def _resource(served: Served) -> dict[str, Any]:
    found: dict[str, Any] = {
        "resource": served.plural,
        "responseKind": {"group": served.group, "version": served.version, "kind": served.kind},
        "scope": "Namespaced" if served.namespaced else "Cluster",
        "singularResource": served.singular,
        "verbs": list(served.verbs),
    }
    if served.short_names:
        found["shortNames"] = list(served.short_names)
    if served.categories:
        found["categories"] = list(served.categories)
    if served.subresources:
        found["subresources"] = [
            {
                "subresource": sub.name,
                "responseKind": {
                    "group": sub.group or served.group,
                    "version": sub.version or served.version,
                    "kind": sub.kind,
                },
                "verbs": list(sub.verbs),
            }
            for sub in served.subresources
        ]
    return found


def discovery_list(groups: Iterable[Group], version: str) -> dict[str, Any]:
    """All groups with their resources, in one version of the format."""
    items = []
    for group in groups:
        versions = [
            {
                "version": each.version,
                "resources": [_resource(served) for served in sorted(each.resources, key=lambda one: one.plural)],
                "freshness": each.freshness,
            }
            for each in group.versions
        ]
        items.append({"metadata": {"name": group.name} if group.name else {}, "versions": versions})
    return {"kind": KIND, "apiVersion": f"{GROUP}/{version}", "metadata": {}, "items": items}
