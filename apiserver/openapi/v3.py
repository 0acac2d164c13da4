"""OpenAPI v3: one document per group version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apiserver.openapi.definitions import PATCH, WATCH_EVENT, Definitions
from apiserver.openapi.described import Described
from apiserver.openapi.operations import PATCH_TYPES, Operation, operations
from apiserver.openapi.parameters import PARAMETERS
from minik8s.api import meta_v1
from minik8s.api.fields import Struct

TypeOf = Callable[[str, str], type[Struct] | Described | None]
_JSON, _YAML, _PROTOBUF = "application/json", "application/yaml", "application/vnd.kubernetes.protobuf"
_WHOLE = (_JSON, _YAML, _PROTOBUF)
_STREAMS = (*_WHOLE, _JSON + ";stream=watch", _PROTOBUF + ";stream=watch")


def info(version: str) -> dict[str, Any]:
    """The head of a document."""
    return {"title": "Kubernetes", "version": version}


def document(resource_list: dict[str, Any], version: str, type_of: TypeOf) -> dict[str, Any]:
    """The document of a group version, given as its APIResourceList; `type_of` finds a kind's type."""
    group_version = resource_list["groupVersion"]
    definitions = Definitions(3, list(dict.fromkeys(["v1", group_version])))
    paths: dict[str, dict[str, Any]] = {}
    tag = group_version.replace(".k8s.io", "").replace(".", "_").replace("/", "_")
    tag = tag if "/" in group_version else f"core_{tag}"
    for operation in operations(resource_list):
        item = paths.setdefault(operation.path, {})
        item[operation.method] = _operation(operation, tag, definitions, type_of)
        if operation.path_parameters:
            item["parameters"] = [_parameter(name, "path") for name in operation.path_parameters]
    root = f"/apis/{group_version}/" if "/" in group_version else f"/api/{group_version}/"
    listed = definitions.ref(meta_v1.APIResourceList)
    paths[root] = {
        "get": {
            "tags": [tag],
            "operationId": f"get{tag.title().replace('_', '')}APIResources",
            "responses": _responses({"200": "OK"}, listed, _WHOLE),
        }
    }
    return {
        "openapi": "3.0.0",
        "info": info(version),
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": dict(sorted(definitions.schemas.items()))},
    }


def plain_document(path: str, version: str, answer: type[Struct] | None) -> dict[str, Any]:
    """The document of a path that is no group version: `/api/`, `/apis/apps/`, `/version/`."""
    definitions = Definitions(3, ["v1"])
    schema = definitions.ref(answer) if answer is not None else {"type": "object"}
    found: dict[str, Any] = {
        "openapi": "3.0.0",
        "info": info(version),
        "paths": {path: {"get": {"responses": _responses({"200": "OK"}, schema, (_JSON,))}}},
    }
    if definitions.schemas:
        found["components"] = {"schemas": definitions.schemas}
    return found


def _operation(operation: Operation, tag: str, definitions: Definitions, type_of: TypeOf) -> dict[str, Any]:
    found: dict[str, Any] = {"tags": [tag], "operationId": operation.ident}
    kind = operation.kind
    group_version = f"{kind['group']}/{kind['version']}" if kind["group"] else kind["version"]

    def ref(name: str) -> dict[str, Any]:
        cls = type_of(group_version, name)
        return definitions.ref(cls) if cls is not None else {"type": "object"}

    if operation.parameters:
        found["parameters"] = [_parameter(name, "query") for name in operation.parameters]
    if operation.action in ("post", "put"):
        found["requestBody"] = {"content": {media: {"schema": ref(kind["kind"])} for media in _WHOLE}, "required": True}
    elif operation.action == "patch":
        schema = definitions.named(PATCH)
        found["requestBody"] = {"content": {media: {"schema": schema} for media in PATCH_TYPES}, "required": True}
    elif operation.action in ("delete", "deletecollection"):
        schema = definitions.ref(meta_v1.DeleteOptions)
        found["requestBody"] = {"content": {media: {"schema": schema} for media in _WHOLE}}
    codes = {
        "post": {"200": "OK", "201": "Created", "202": "Accepted"},
        "put": {"200": "OK", "201": "Created"},
        "patch": {"200": "OK", "201": "Created"},
        "delete": {"200": "OK", "202": "Accepted"},
    }.get(operation.action, {"200": "OK"})
    if operation.answer == "":
        found["responses"] = _responses(codes, {"type": "string"}, ("*/*",))
    elif operation.answer == "WatchEvent":
        found["responses"] = _responses(codes, definitions.named(WATCH_EVENT), _STREAMS)
    elif operation.answer == "Status":
        found["responses"] = _responses(codes, definitions.ref(meta_v1.Status), _WHOLE)
    else:
        media = _STREAMS if operation.action == "list" else _WHOLE
        found["responses"] = _responses(codes, ref(operation.answer), media)
    found["x-kubernetes-action"] = operation.action
    found["x-kubernetes-group-version-kind"] = kind
    return found


def _responses(codes: dict[str, str], schema: dict[str, Any], media: tuple[str, ...]) -> dict[str, Any]:
    content = {each: {"schema": schema} for each in media}
    found = {code: {"description": text, "content": content} for code, text in codes.items()}
    found["401"] = {"description": "Unauthorized"}
    return found


def _parameter(name: str, place: str) -> dict[str, Any]:
    known = PARAMETERS[name]
    found: dict[str, Any] = {
        "name": name,
        "in": place,
        "description": known.description,
        "schema": {"type": known.type, "uniqueItems": True},
    }
    if place == "path":
        found["required"] = True
    return found
