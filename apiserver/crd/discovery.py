"""What discovery and OpenAPI tell of custom kinds."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.crd.installed import Installed
from apiserver.crd.resource import CustomResource
from apiserver.discovery.catalog import Catalog
from apiserver.discovery.facts import Group, GroupVersion, Served, Subresource, storage_hash
from apiserver.discovery.version_order import ordered
from apiserver.openapi.described import Described, definition_name
from apiserver.openapi.serving import OpenAPI

_VERBS = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")
_NO_MORE = frozenset({"create", "patch", "update"})
"""What a kind that is ending is not said to allow."""
_CHANGED = ("get", "patch", "update")


class Published:
    """Puts the groups of all served definitions into the catalog."""

    def __init__(self, catalog: Catalog, openapi: OpenAPI) -> None:
        self._catalog = catalog
        self._openapi = openapi
        self._kinds: dict[tuple[str, str], CustomResource] = {}
        openapi.described = self._described
        self._own = {group.name: group for group in [*catalog.groups]}
        self._told: set[str] = set()

    def publish(self, served: Iterable[Installed]) -> None:
        """Tell of these definitions, and of no others."""
        found: dict[str, dict[str, list[Served]]] = {}
        facts: dict[str, bytes] = {}
        kinds: dict[tuple[str, str], CustomResource] = {}
        for installed in served:
            for resource in installed.served:
                key = f"apis/{resource.group_version}"
                facts[key] = facts.get(key, b"") + installed.fingerprint
                kinds[resource.group_version, resource.kind] = resource
                kinds[resource.group_version, resource.list_kind] = resource
                # Operations name lists after their kind, whatever the definition calls them.
                kinds.setdefault((resource.group_version, resource.kind + "List"), resource)
                versions = found.setdefault(installed.group, {})
                versions.setdefault(resource.version, []).append(_served(installed, resource))
        self._kinds, self._openapi.facts = kinds, facts
        for name, versions in found.items():
            own = self._own.get(name)
            groups = tuple(
                GroupVersion(version, tuple(sorted(versions[version], key=lambda each: each.plural)))
                for version in ordered(list(versions))
            )
            self._catalog.put(_merged(own, groups) if own is not None else Group(name, groups))
        for name in self._told - found.keys():
            own = self._own.get(name)
            if own is not None:
                self._catalog.put(own)
            else:
                self._catalog.remove(name)
        self._told = set(found)

    def _described(self, group_version: str, kind: str) -> Described | None:
        resource = self._kinds.get((group_version, kind))
        if resource is None:
            return None
        group, version = resource.group, resource.version
        name = definition_name(group, version, resource.kind)
        custom = resource.custom
        one = Described(name, group, version, resource.kind, custom.shown_schema, selectable=custom.selectable)
        if kind == resource.kind:
            return one
        name = definition_name(group, version, resource.list_kind)
        return Described(name, group, version, resource.list_kind, dict, one)


def _merged(own: Group, more: tuple[GroupVersion, ...]) -> Group:
    """A group of this server's own that definitions add to."""
    added = {each.version: each for each in more}
    versions = [
        GroupVersion(
            each.version, each.resources + (added.pop(each.version).resources if each.version in added else ())
        )
        for each in own.versions
    ]
    return Group(own.name, (*versions, *added.values()), own.priority)


def _served(installed: Installed, resource: CustomResource) -> Served:
    kind = resource.custom
    subresources = []
    if kind.has_status:
        subresources.append(Subresource("status", kind.kind, _CHANGED))
    if kind.scale is not None:
        subresources.append(Subresource("scale", "Scale", _CHANGED, "autoscaling", "v1"))
    names = installed.names
    verbs = tuple(verb for verb in _VERBS if verb not in _NO_MORE) if installed.terminating else _VERBS
    return Served(
        plural=resource.plural,
        kind=resource.kind,
        namespaced=resource.namespaced,
        singular=names.singular,
        verbs=verbs,
        short_names=tuple(names.short_names),
        categories=tuple(names.categories),
        subresources=tuple(subresources),
        group=resource.group,
        version=resource.version,
        storage_hash=storage_hash(resource.group, installed.stored.version, resource.kind),
    )
