"""What a printer is: the columns of a table and the cells of a row."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime
from typing import Any

Cells = Callable[[Any, datetime], list[Any]]
"""The cells of an object at a moment."""
Conditions = Callable[[Any], list[dict[str, str]]]

_SAID = {
    "Name": "The name of the object, unique in its namespace and kind.",
    "Age": "The time since the object was made.",
    "Created At": "When the object was made.",
    "Status": "The state the object is in.",
    "Ready": "How much of what is wanted is ready.",
    "Containers": "The names of the containers in the template.",
    "Images": "The images of the containers in the template.",
    "Selector": "The labels by which pods are selected.",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """One column; those with a `priority` above 0 are shown in wide output only.

    Without a `description` of its own a column has that of its name.
    """

    name: str
    type: str = "string"
    format: str = ""
    priority: int = 0
    description: str = ""

    def described(self) -> dict[str, Any]:
        """As it goes on the wire."""
        return {
            "name": self.name,
            "type": self.type,
            "format": self.format,
            "description": self.description or _SAID.get(self.name, self.name),
            "priority": self.priority,
        }


@dataclasses.dataclass(frozen=True, slots=True)
class Printer:
    """How one resource is shown; `conditions` says what is notable about a row, such as that it is finished."""

    columns: tuple[Column, ...]
    cells: Cells
    conditions: Conditions | None = None


def columns(*names: str, wide: str = "") -> tuple[Column, ...]:
    """Columns from short notations: `Name`, `Data:integer`; `wide` lists those of wide output, split at commas."""
    found = [_column(name, 0) for name in names]
    found += [_column(name, 1) for name in wide.split(",") if name]
    return tuple(found)


def _column(notation: str, priority: int) -> Column:
    name, _, kind = notation.partition(":")
    return Column(name, kind or "string", "name" if name == "Name" else "", priority)
