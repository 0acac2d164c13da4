"""A cause and what is behind it, and how they are told."""

from __future__ import annotations

import dataclasses
from typing import Any


@dataclasses.dataclass(slots=True)
class Cause:
    """One sentence, and the causes behind it."""

    text: str
    behind: list[Cause] = dataclasses.field(default_factory=list)


def told(causes: list[Cause], depth: int = 0) -> list[str]:
    """The chain, each cause below and to the right of what it causes."""
    lines = []
    for cause in causes:
        mark = "  " * depth + ("because " if depth else "")
        first, *rest = cause.text.splitlines() or [""]
        lines.append(mark + first)
        lines += ["  " * depth + "  " + line for line in rest]
        lines += told(cause.behind, depth + 1)
    return lines


def condition(obj: dict[str, Any], kind: str) -> dict[str, Any]:
    """A condition of an object's status, {} when it has none of that type."""
    every = (obj.get("status") or {}).get("conditions") or ()
    return next((each for each in every if each.get("type") == kind), {})


def owner(obj: dict[str, Any]) -> dict[str, Any]:
    """The controller of an object, {} when it has none."""
    every = obj["metadata"].get("ownerReferences") or ()
    return next((each for each in every if each.get("controller")), {})
