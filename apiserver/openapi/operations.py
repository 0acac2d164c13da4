"""What may be called in a group version, worked out from its discovery document."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from apiserver.openapi.definitions import group_version_kind
from apiserver.openapi.parameters import BY_ACTION, BY_SUBRESOURCE, OF_CUSTOM, PROXY
from apiserver.registry.shown_at_last import SHOWN_AT_LAST

PATCH_TYPES = (
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
)
CUSTOM_PATCH_TYPES = PATCH_TYPES[:-1]
_METHOD_OF_VERB = {"get": "get", "create": "post", "update": "put", "patch": "patch", "delete": "delete"}
_CONNECTED = frozenset({"attach", "exec", "portforward", "proxy"})
_PROXIED = ("delete", "get", "head", "options", "patch", "post", "put")


def tag_of(group_version: str) -> str:
    """What operations of a group version are grouped under: `core_v1`, `rbacAuthorization_v1`."""
    group, _, version = group_version.rpartition("/")
    first, *more = (group.replace(".k8s.io", "") or "core").split(".")
    return first + "".join(part.capitalize() for part in more) + f"_{version}"


@dataclasses.dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `kind` is the kind sent and answered, `answer` that of the answer where it differs.

    `belongs_to` is the kind under whose name clients find the operation.
    """

    path: str
    method: str
    action: str
    kind: dict[str, str]
    parameters: tuple[str, ...]
    path_parameters: tuple[str, ...]
    answer: str
    ident: str
    belongs_to: dict[str, str]
    custom: bool


def operations(resource_list: dict[str, Any], is_custom: Callable[[str], bool]) -> Iterator[Operation]:
    """Every operation of an APIResourceList, by path; `is_custom` tells kinds that definitions made."""
    group_version = resource_list["groupVersion"]
    root = f"/apis/{group_version}" if "/" in group_version else f"/api/{group_version}"
    camel = "".join(part.capitalize() for part in group_version.replace(".k8s.io", "").replace(".", "/").split("/"))
    if "/" not in group_version:
        camel = "Core" + camel
    kinds = {resource["name"]: resource["kind"] for resource in resource_list["resources"]}
    for resource in resource_list["resources"]:
        name, _, sub = resource["name"].partition("/")
        said = f"{resource['group']}/" if resource.get("group") else ""
        version = resource.get("version") or group_version.rpartition("/")[2]
        kind = group_version_kind(said + version if said else group_version, resource["kind"])
        owner = kinds.get(name, "")
        custom = is_custom(owner)
        belongs_to = group_version_kind(group_version, owner) if custom else kind
        place = _Place(root, camel, name, sub, kind, bool(resource["namespaced"]), owner, belongs_to, custom)
        yield from _of_resource(place, resource["verbs"])


@dataclasses.dataclass(frozen=True, slots=True)
class _Place:
    root: str
    camel: str
    name: str
    sub: str
    kind: dict[str, str]
    namespaced: bool
    owner: str
    belongs_to: dict[str, str]
    custom: bool

    def operation(self, path: str, method: str, action: str, word: str, more: str = "") -> Operation:
        """An operation of this resource; its identifier is `word`, the group version, `more`."""
        found = tuple(each for each in ("namespace", "name", "path") if f"{{{each}}}" in path)
        parameters = BY_SUBRESOURCE.get((self.name, self.sub), BY_ACTION[action])
        if self.custom:
            parameters = OF_CUSTOM.get(action, parameters)
        elif action == "connect" and self.sub == "proxy":
            parameters = PROXY
        scope = "Namespaced" if "namespace" in found else ""
        tail = "".join(part.capitalize() for part in self.sub.split("/"))
        over_all = "ForAllNamespaces" if self.namespaced and "namespace" not in found else ""
        ident = f"{word}{self.camel}{more}{scope}{self.owner}{tail}{over_all}"
        if action == "connect" and "path" in found:
            ident += "WithPath"
        answer = self.kind["kind"]
        if action == "list":
            answer += "List"
        elif action in ("watch", "watchlist"):
            answer = "WatchEvent"
        elif action == "deletecollection" or (
            action == "delete" and (self.kind["group"], self.name) not in SHOWN_AT_LAST
        ):
            answer = "Status"
        elif action == "delete":
            answer = self.kind["kind"]
        elif action == "connect" or self.sub == "log":
            answer = ""
        belongs_to, custom = self.belongs_to, self.custom
        return Operation(path, method, action, self.kind, parameters, found, answer, ident, belongs_to, custom)


def _of_resource(place: _Place, verbs: list[str]) -> Iterator[Operation]:
    scope = "/namespaces/{namespace}" if place.namespaced else ""
    collection = f"{place.root}{scope}/{place.name}"
    one = collection + "/{name}"
    if place.sub:
        path = f"{one}/{place.sub}"
        if place.sub in _CONNECTED:
            methods = _PROXIED if place.sub == "proxy" else ("get", "post")
            paths = (path, path + "/{path}") if place.sub == "proxy" else (path,)
            for each in paths:
                for method in methods:
                    yield place.operation(each, method, "connect", "connect", method.capitalize())
            return
        for verb in verbs:
            if (known := _METHOD_OF_VERB.get(verb)) is not None:
                yield place.operation(path, known, known, _WORDS[known])
        return
    if "create" in verbs:
        yield place.operation(collection, "post", "post", "create")
    if "list" in verbs:
        yield place.operation(collection, "get", "list", "list")
        if place.namespaced:
            yield place.operation(f"{place.root}/{place.name}", "get", "list", "list")
    if "deletecollection" in verbs:
        yield place.operation(collection, "delete", "deletecollection", "delete", "Collection")
    for verb, method in _METHOD_OF_VERB.items():
        if verb in verbs and verb != "create":
            yield place.operation(one, method, method, _WORDS[method])
    if "watch" in verbs and not place.custom:
        yield place.operation(f"{place.root}/watch{scope}/{place.name}", "get", "watchlist", "watchList")
        yield place.operation(f"{place.root}/watch{scope}/{place.name}/{{name}}", "get", "watch", "watch")
        if place.namespaced:
            yield place.operation(f"{place.root}/watch/{place.name}", "get", "watchlist", "watchList")


_WORDS = {"get": "read", "post": "create", "put": "replace", "patch": "patch", "delete": "delete"}
