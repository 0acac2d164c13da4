"""Tables of the server (meta.k8s.io/v1 Table) as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cli.output.ages import age
from minik8s.clock import SystemClock

ACCEPT = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
_GAP = 3
_LEAST = 6


def of_objects(listed: dict[str, Any]) -> dict[str, Any]:
    """A table of names and ages, for a server that makes none."""
    items = listed["items"] if isinstance(listed.get("items"), list) else [listed]
    columns = [{"name": "Name"}, {"name": "Age"}]
    now = SystemClock().now()
    rows = []
    for item in items:
        meta = item.get("metadata", {})
        stamp = meta.get("creationTimestamp")
        rows.append({"cells": [meta.get("name", ""), age(stamp, now) if stamp else "<unknown>"], "object": item})
    return {"kind": "Table", "columnDefinitions": columns, "rows": rows, "metadata": listed.get("metadata", {})}


class TableWriter:
    """Writes rows under one head; columns keep their widths when more rows follow (watches)."""

    def __init__(self, wide: bool = False, headers: bool = True, lead: Sequence[str] = (), tail: Sequence[str] = ()):
        self._wide = wide
        self._headers = headers
        self._lead = [name.upper() for name in lead]
        self._tail = [name.upper() for name in tail]
        self._columns: list[dict[str, Any]] = []
        self._widths: list[int] = []

    def lines(self, table: dict[str, Any], lead: Sequence[Sequence[str]], tail: Sequence[Sequence[str]]) -> list[str]:
        """The lines of one table; `lead` and `tail` are further cells of each row."""
        columns = table.get("columnDefinitions") or self._columns
        first = bool(columns) and not self._columns
        self._columns = columns
        shown = [i for i, column in enumerate(columns) if self._wide or not column.get("priority")]
        rows = [
            [*before, *(cell_text(row["cells"][i]) for i in shown), *after]
            for row, before, after in zip(table.get("rows") or (), lead, tail, strict=True)
        ]
        if first and self._headers:
            rows.insert(0, [*self._lead, *(columns[i]["name"].upper() for i in shown), *self._tail])
        return self._fit(rows)

    def _fit(self, rows: list[list[str]]) -> list[str]:
        for row in rows:
            while len(self._widths) < len(row):
                self._widths.append(_LEAST - _GAP)
            for i, cell in enumerate(row):
                self._widths[i] = max(self._widths[i], len(cell))
        found = []
        for row in rows:
            line = "".join(cell.ljust(self._widths[i] + _GAP) for i, cell in enumerate(row[:-1]))
            found.append(line + row[-1] if row else "")
        return found


def columns(rows: list[list[str]]) -> list[str]:
    """Rows as aligned lines."""
    return TableWriter()._fit(rows)


def cell_text(value: Any) -> str:
    """One cell, on one line."""
    if value is None:
        return "<none>"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return text.splitlines()[0] + "..." if "\n" in text else text
