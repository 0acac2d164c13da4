"""The form of an answer: the objects themselves, a table of them, or their metadata alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metrics_server.failures import bad_request
from metrics_server.objects import API_VERSION, Document, total

_META = "meta.k8s.io/v1"
_JSON = ("application/json", "application/*", "*/*")


class NotAcceptable(Exception):
    """The caller takes nothing that is made here."""


def form_of(accept: str) -> str:
    """`Table`, `PartialObjectMetadata` or "" for the objects, as `Accept` says. Raises NotAcceptable."""
    for part in accept.split(",") if accept.strip() else ["*/*"]:
        kind, *parameters = (word.strip() for word in part.split(";"))
        if kind not in _JSON:
            continue
        wanted = dict(word.partition("=")[::2] for word in parameters)
        asked = wanted.get("as", "")
        if not asked:
            return ""
        if wanted.get("g") == "meta.k8s.io" and wanted.get("v") == "v1":
            if asked == "Table":
                return asked
            if asked in ("PartialObjectMetadata", "PartialObjectMetadataList"):
                return "PartialObjectMetadata"
    raise NotAcceptable("only the following media types are accepted: application/json")


def listed(kind: str, items: Sequence[Document], form: str, include: str) -> Document:
    """A list, in that form. Raises BadRequest."""
    if form == "Table":
        return _table(items, include)
    if form:
        whole = [_metadata(item) for item in items]
        return {"kind": "PartialObjectMetadataList", "apiVersion": _META, "metadata": {}, "items": whole}
    bare = [{key: value for key, value in item.items() if key not in ("kind", "apiVersion")} for item in items]
    return {"kind": f"{kind}List", "apiVersion": API_VERSION, "metadata": {}, "items": bare}


def single(item: Document, form: str, include: str) -> Document:
    """One object, in that form. Raises BadRequest."""
    if form == "Table":
        return _table([item], include)
    return _metadata(item) if form else item


def _metadata(item: Document) -> Document:
    return {"kind": "PartialObjectMetadata", "apiVersion": _META, "metadata": item["metadata"]}


def _table(items: Sequence[Document], include: str) -> Document:
    if include not in ("", "None", "Metadata", "Object"):
        raise bad_request(f'unrecognized includeObject value: "{include}"')
    used = [total(c["usage"] for c in item["containers"]) if "containers" in item else item["usage"] for item in items]
    names = sorted({name for usage in used for name in usage})
    columns = [_column("Name", "name", "Name of the resource")]
    columns += [_column(name, "quantity") for name in names]
    columns.append(_column("Window", "duration"))
    rows: list[Document] = []
    for item, usage in zip(items, used, strict=True):
        cells = [item["metadata"]["name"], *(usage.get(name, "0") for name in names), item["window"]]
        objects: dict[str, Any] = {"None": None, "Object": item}
        rows.append({"cells": cells, "object": objects.get(include, _metadata(item))})
    return {
        "kind": "Table",
        "apiVersion": _META,
        "metadata": {},
        "columnDefinitions": columns if items else [],
        "rows": rows,
    }


def _column(name: str, format: str, description: str = "") -> Document:
    return {"name": name, "type": "string", "format": format, "description": description, "priority": 0}
