"""Tables of custom resources: the columns a definition asks for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from apiserver.crd.json_path import JSONPathError, compile_path
from apiserver.tables.printer import Column, Printer
from apiserver.tables.text import UNKNOWN, since
from apiserver.tables.text import moment as time_of
from minik8s.machinery.quoting import go_json, go_value

_NAME = Column("Name", "string", "name")
_AGE = {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}


def _column(source: dict[str, Any]) -> Column:
    text = source.get("description") or f"Custom resource definition column (in JSONPath format): {source['jsonPath']}"
    return Column(source["name"], source["type"], source.get("format", ""), source.get("priority", 0), text)


def printer(sources: list[dict[str, Any]], plain: Callable[[Any], dict[str, Any]]) -> Printer:
    """What shows objects; `plain` makes one plain data. Without columns of its own a kind shows its age.

    From a column on whose path cannot be read there are none.
    """
    sources = sources or [_AGE]
    finders = []
    for source in sources:
        try:
            finders.append(_finder(source))
        except JSONPathError:
            break
    columns = (_NAME, *map(_column, sources[: len(finders)]))

    def cells(obj: Any, moment: datetime) -> list[Any]:
        document = plain(obj)
        return [obj.metadata.name, *(find(document, moment) for find in finders)]

    return Printer(columns, cells)


def _finder(source: dict[str, Any]) -> Callable[[Any, datetime], Any]:
    """Raises JSONPathError."""
    find = compile_path(source["jsonPath"])
    kind = source["type"]

    def cell(document: Any, moment: datetime) -> Any:
        found = find(document)
        if not found:
            return None
        return _text(found[0]) if kind == "string" else _cell(kind, found[0], moment)

    return cell


def _cell(kind: str, value: Any, moment: datetime) -> Any:
    """What is shown of a value in a column of a type; nothing of one that does not fit."""
    if type(value) in (int, float):
        if kind == "integer":
            return int(value)
        return value if kind == "number" else None
    if type(value) is bool:
        return value if kind == "boolean" else None
    if kind != "date" or not isinstance(value, str):
        return None
    if not value:
        return UNKNOWN
    return since(value, moment) if time_of(value) is not None else "<invalid>"


def _text(value: Any) -> str:
    if value is None:
        return "<no value>"
    return value if isinstance(value, str) else go_json(value) if isinstance(value, dict | list) else go_value(value)
