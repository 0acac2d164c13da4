"""What mutating expressions make: `Object{…}` with the types of its fields by their path, and `JSONPatch{…}`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from minik8s.machinery.cel.ast import ListLiteral, Node, StructLiteral
from minik8s.machinery.cel.environment import library
from minik8s.machinery.cel.library.declare import function, walked
from minik8s.machinery.cel.types import DYN, STRING, ObjectType, Type
from minik8s.machinery.quoting import quote

OBJECT = "Object"


class _Patch(ObjectType):
    """The type of an operation. Kubernetes finds any field in it, of no type."""

    def missing(self, field: str, given: Type) -> str:
        """See ObjectType."""
        return f"expected type of field '{field}' is '' but provided type is '{given}'"


JSON_PATCH = _Patch("JSONPatch", {"op": STRING, "path": STRING, "from": STRING, "value": DYN})

FUNCTIONS = library(
    function(
        "jsonpatch.escapeKey",
        (STRING,),
        STRING,
        lambda text: text.replace("~", "~0").replace("/", "~1"),
        walked,
    )
)


class MadeTypes(dict[str, ObjectType]):
    """Types by name, with all that begin with `Object`: they have any fields."""

    def __init__(self, others: dict[str, ObjectType]) -> None:
        super().__init__(others)
        self[JSON_PATCH.name] = JSON_PATCH

    def get(self, name: str, default: Any = None) -> Any:
        """The type of a name."""
        found = super().get(name)
        if found is None and _made(name):
            return ObjectType(name, {}, open=True)
        return default if found is None else found


def misnamed(nodes: Iterable[Node]) -> str:
    """What is wrong with the names of types in an expression, given as all its nodes; "" for nothing.

    A field's object must be of the type that its path from the root names: `Object{spec: Object.spec{…}}`.
    """
    for node in nodes:
        if not isinstance(node, StructLiteral) or not _made(node.name):
            continue
        for field, value, _ in node.entries:
            for each in value.items if isinstance(value, ListLiteral) else [value]:
                expected = f"{node.name}.{field}"
                if isinstance(each, StructLiteral) and _made(each.name) and each.name != expected:
                    return (
                        f"unexpected type name {quote(each.name)}, expected {quote(expected)}, "
                        "which matches field name path from root Object type"
                    )
    return ""


def _made(name: str) -> bool:
    return name == OBJECT or name.startswith(f"{OBJECT}.")
