"""OpenAPI v2 (Swagger): everything that is served in one document."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import msgspec

from apiserver.openapi.definitions import PATCH, WATCH_EVENT, Definitions
from apiserver.openapi.operations import CUSTOM_PATCH_TYPES, PATCH_TYPES, Operation, operations
from apiserver.openapi.parameters import PARAMETERS
from apiserver.openapi.v3 import BEARER, TypeOf, info, is_custom
from minik8s.api import meta_v1
from minik8s.api.fields import Struct

_WHOLE = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"]
_STREAMS = [*_WHOLE, "application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch"]
_CODES = {
    "post": {"200": "OK", "201": "Created", "202": "Accepted"},
    "put": {"200": "OK", "201": "Created"},
    "patch": {"200": "OK", "201": "Created"},
    "delete": {"200": "OK", "202": "Accepted"},
}


def document(
    resource_lists: Iterable[dict[str, Any]], version: str, type_of: TypeOf, *, packed: bool = False
) -> dict[str, Any]:
    """The document of all group versions, given as APIResourceLists.

    Where it is `packed` its paths and definitions are JSON already, `unpacked` gives them back: with hundreds of custom
    kinds all of them as dictionaries at once would take many times the memory.
    """
    lists = list(resource_lists)
    definitions = Definitions(2, list(dict.fromkeys(["v1", *(each["groupVersion"] for each in lists)])))
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = definitions.schemas
    done = 0
    plain: dict[str, type[Struct]] = {"/api/": meta_v1.APIVersions, "/apis/": meta_v1.APIGroupList}
    for resource_list in lists:
        group_version = resource_list["groupVersion"]
        group = group_version.rpartition("/")[0]
        if group:
            plain[f"/apis/{group}/"] = meta_v1.APIGroup
        plain[f"/apis/{group_version}/" if group else f"/api/{group_version}/"] = meta_v1.APIResourceList
        for operation in operations(resource_list, partial(is_custom, type_of, group_version)):
            item = paths.setdefault(operation.path, {})
            item[operation.method] = _operation(operation, definitions, type_of)
            if operation.path_parameters:
                item["parameters"] = [_parameter(name, "path") for name in operation.path_parameters]
        if packed:
            # No operation of another group version comes back to these.
            _pack(paths, list(paths)[done:])
            _pack(schemas, [name for name, schema in schemas.items() if isinstance(schema, dict)])
            done = len(paths)
    for path, cls in plain.items():
        answer = {"200": {"description": "OK", "schema": definitions.ref(cls)}}
        paths[path] = {"get": {"consumes": _WHOLE, "produces": _WHOLE, "schemes": ["https"], "responses": answer}}
    return {
        "swagger": "2.0",
        "info": info(version),
        "paths": dict(sorted(paths.items())),
        "definitions": dict(sorted(definitions.schemas.items())),
        "security": [{"BearerToken": []}],
        "securityDefinitions": {"BearerToken": BEARER},
    }


def _pack(held: dict[str, Any], names: list[str]) -> None:
    for name in names:
        held[name] = msgspec.Raw(msgspec.json.encode(held[name]))


def unpacked(value: Any) -> Any:
    """A path or a definition of a document as plain data."""
    return msgspec.json.decode(value) if isinstance(value, msgspec.Raw) else value


_REFERENCE = "#/definitions/"


def add(document: dict[str, Any], part: dict[str, Any]) -> None:
    """Put paths and definitions made elsewhere into a document; a definition that clashes gets another name."""
    definitions = document["definitions"]
    names = {}
    for name, schema in part["definitions"].items():
        if name in definitions and unpacked(definitions[name]) != schema:
            count = 2
            while f"{name}_v{count}" in definitions:
                count += 1
            names[name] = f"{name}_v{count}"
    for name, schema in part["definitions"].items():
        definitions[names.get(name, name)] = _renamed(schema, names)
    for path, item in part["paths"].items():
        document["paths"].setdefault(path, _renamed(item, names))


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if not names:
        return value
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str) and reference.startswith(_REFERENCE):
            name = reference[len(_REFERENCE) :]
            return {**value, "$ref": _REFERENCE + names.get(name, name)}
        return {key: _renamed(each, names) for key, each in value.items()}
    if isinstance(value, list):
        return [_renamed(each, names) for each in value]
    return value


def _operation(operation: Operation, definitions: Definitions, type_of: TypeOf) -> dict[str, Any]:
    kind = operation.kind
    group_version = f"{kind['group']}/{kind['version']}" if kind["group"] else kind["version"]

    def ref(name: str) -> dict[str, Any]:
        cls = type_of(group_version, name)
        return definitions.ref(cls) if cls is not None else {"type": "object"}

    body: dict[str, Any] | None = None
    consumes = ["*/*"]
    if operation.action in ("post", "put"):
        body = ref(kind["kind"])
    elif operation.action == "patch":
        body = definitions.named(PATCH)
        consumes = list(CUSTOM_PATCH_TYPES if operation.custom else PATCH_TYPES)
    elif operation.action == "delete" or (operation.action == "deletecollection" and not operation.custom):
        body = definitions.ref(meta_v1.DeleteOptions)
    schema: dict[str, Any]
    produces = _WHOLE
    if operation.answer == "":
        schema, produces = {"type": "string"}, ["*/*"]
    elif operation.answer == "WatchEvent":
        schema, produces = definitions.named(WATCH_EVENT), _STREAMS
    elif operation.answer == "Status":
        schema = definitions.ref(meta_v1.Status)
    else:
        schema = ref(operation.answer)
        produces = _STREAMS if operation.action == "list" else _WHOLE
    codes = _CODES.get(operation.action, {"200": "OK"})
    found: dict[str, Any] = {
        "operationId": operation.ident,
        "consumes": consumes,
        "produces": produces,
        "schemes": ["https"],
        "parameters": [_parameter(name, "query") for name in operation.parameters],
        "responses": {
            **{code: {"description": text, "schema": schema} for code, text in codes.items()},
            "401": {"description": "Unauthorized"},
        },
        "x-kubernetes-action": operation.action,
        "x-kubernetes-group-version-kind": kind,
    }
    if body is not None:
        required = operation.action not in ("delete", "deletecollection")
        sent = {"name": "body", "in": "body", "schema": body}
        found["parameters"].insert(0, {**sent, "required": True} if required else sent)
    return found


def _parameter(name: str, place: str) -> dict[str, Any]:
    known = PARAMETERS[name]
    found: dict[str, Any] = {
        "name": name,
        "in": place,
        "type": known.type,
        "uniqueItems": True,
        "description": known.description,
    }
    if place == "path":
        found["required"] = True
    return found
