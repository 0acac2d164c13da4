"""Tables of custom resources: the columns a definition asks for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from apiserver.crd.json_path import JSONPathError, compile_path
from apiserver.tables.printer import Column, Printer
from apiserver.tables.text import since
from minik8s.machinery.quoting import go_value

_NAME = Column("Name", "string", "name")
_AGE = {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}
_FIT: dict[str, Callable[[Any], bool]] = {
    "integer": lambda value: type(value) is int or (type(value) is float and value.is_integer()),
    "number": lambda value: type(value) in (int, float),
    "boolean": lambda value: type(value) is bool,
}
_SHOWN: dict[str, Callable[[Any], Any]] = {"integer": int, "number": float, "boolean": bool}


def _column(source: dict[str, Any]) -> Column:
    text = source.get("description") or f"Custom resource definition column (in JSONPath format): {source['jsonPath']}"
    return Column(source["name"], source["type"], source.get("format", ""), source.get("priority", 0), text)


def printer(sources: list[dict[str, Any]], plain: Callable[[Any], dict[str, Any]]) -> Printer:
    """What shows objects; `plain` makes one plain data. Without columns of its own a kind shows its age."""
    sources = sources or [_AGE]
    columns = (_NAME, *map(_column, sources))
    finders = [_finder(source) for source in sources]

    def cells(obj: Any, moment: datetime) -> list[Any]:
        document = plain(obj)
        return [obj.metadata.name, *(find(document, moment) for find in finders)]

    return Printer(columns, cells)


def _finder(source: dict[str, Any]) -> Callable[[Any, datetime], Any]:
    try:
        find = compile_path(source["jsonPath"])
    except JSONPathError:
        return lambda document, moment: None
    kind = source["type"]

    def cell(document: Any, moment: datetime) -> Any:
        found = find(document)
        if not found:
            return None
        if kind == "string":
            return _text(found[0])
        value = found[0]
        if kind == "date":
            return since(value, moment) if isinstance(value, str) else "<invalid>"
        return _SHOWN[kind](value) if value is not None and _FIT[kind](value) else None

    return cell


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        return msgspec.json.encode(value, order="sorted").decode()
    return value if isinstance(value, str) else go_value(value)
