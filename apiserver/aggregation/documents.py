"""Discovery and OpenAPI of remotes, taken over into this server's own."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import structlog

from apiserver.aggregation.identity import CHECKER, identity_headers
from apiserver.aggregation.remotes import Remote, Remotes, Unreachable
from apiserver.discovery.catalog import Catalog
from apiserver.discovery.facts import CURRENT, STALE, Group, GroupVersion, Served, Subresource
from apiserver.openapi.serving import OpenAPI
from apiserver.streams.backend import Backends

log = structlog.get_logger("apiserver.aggregation")

_MOST_BYTES = 32 * 1024 * 1024
_SECONDS = 10.0
_JSON = "application/json"


class Documents:
    """Keeps what remotes tell of themselves."""

    def __init__(self, remotes: Remotes, backends: Backends, catalog: Catalog, openapi: OpenAPI) -> None:
        self._remotes = remotes
        self._backends = backends
        self._catalog = catalog
        self._openapi = openapi
        self._resources: dict[tuple[str, str], tuple[Served, ...]] = {}
        self._fresh: dict[tuple[str, str], bool] = {}
        self._etags: dict[str, str] = {}
        remotes.changed.append(self._changed)
        for key, remote in remotes.by_group_version.items():
            self._changed(key, remote)

    def _changed(self, key: tuple[str, str], remote: Remote | None) -> None:
        path = f"apis/{key[0]}/{key[1]}"
        self._etags.pop(f"2 {path}", None)
        self._etags.pop(f"3 {path}", None)
        if remote is None:
            self._resources.pop(key, None)
            self._fresh.pop(key, None)
            self._openapi.foreign.discard(path)
            self._openapi.publish(path, b"")
            self._openapi.publish_v2(path, None)
        else:
            self._openapi.foreign.add(path)
        self._settle(key[0])

    def _settle(self, group: str) -> None:
        found = [
            (remote.spec, self._resources.get(key, ()), self._fresh.get(key, False))
            for key, remote in self._remotes.by_group_version.items()
            if key[0] == group
        ]
        if not found:
            self._catalog.remove_remote(group)
            return
        versions = tuple(
            GroupVersion(spec.version, resources, CURRENT if fresh else STALE, spec.version_priority)
            for spec, resources, fresh in found
        )
        self._catalog.put_remote(Group(group, versions, max(each[0].group_priority_minimum for each in found)))

    async def take_over(self, remote: Remote) -> None:
        """Ask a remote what it serves."""
        key = (remote.spec.group, remote.spec.version)
        listed = await self._get(remote, f"/apis/{remote.group_version}")
        if not self._is_current(remote):
            return
        resources = self._resources.get(key, ())
        if listed is not None:
            try:
                resources = served(listed)
            except msgspec.ValidationError as error:
                log.warning("an API server's discovery cannot be read", name=remote.name, reason=str(error))
                listed = None
        if self._resources.get(key) != resources or self._fresh.get(key) != (listed is not None):
            self._resources[key] = resources
            self._fresh[key] = listed is not None
            self._settle(remote.spec.group)
        await self._openapi_v3(remote)
        await self._openapi_v2(remote)

    def _is_current(self, remote: Remote) -> bool:
        """Whether a remote is still there as it was: one that went while it was asked must not be taken over."""
        return self._remotes.by_group_version.get((remote.spec.group, remote.spec.version)) is remote

    def lost(self, remote: Remote) -> None:
        """A remote does not answer: what it said last may no longer hold."""
        key = (remote.spec.group, remote.spec.version)
        if self._fresh.get(key) and self._is_current(remote):
            self._fresh[key] = False
            self._settle(remote.spec.group)

    async def _openapi_v3(self, remote: Remote) -> None:
        path = f"apis/{remote.group_version}"
        index = await self._get(remote, "/openapi/v3")
        paths = (index or {}).get("paths")
        entry = paths.get(path) if isinstance(paths, dict) else None
        url = entry.get("serverRelativeURL") if isinstance(entry, dict) else None
        if not isinstance(url, str) or not url.startswith("/") or self._etags.get(f"3 {path}") == url:
            return
        document = await self._get(remote, url)
        if document is not None and self._is_current(remote):
            self._etags[f"3 {path}"] = url
            self._openapi.publish(path, msgspec.json.encode(document))

    async def _openapi_v2(self, remote: Remote) -> None:
        path = f"apis/{remote.group_version}"
        held = self._etags.get(f"2 {path}", "")
        document = await self._get(remote, "/openapi/v2", etag=held)
        if document is None or not self._is_current(remote):
            return
        self._etags[f"2 {path}"] = document.pop("etag ", "")
        paths = document.get("paths")
        if isinstance(paths, dict):
            mine = {name: item for name, item in paths.items() if name.startswith(f"/{path}/")}
            definitions = document.get("definitions")
            part = {"paths": mine, "definitions": definitions if isinstance(definitions, dict) else {}}
            self._openapi.publish_v2(path, part)

    async def _get(self, remote: Remote, target: str, etag: str = "") -> dict[str, Any] | None:
        """A JSON object a remote answers with, None for anything else."""
        import aiohttp

        try:
            address, tls = self._remotes.reach(remote)
            host = f"[{address.host}]" if ":" in address.host else address.host
            headers = [
                ("Host", f"{remote.server_name}:{remote.port}"),
                ("Accept", _JSON),
                *identity_headers(CHECKER),
            ]
            if etag:
                headers.append(("If-None-Match", etag))
            async with (
                asyncio.timeout(_SECONDS),
                self._backends.request(
                    "GET", f"https://{host}:{address.port}{target}", tls, headers, server_name=remote.server_name
                ) as answer,
            ):
                if answer.status != 200:
                    return None
                body = bytearray()
                async for piece in answer.content.iter_any():
                    body += piece
                    if len(body) > _MOST_BYTES:
                        answer.close()
                        return None
                found = msgspec.json.decode(bytes(body))
                if not isinstance(found, dict):
                    return None
                if target == "/openapi/v2":
                    found["etag "] = answer.headers.get("ETag", "")
                return found
        except (Unreachable, aiohttp.ClientError, msgspec.MsgspecError, OSError, ValueError, RecursionError) as error:
            log.debug("a document of an API server cannot be had", name=remote.name, path=target, reason=str(error))
            return None


class _Resource(msgspec.Struct, rename="camel"):
    name: str = ""
    singular_name: str = ""
    namespaced: bool = False
    kind: str = ""
    group: str = ""
    version: str = ""
    verbs: list[str] = []
    short_names: list[str] = []
    categories: list[str] = []


class _List(msgspec.Struct):
    resources: list[_Resource] = []


def served(document: dict[str, Any]) -> tuple[Served, ...]:
    """What an APIResourceList tells. Raises msgspec.ValidationError for a document that is none."""
    listed = msgspec.convert(document, _List).resources
    subresources: dict[str, list[Subresource]] = {}
    for each in listed:
        name, slash, sub = each.name.partition("/")
        if slash:
            group, version = (each.group, each.version) if each.version else ("", "")
            subresources.setdefault(name, []).append(Subresource(sub, each.kind, tuple(each.verbs), group, version))
    return tuple(
        Served(
            plural=each.name,
            kind=each.kind,
            namespaced=each.namespaced,
            singular=each.singular_name,
            verbs=tuple(each.verbs),
            short_names=tuple(each.short_names),
            categories=tuple(each.categories),
            subresources=tuple(subresources.get(each.name, ())),
        )
        for each in listed
        if "/" not in each.name
    )
