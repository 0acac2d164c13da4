"""The tree of an expression. `at` is the offset in the source that messages point to."""

from __future__ import annotations

import dataclasses
from typing import Any


@dataclasses.dataclass(slots=True)
class Node:
    """Any expression."""

    at: int


@dataclasses.dataclass(slots=True)
class Literal(Node):
    """A constant; `type` is its CEL type's name."""

    value: Any
    type: str


@dataclasses.dataclass(slots=True)
class Ident(Node):
    """A name. `absolute` names begin with a dot."""

    name: str
    absolute: bool = False


@dataclasses.dataclass(slots=True)
class Select(Node):
    """`operand.field`; `test` asks whether it is there (`has`), `optional` is `.?`."""

    operand: Node
    field: str
    test: bool = False
    optional: bool = False


@dataclasses.dataclass(slots=True)
class Index(Node):
    """`operand[key]`; `optional` is `[?key]`."""

    operand: Node
    key: Node
    optional: bool = False


@dataclasses.dataclass(slots=True)
class Call(Node):
    """A function, operator or method (then with a target)."""

    function: str
    target: Node | None
    args: list[Node]


@dataclasses.dataclass(slots=True)
class ListLiteral(Node):
    """`[a, ?b]`; `optional` holds the positions marked with `?`."""

    items: list[Node]
    optional: frozenset[int] = frozenset()


@dataclasses.dataclass(slots=True)
class MapLiteral(Node):
    """`{k: v, ?k: v}`; `places` are those of the colons."""

    entries: list[tuple[Node, Node, bool]]
    places: tuple[int, ...] = ()


@dataclasses.dataclass(slots=True)
class StructLiteral(Node):
    """`Type{field: v, ?field: v}`; `places` are those of the colons."""

    name: str
    entries: list[tuple[str, Node, bool]]
    places: tuple[int, ...] = ()


@dataclasses.dataclass(slots=True)
class Comprehension(Node):
    """A macro over a list or map.

    `kind` is all, exists, existsOne, map, filter, sortBy, transformList, transformMap or transformMapEntry; `names` are
    one or two variables; `condition` is a filter where the macro has one.
    """

    kind: str
    range: Node
    names: tuple[str, ...]
    body: Node
    condition: Node | None = None
