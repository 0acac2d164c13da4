"""Resources known only at run time: found by discovery, their objects are plain dicts."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from minik8s.api import scheme
from minik8s.api.meta_v1 import APIGroupList, APIResource, APIResourceList, PartialObjectMetadata
from minik8s.client import decode
from minik8s.client.errors import ApiError, NotFound
from minik8s.client.resources import Resource

if TYPE_CHECKING:
    from minik8s.client.api import ApiClient

Object = dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Discovered:
    """One resource the server serves, with its verbs and short names."""

    resource: Resource[Object]
    verbs: tuple[str, ...]
    short_names: tuple[str, ...]
    singular: str
    categories: tuple[str, ...]


class DynamicClient:
    """Finds resources by kind or name; `ApiClient`'s own verbs take what it finds."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._group_versions: dict[str, list[Discovered]] = {}

    def forget(self) -> None:
        """Ask the server again next time (new custom resources)."""
        self._group_versions.clear()

    async def resource(self, group_version: str, kind: str) -> Resource[Object]:
        """The resource of a kind. Raises NotFound when the server has none."""
        known = scheme.resource_for_kind(group_version, kind)
        if known is not None:
            return Resource(group_version, known.plural, known.kind, known.namespaced, dict)
        for retry in (False, True):
            if retry:
                self._group_versions.pop(group_version, None)
            for found in await self.group_version(group_version):
                if found.resource.kind == kind:
                    return found.resource
        raise NotFound(f'no matches for kind "{kind}" in version "{group_version}"')

    async def resource_of(self, obj: Object) -> Resource[Any]:
        """The resource of a dict that says its apiVersion and kind. Raises NotFound."""
        return await self.resource(str(obj.get("apiVersion", "")), str(obj.get("kind", "")))

    async def metadata(self, group_version: str, kind: str) -> Resource[PartialObjectMetadata]:
        """The resource of a kind, read as metadata alone. Raises NotFound."""
        return (await self.resource(group_version, kind)).metadata()

    async def group_version(self, group_version: str) -> list[Discovered]:
        """What one group version serves, without subresources; asked once. Raises NotFound for an unknown one."""
        if group_version not in self._group_versions:
            path = f"/apis/{group_version}" if "/" in group_version else f"/api/{group_version}"
            answer = await self._client.request("GET", path)
            found = decode.decode(answer.body, APIResourceList)
            self._group_versions[group_version] = [
                _discovered(group_version, r) for r in found.resources if "/" not in r.name
            ]
        return self._group_versions[group_version]

    async def all_group_versions(self, preferred: bool = False) -> list[str]:
        """Every group version served, core first; only each group's preferred one when asked so."""
        answer = await self._client.request("GET", "/apis")
        groups = decode.decode(answer.body, APIGroupList)
        found = ["v1"]
        for group in groups.groups:
            listed = [group.preferred_version] if preferred else group.versions
            found += [version.group_version for version in listed]
        return found

    async def all(self, preferred: bool = True, verbs: tuple[str, ...] = ()) -> tuple[list[Discovered], list[str]]:
        """Every resource that has all of `verbs`, and the group versions that could not be asked."""
        found: list[Discovered] = []
        failed: list[str] = []
        for group_version in await self.all_group_versions(preferred):
            try:
                listed = await self.group_version(group_version)
            except ApiError:
                failed.append(group_version)
                continue
            found += [d for d in listed if set(verbs) <= set(d.verbs)]
        return found, failed


def _discovered(group_version: str, found: APIResource) -> Discovered:
    served = f"{found.group}/{found.version}" if found.group and found.version else group_version
    return Discovered(
        Resource(served, found.name, found.kind, found.namespaced, dict),
        tuple(found.verbs),
        tuple(found.short_names),
        found.singular_name or found.kind.lower(),
        tuple(found.categories),
    )
