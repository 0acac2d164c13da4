"""PATCH: JSON merge patches, and strategic ones by the model's merge keys."""

from __future__ import annotations

from typing import Annotated, Any, get_args, get_origin

import msgspec

from apiserver.auth.errors import StatusError, bad_request
from apiserver.call import Call
from apiserver.coding import from_document
from apiserver.resources import Resource
from apiserver.rest.write import Writes
from minik8s.api.fields import FieldInfo, Struct, fields_of
from minik8s.api.meta_v1 import Status, StatusDetails

_MERGE = "application/merge-patch+json"
_STRATEGIC = "application/strategic-merge-patch+json"


def merge(document: Any, patch: Any) -> Any:
    """RFC 7386: what is null goes, objects merge, anything else replaces."""
    if not isinstance(patch, dict):
        return patch
    found = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = merge(found.get(key), value)
    return found


def _inner(tp: Any) -> Any:
    while get_origin(tp) is Annotated or (get_args(tp) and get_origin(tp) is not list and get_origin(tp) is not dict):
        args = [arg for arg in get_args(tp) if arg is not type(None)]
        tp = args[0]
    return tp


def strategic(document: Any, patch: Any, cls: Any) -> Any:
    """A strategic merge: lists with a merge key are merged item by item."""
    if not isinstance(patch, dict) or not isinstance(document, dict):
        return patch
    directive = patch.get("$patch")
    if directive == "delete":
        return {}
    if directive == "replace":
        return {key: value for key, value in patch.items() if key != "$patch"}
    known: dict[str, FieldInfo] = {}
    if isinstance(cls, type) and issubclass(cls, Struct):
        known = {field.json: field for field in fields_of(cls)}
    found = dict(document)
    if keep := patch.get("$retainKeys"):
        found = {key: value for key, value in found.items() if key in keep}
    for key, value in patch.items():
        if key.startswith("$deleteFromPrimitiveList/"):
            name = key.partition("/")[2]
            found[name] = [item for item in found.get(name, ()) if item not in value]
        if key.startswith("$"):
            continue
        field = known.get(key)
        inner = _inner(field.type) if field else None
        if value is None:
            found.pop(key, None)
        elif isinstance(value, list) and field is not None and field.facts is not None and "merge" in field.facts.patch:
            found[key] = _merge_list(found.get(key) or [], value, field.facts.merge_key, _inner(get_args(inner)[0]))
        elif isinstance(value, dict) and isinstance(found.get(key), dict):
            found[key] = strategic(found[key], value, inner)
        else:
            found[key] = _clean(value)
    return found


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _clean(v) for k, v in value.items() if v is not None and not k.startswith("$")}
    if isinstance(value, list):
        return [_clean(item) for item in value if not (isinstance(item, dict) and item.get("$patch") == "delete")]
    return value


def _merge_list(current: list[Any], patch: list[Any], key: str, cls: Any) -> list[Any]:
    if not key:
        return [*current, *(item for item in patch if item not in current)]
    if any(isinstance(item, dict) and item.get("$patch") == "replace" for item in patch):
        return [_clean(item) for item in patch if set(item) != {"$patch"}]
    found = list(current)
    for item in patch:
        if key not in item:
            message = f"map: {item} does not contain declared merge key: {key}"
            raise StatusError(Status(status="Failure", message=message, code=500))
        at = next((i for i, each in enumerate(found) if each.get(key) == item[key]), None)
        if item.get("$patch") == "delete":
            if at is not None:
                del found[at]
        elif at is None:
            found.append(_clean(item))
        else:
            found[at] = strategic(found[at], item, cls)
    return found


async def patch(call: Call, resource: Resource, writes: Writes) -> None:
    """Change an object by a patch."""
    media = call.header(b"content-type").partition(";")[0].strip()
    if media not in (_MERGE, _STRATEGIC):
        raise StatusError(
            Status(
                status="Failure",
                message="415: Unsupported Media Type",
                reason="UnsupportedMediaType",
                code=415,
                details=StatusDetails(),
            )
        )
    body = await call.body()
    try:
        wanted = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise bad_request(f"error decoding patch: {error}") from None
    if not isinstance(wanted, dict):
        raise bad_request("error decoding patch: a patch is an object")

    def change(old: Any) -> Any:
        document = msgspec.json.decode(msgspec.json.encode(old))
        changed = merge(document, wanted) if media == _MERGE else strategic(document, wanted, resource.cls)
        return from_document(changed, resource.cls, resource.kind)

    await writes.replace(call, resource, change)
