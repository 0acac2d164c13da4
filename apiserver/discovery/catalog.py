"""What is served now. Groups may come, change and go while the server runs; documents follow at once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import msgspec

from apiserver.discovery import aggregated, documents
from apiserver.discovery.facts import Group, Served
from apiserver.discovery.version_order import rank

_NEW_GROUP = 1000
_FIRST = "apiregistration.k8s.io"
"""The group that tells of all groups: no priority comes before it."""


class Aggregated(NamedTuple):
    """One aggregated document and what names its content."""

    body: bytes
    etag: str


def _together(own: Group | None, remote: Group) -> Group:
    """A group of which another server serves some or all versions: the most important one is told first."""
    theirs = {each.version for each in remote.versions}
    ours = () if own is None else own.versions
    versions = [*(each for each in ours if each.version not in theirs), *remote.versions]
    versions.sort(key=lambda each: each.version)
    versions.sort(key=lambda each: (each.priority, rank(each.version)), reverse=True)
    priority = remote.priority if own is None else max(own.priority or _NEW_GROUP, remote.priority)
    return Group(remote.name, tuple(versions), priority)


class Catalog:
    """The served groups by name. `put` and `remove` change them; documents are made when first asked for after that.

    `changed` functions are called after every change.
    """

    def __init__(self, groups: Iterable[Group] = ()) -> None:
        self._groups = {group.name: group for group in groups}
        self._remote: dict[str, Group] = {}
        self._combined: dict[str, Group] | None = None
        self._documents: dict[str, bytes] = {}
        self._lists: dict[str, bytes] | None = None
        self._aggregated: dict[tuple[bool, str, bool], Aggregated] = {}
        self.changed: list[Callable[[], None]] = []

    @property
    def groups(self) -> list[Group]:
        """All groups but the core one, in the order in which clients are told."""
        named = [group for group in self._served().values() if group.name]
        return sorted(named, key=lambda group: (group.name != _FIRST, -(group.priority or _NEW_GROUP), group.name))

    def group(self, name: str) -> Group | None:
        """One group of this server's own, "" for the core group."""
        return self._groups.get(name)

    def put_remote(self, group: Group) -> None:
        """Tell of versions of a group that another server serves, in place of what was told of it."""
        if self._remote.get(group.name) != group:
            self._remote[group.name] = group
            self._forget()

    def remove_remote(self, name: str) -> None:
        """Tell of a group that another server serves no more; one that is not told of is fine."""
        if self._remote.pop(name, None) is not None:
            self._forget()

    def _served(self) -> dict[str, Group]:
        """All groups, those of others among this server's own."""
        if self._combined is None:
            found = dict(self._groups)
            for name, remote in self._remote.items():
                found[name] = _together(self._groups.get(name), remote)
            self._combined = found
        return self._combined

    def put(self, group: Group) -> None:
        """Serve a group, in place of what was served under its name; one without versions is served no more."""
        if self._groups.get(group.name) == group:
            return
        if group.versions:
            self._groups[group.name] = group
        else:
            self._groups.pop(group.name, None)
        self._forget()

    def remove(self, name: str) -> None:
        """Serve a group no more; one that is not served is fine."""
        if self._groups.pop(name, None) is not None:
            self._forget()

    def find(self, group: str, version: str, plural: str) -> Served | None:
        """What is told of one resource."""
        there = self._served().get(group)
        for each in there.versions if there is not None else ():
            if each.version == version:
                return next((served for served in each.resources if served.plural == plural), None)
        return None

    def document(self, path: str, address: str = "") -> bytes | None:
        """The document at a path (`/api`, `/apis/apps/v1` …), None where there is none."""
        if path == "/api":
            return msgspec.json.encode(documents.api_versions(self._groups.get(""), address))
        return self._all().get(path)

    def paths(self) -> list[str]:
        """The path of every document."""
        return ["/api", *self._all()]

    def resource_lists(self) -> dict[str, bytes]:
        """Every APIResourceList by its path."""
        if self._lists is None:
            self._all()
            assert self._lists is not None
        return self._lists

    def aggregated(self, version: str, *, core: bool, protobuf: bool = False) -> Aggregated:
        """All groups but the core one, or (`core`) that one, in one answer, as JSON or as protobuf."""
        key = (core, version, protobuf)
        found = self._aggregated.get(key)
        if found is None:
            mine = self._groups.get("")
            groups = ([mine] if mine is not None else []) if core else self.groups
            body = msgspec.json.encode(aggregated.discovery_list(groups, version))
            if protobuf:
                body = aggregated.encoded(body, version)
            etag = f'"{hashlib.sha512(body).hexdigest().upper()}"'
            found = self._aggregated[key] = Aggregated(body, etag)
        return found

    def _forget(self) -> None:
        self._combined = None
        self._documents.clear()
        self._lists = None
        self._aggregated.clear()
        for tell in self.changed:
            tell()

    def _all(self) -> dict[str, bytes]:
        found = self._documents
        if found:
            return found
        lists: dict[str, bytes] = {}
        made: dict[str, Any] = {"/apis": documents.api_group_list(self.groups)}
        for group in self._served().values():
            if group.name:
                made[f"/apis/{group.name}"] = documents.api_group(group)
            for each in group.versions:
                group_version = f"{group.name}/{each.version}" if group.name else each.version
                path = f"/apis/{group_version}" if group.name else f"/api/{group_version}"
                lists[path] = msgspec.json.encode(documents.api_resource_list(group_version, each.resources))
        found.update({path: msgspec.json.encode(document) for path, document in made.items()})
        found.update(lists)
        self._lists = lists
        return found
