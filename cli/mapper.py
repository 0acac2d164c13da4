"""From what a person types (`po`, `deploy`, `deployments.apps`) to a resource the server serves."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from cli.errors import CommandError
from minik8s.api.apidiscovery_v2 import APIGroupDiscoveryList
from minik8s.client import decode
from minik8s.client.errors import ApiError
from minik8s.client.resources import Resource

if TYPE_CHECKING:
    from minik8s.client.api import ApiClient

_AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
_ALL = ("get", "list")


@dataclasses.dataclass(frozen=True, slots=True)
class Served:
    """A resource the server serves; `preferred` is whether its version is its group's first."""

    resource: Resource[dict[str, Any]]
    singular: str
    short_names: tuple[str, ...]
    categories: tuple[str, ...]
    verbs: tuple[str, ...]
    preferred: bool

    @property
    def names(self) -> set[str]:
        """What it may be called, in lower case, without its group."""
        kind = self.resource.kind.lower()
        return {self.resource.plural, self.singular or kind, kind, *self.short_names}

    @property
    def full_name(self) -> str:
        """`deployments.apps`, or `pods` in the core group."""
        return str(self.resource)


class Mapper:
    """Asks the server once what it serves."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._served: list[Served] | None = None

    async def served(self) -> list[Served]:
        """Everything served, core group first, each group's preferred version first."""
        if self._served is None:
            self._served = [*await self._ask("/api"), *await self._ask("/apis")]
        return self._served

    async def _ask(self, path: str) -> list[Served]:
        answer = await self._client.request("GET", path, headers={"Accept": _AGGREGATED})
        found = decode.decode(answer.body, APIGroupDiscoveryList)
        if found.kind != "APIGroupDiscoveryList":
            return await self._ask_each(path)
        served = []
        for group in found.items:
            for number, version in enumerate(group.versions):
                group_version = f"{group.metadata.name}/{version.version}" if group.metadata.name else version.version
                for each in version.resources:
                    kind = each.response_kind.kind if each.response_kind else ""
                    resource = Resource(group_version, each.resource, kind, each.scope == "Namespaced", dict)
                    served.append(
                        Served(
                            resource,
                            each.singular_resource,
                            tuple(each.short_names),
                            tuple(each.categories),
                            tuple(each.verbs),
                            number == 0,
                        )
                    )
        return served

    async def _ask_each(self, path: str) -> list[Served]:
        """A server without aggregated discovery."""
        if path == "/api":
            wanted = ["v1"]
        else:
            wanted = [each for each in await self._client.dynamic.all_group_versions() if each != "v1"]
        first: set[str] = set()
        served = []
        for group_version in wanted:
            group = group_version.rpartition("/")[0]
            preferred = group not in first
            first.add(group)
            try:
                found = await self._client.dynamic.group_version(group_version)
            except ApiError:
                continue
            served += [Served(d.resource, d.singular, d.short_names, d.categories, d.verbs, preferred) for d in found]
        return served

    async def find(self, text: str) -> Served:
        """The resource a person means. Raises CommandError with kubectl's words."""
        wanted = text.lower()
        name, _, rest = wanted.partition(".")
        best: Served | None = None
        for each in await self.served():
            group, version = each.resource.group, each.resource.version
            if name not in each.names:
                continue
            if rest and rest not in (group, f"{version}.{group}") and not (group.startswith(rest + ".")):
                continue
            if rest == f"{version}.{group}" or (each.preferred and best is None):
                best = each
                if each.resource.plural == name or rest:
                    break
        if best is None:
            raise CommandError(f'error: the server doesn\'t have a resource type "{text}"')
        return best

    async def expand(self, text: str) -> list[Served]:
        """The resources of a word that may be a category (`all`) or a list (`pods,svc`)."""
        found: list[Served] = []
        for word in text.split(","):
            members = [
                each
                for each in await self.served()
                if word in each.categories and each.preferred and set(_ALL) <= set(each.verbs)
            ]
            found += members or [await self.find(word)]
        unique = {each.full_name: each for each in reversed(found)}
        return [each for each in found if unique.pop(each.full_name, None) is not None]

    async def of_object(self, obj: dict[str, Any], source: str = "") -> Served:
        """The resource of a manifest. Raises CommandError."""
        version, kind = str(obj.get("apiVersion", "")), str(obj.get("kind", ""))
        for each in await self.served():
            if each.resource.group_version == version and each.resource.kind == kind:
                return each
        where = f' from "{source}"' if source else ""
        name = (obj.get("metadata") or {}).get("name", "")
        raise CommandError(
            f'error: resource mapping not found for name: "{name}" namespace: '
            f'"{(obj.get("metadata") or {}).get("namespace", "")}"{where}: no matches for kind "{kind}" in version '
            f'"{version}"\nensure CRDs are installed first'
        )
