"""OpenAPI v3: one document per group version."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from apiserver.openapi.definitions import PATCH, WATCH_EVENT, Definitions
from apiserver.openapi.described import Described
from apiserver.openapi.operations import CUSTOM_PATCH_TYPES, PATCH_TYPES, Operation, operations, tag_of
from apiserver.openapi.parameters import PARAMETERS
from minik8s.api import meta_v1
from minik8s.api.fields import Struct

TypeOf = Callable[[str, str], type[Struct] | Described | None]
_JSON, _YAML, _PROTOBUF = "application/json", "application/yaml", "application/vnd.kubernetes.protobuf"
_ANY = "*/*"
_TEXT = (_JSON, _YAML)
_WHOLE = (_JSON, _YAML, _PROTOBUF)
_STREAMS = (*_WHOLE, _JSON + ";stream=watch", _PROTOBUF + ";stream=watch")


BEARER = {"type": "apiKey", "name": "authorization", "in": "header", "description": "Bearer Token authentication"}
_SECURITY = {"securitySchemes": {"BearerToken": BEARER}}


def info(version: str) -> dict[str, Any]:
    """The head of a document."""
    return {"title": "Kubernetes", "version": version}


def document(resource_list: dict[str, Any], version: str, type_of: TypeOf) -> dict[str, Any]:
    """The document of a group version, given as its APIResourceList; `type_of` finds a kind's type."""
    group_version = resource_list["groupVersion"]
    definitions = Definitions(3, list(dict.fromkeys(["v1", group_version])))
    paths: dict[str, dict[str, Any]] = {}
    tag = tag_of(group_version)
    for operation in operations(resource_list, partial(is_custom, type_of, group_version)):
        item = paths.setdefault(operation.path, {})
        item[operation.method] = _operation(operation, tag, definitions, type_of)
        if operation.path_parameters:
            item["parameters"] = [_parameter(name, "path") for name in operation.path_parameters]
    root = f"/apis/{group_version}/" if "/" in group_version else f"/api/{group_version}/"
    listed = definitions.ref(meta_v1.APIResourceList)
    paths[root] = {
        "get": {
            "tags": [tag],
            "description": "The resources of the group version.",
            "operationId": f"get{''.join(part[:1].upper() + part[1:] for part in tag.split('_'))}APIResources",
            "responses": _responses({"200": "OK"}, listed, _WHOLE),
        }
    }
    return {
        "openapi": "3.0.0",
        "info": info(version),
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": dict(sorted(definitions.schemas.items())), **_SECURITY},
    }


def is_custom(type_of: TypeOf, group_version: str, kind: str) -> bool:
    """Whether a definition made a kind."""
    return isinstance(type_of(group_version, kind), Described)


def plain_document(path: str, version: str, answer: type[Struct] | None) -> dict[str, Any]:
    """The document of a path that is no group version: `/api/`, `/apis/apps/`, `/version/`."""
    definitions = Definitions(3, ["v1"])
    schema = definitions.ref(answer) if answer is not None else {"type": "object"}
    media = _WHOLE if path.startswith("/api") else (_JSON,)
    components = {"schemas": definitions.schemas, **_SECURITY} if definitions.schemas else _SECURITY
    return {
        "openapi": "3.0.0",
        "info": info(version),
        "paths": {path: {"get": {"responses": _responses({"200": "OK"}, schema, media)}}},
        "components": components,
    }


def _operation(operation: Operation, tag: str, definitions: Definitions, type_of: TypeOf) -> dict[str, Any]:
    found: dict[str, Any] = {"tags": [tag], "operationId": operation.ident}
    kind = operation.kind
    group_version = f"{kind['group']}/{kind['version']}" if kind["group"] else kind["version"]

    def ref(name: str) -> dict[str, Any]:
        cls = type_of(group_version, name)
        return definitions.ref(cls) if cls is not None else {"type": "object"}

    if operation.parameters:
        found["parameters"] = [_parameter(name, "query") for name in operation.parameters]
    # Custom objects have no protobuf, and are not patched strategically.
    taken = _TEXT if operation.custom else (_ANY,)
    whole = _TEXT if operation.custom else _WHOLE
    if operation.action in ("post", "put"):
        found["requestBody"] = {"content": {each: {"schema": ref(kind["kind"])} for each in taken}, "required": True}
    elif operation.action == "patch":
        schema = definitions.named(PATCH)
        patches = CUSTOM_PATCH_TYPES if operation.custom else PATCH_TYPES
        found["requestBody"] = {"content": {each: {"schema": schema} for each in patches}, "required": True}
    elif operation.action == "delete" or (operation.action == "deletecollection" and not operation.custom):
        schema = definitions.ref(meta_v1.DeleteOptions)
        found["requestBody"] = {"content": {each: {"schema": schema} for each in taken}}
    codes = {
        "post": {"200": "OK", "201": "Created", "202": "Accepted"},
        "put": {"200": "OK", "201": "Created"},
        "patch": {"200": "OK", "201": "Created"},
        "delete": {"200": "OK", "202": "Accepted"},
    }.get(operation.action, {"200": "OK"})
    if operation.custom and operation.action == "patch":
        codes = {"200": "OK"}
    if operation.answer == "" and operation.action == "get":
        found["responses"] = _responses(codes, {"type": "string"}, (*_WHOLE, "text/plain"))
    elif operation.answer == "":
        found["responses"] = _responses(codes, {"type": "string"}, (_ANY,))
    elif operation.answer == "WatchEvent":
        found["responses"] = _responses(codes, definitions.named(WATCH_EVENT), _STREAMS)
    elif operation.answer == "Status":
        found["responses"] = _responses(codes, definitions.ref(meta_v1.Status), whole)
    else:
        media = _STREAMS if operation.action == "list" and not operation.custom else whole
        found["responses"] = _responses(codes, ref(operation.answer), media)
    found["x-kubernetes-action"] = operation.action
    found["x-kubernetes-group-version-kind"] = operation.belongs_to
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
