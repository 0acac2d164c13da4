"""Discovery as each group version tells it: APIVersions, APIGroupList, APIGroup, APIResourceList."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from apiserver.discovery.facts import Group, Served


def api_versions(core: Group | None, address: str) -> dict[str, Any]:
    """`/api`; `address` is host:port under which clients reach the server."""
    return {
        "kind": "APIVersions",
        "versions": [each.version for each in core.versions] if core is not None else [],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}],
    }


def _group(group: Group) -> dict[str, Any]:
    versions = [{"groupVersion": f"{group.name}/{each.version}", "version": each.version} for each in group.versions]
    return {"name": group.name, "versions": versions, "preferredVersion": versions[0]}


def api_group(group: Group) -> dict[str, Any]:
    """`/apis/<group>`."""
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(group)}


def api_group_list(groups: Iterable[Group]) -> dict[str, Any]:
    """`/apis`."""
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(each) for each in groups]}


def api_resource_list(group_version: str, resources: Iterable[Served]) -> dict[str, Any]:
    """`/apis/<group>/<version>` or `/api/v1`."""
    listed: list[dict[str, Any]] = []
    for served in sorted(resources, key=lambda each: each.plural):
        shown: dict[str, Any] = {
            "name": served.plural,
            "singularName": served.singular,
            "namespaced": served.namespaced,
            "kind": served.kind,
            "verbs": list(served.verbs),
        }
        if served.short_names:
            shown["shortNames"] = list(served.short_names)
        if served.categories:
            shown["categories"] = list(served.categories)
        if served.storage_hash:
            shown["storageVersionHash"] = served.storage_hash
        listed.append(shown)
        for sub in served.subresources:
            elsewhere = {"group": sub.group, "version": sub.version} if sub.version else {}
            name = f"{served.plural}/{sub.name}"
            said = {"namespaced": served.namespaced, "kind": sub.kind, "verbs": list(sub.verbs)}
            listed.append({"name": name, "singularName": "", **elsewhere, **said})
    head = {"kind": "APIResourceList"}
    if "/" in group_version:
        head["apiVersion"] = "v1"
    return {**head, "groupVersion": group_version, "resources": listed}
