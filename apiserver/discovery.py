"""What is served, told to clients: /api, /apis, and the lists of each group version."""

from __future__ import annotations

from typing import Any

import msgspec

from apiserver.resources import Resources


def _resource_list(resources: Resources, group: str, version: str) -> dict[str, Any] | None:
    listed: list[dict[str, Any]] = []
    for (its_group, its_version, plural), resource in sorted(resources.by_path.items()):
        if (its_group, its_version) != (group, version):
            continue
        strategy = resource.strategy
        shown: dict[str, Any] = {
            "name": plural,
            "singularName": resource.singular,
            "namespaced": resource.namespaced,
            "kind": resource.kind,
            "verbs": list(resource.verbs),
        }
        if strategy.short_names:
            shown["shortNames"] = list(strategy.short_names)
        if strategy.categories:
            shown["categories"] = list(strategy.categories)
        listed.append(shown)
        for sub in strategy.subresources:
            listed.append(
                {
                    "name": f"{plural}/{sub}",
                    "singularName": "",
                    "namespaced": resource.namespaced,
                    "kind": resource.kind,
                    "verbs": ["get", "patch", "update"],
                }
            )
    if not listed:
        return None
    group_version = f"{group}/{version}" if group else version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": listed}


def documents(resources: Resources) -> dict[str, bytes]:
    """Every discovery document by its path."""
    found: dict[str, bytes] = {"/api": msgspec.json.encode({"kind": "APIVersions", "versions": ["v1"]})}
    groups: dict[str, list[str]] = {}
    for group, version, _ in resources.by_path:
        if version not in groups.setdefault(group, []):
            groups[group].append(version)
    described = []
    for group, versions in groups.items():
        for version in versions:
            path = f"/apis/{group}/{version}" if group else f"/api/{version}"
            found[path] = msgspec.json.encode(_resource_list(resources, group, version))
        if not group:
            continue
        served = [{"groupVersion": f"{group}/{version}", "version": version} for version in versions]
        one = {"name": group, "versions": served, "preferredVersion": served[0]}
        described.append(one)
        found[f"/apis/{group}"] = msgspec.json.encode({"kind": "APIGroup", "apiVersion": "v1", **one})
    found["/apis"] = msgspec.json.encode({"kind": "APIGroupList", "apiVersion": "v1", "groups": described})
    return found
