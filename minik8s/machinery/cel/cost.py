"""What an expression may cost at most, estimated before it ever runs (cel-go's cost rules)."""

from __future__ import annotations

from math import ceil

from minik8s.machinery.cel.ast import (
    Call,
    Comprehension,
    Ident,
    Index,
    ListLiteral,
    Literal,
    MapLiteral,
    Node,
    Select,
    StructLiteral,
)
from minik8s.machinery.cel.checker import Checked
from minik8s.machinery.cel.types import DYN, Type

UNKNOWN = 1 << 63
"""The size of what nobody has bounded."""
_TRAVERSED = 0.1
_WALKS = frozenset(
    "string bytes lowerAscii upperAscii substring trim url ip isIP ip.isCanonical cidr isCIDR "
    "quantity isQuantity semver isSemver reverse format".split()
)
_SCANS = frozenset({"contains"})
_ITEMS = frozenset({"isSorted", "sum", "min", "max", "flatten"})
_COMPARED = frozenset({"_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"})
_KEEPS_SIZE = frozenset(
    "lowerAscii upperAscii trim substring split reverse sort distinct slice string bytes dyn orValue value".split()
)

# What macros do for each item besides what is written: look at what came of them so far, and add to it.
_STEP = {"all": 3, "exists": 4, "existsOne": 2, "map": 12, "transformList": 12, "filter": 13, "sortBy": 13}
_LISTS = ("map", "transformList", "filter", "sortBy")
_FORMAT = 32
"""What matching the longest pattern of a named format costs for each step through a text."""


def estimate(node: Node, checked: Checked) -> int:
    """Cost units that evaluating the tree takes at most; at least 2**63 where a size is not bounded."""
    return min(_Estimate(checked).cost(node, {}), UNKNOWN)


class _Estimate:
    def __init__(self, checked: Checked) -> None:
        self._checked = checked

    def size(self, node: Node, scope: dict[str, int]) -> int:
        """The most characters, items or entries a node's value has."""
        match node:
            case Literal():
                return len(node.value) if isinstance(node.value, str | bytes) else 1
            case Ident() if node.name in scope:
                return scope[node.name]
            case ListLiteral():
                return len(node.items)
            case MapLiteral():
                return len(node.entries)
            case Comprehension() if node.kind in ("map", "filter", "transformList", "transformMap"):
                return self.size(node.range, scope)
            case Call():
                return self._call_size(node, scope)
        return _size_of(self._checked.type_of(node))

    def _call_size(self, node: Call, scope: dict[str, int]) -> int:
        inputs = [*([node.target] if node.target is not None else []), *node.args]
        if node.function == "_+_":
            return min(sum(self.size(each, scope) for each in inputs), UNKNOWN)
        if node.function == "type":
            return UNKNOWN
        if node.function == "_?_:_":
            return max(self.size(each, scope) for each in node.args[1:])
        if node.function == "string" and inputs and self._checked.type_of(inputs[0]).name not in ("string", "bytes"):
            return UNKNOWN
        if node.function == "replace" and len(inputs) > 2:
            return min(self.size(inputs[0], scope) * max(self.size(inputs[2], scope), 1), UNKNOWN)
        if node.function in _KEEPS_SIZE and inputs:
            return max(self.size(each, scope) for each in inputs[:1])
        return _size_of(self._checked.type_of(node))

    def cost(self, node: Node, scope: dict[str, int]) -> int:
        """Cost units of a node at most."""
        match node:
            case Literal():
                return 0
            case Ident():
                return 1
            case Select():
                return 1 + self.cost(node.operand, scope)
            case Index():
                return 1 + self.cost(node.operand, scope) + self.cost(node.key, scope)
            case ListLiteral():
                return 10 + sum(self.cost(each, scope) for each in node.items)
            case MapLiteral():
                return 30 + sum(self.cost(k, scope) + self.cost(v, scope) for k, v, _ in node.entries)
            case StructLiteral():
                return 40 + sum(self.cost(v, scope) for _, v, _ in node.entries)
            case Comprehension():
                return self._comprehension(node, scope)
            case Call():
                return self._call(node, scope)
        raise AssertionError(node)

    def _comprehension(self, node: Comprehension, scope: dict[str, int]) -> int:
        over = self._checked.type_of(node.range)
        count = 1 if node.kind.startswith("opt") else self.size(node.range, scope)
        inner = dict(scope)
        parts = over.parameters or (DYN, DYN)
        if over.name == "map" and len(parts) == 2:
            sizes = [_size_of(parts[0])]
        else:
            sizes = [_size_of(parts[0])]
        if len(node.names) == 2 or isinstance(node.range, ListLiteral | Call | Comprehension):
            # Of these Kubernetes knows no sizes, and takes the least.
            sizes = [0] * len(node.names)
        inner.update(zip(node.names, sizes, strict=False))
        each_time = self.cost(node.body, inner) + _STEP.get(node.kind, 3)
        if node.condition is not None:
            each_time += self.cost(node.condition, inner)
        begun = 30 if node.kind.startswith("transformMap") else 10 if node.kind in _LISTS else 0
        return min(self.cost(node.range, scope) + begun + 1 + count * each_time, UNKNOWN)

    def _item_size(self, node: Node) -> int:
        """The most characters that an item of a list has; of one that is written out nobody says."""
        found = self._checked.type_of(node).parameters
        return _size_of(found[0]) if found and found[0].name in ("string", "bytes") else 1

    def _call(self, node: Call, scope: dict[str, int]) -> int:
        # The target of `sets.contains` is a part of its name.
        target = node.target if id(node) not in self._checked.namespaced else None
        inputs = [*([target] if target is not None else []), *node.args]
        costs = [self.cost(each, scope) for each in inputs]
        if node.function == "_?_:_":
            return costs[0] + max(costs[1:])
        return min(sum(costs) + self._own(node, inputs, scope), UNKNOWN)

    def _own(self, node: Call, inputs: list[Node], scope: dict[str, int]) -> int:
        """What the call itself costs."""
        name = self._checked.namespaced.get(id(node), node.function)
        if name in ("_&&_", "_||_"):
            return 0
        sizes = [self.size(each, scope) for each in inputs]
        kinds = [self._checked.type_of(each).name for each in inputs]
        if name == "_+_" and kinds[0] in ("string", "bytes", "list"):
            return 1 + ceil(min(sum(sizes), UNKNOWN) * _TRAVERSED)
        if name in _COMPARED and kinds[0] in ("string", "bytes", "list", "map", "dyn", "optional_type", "type"):
            return ceil(min(sizes) * _TRAVERSED)
        if name in ("_==_", "_!=_"):
            return 0
        if name == "@in" and kinds[1] == "list":
            return 1 + sizes[1]
        if name in ("matches", "find", "findAll") and len(sizes) > 1:
            return 1 + ceil((sizes[0] + 1) * _TRAVERSED) * max(ceil(sizes[1] * 0.25), 1)
        if name in _SCANS or (name in ("indexOf", "lastIndexOf") and kinds[0] == "string"):
            return 1 + ceil(sizes[0] * _TRAVERSED) * max(ceil(sizes[1] * _TRAVERSED), 1)
        if name in ("startsWith", "endsWith"):
            return ceil(sizes[1] * _TRAVERSED)
        if name.startswith("sets."):
            return 1 + min(sizes[0] * sizes[1] * (2 if name == "sets.equivalent" else 1), UNKNOWN)
        if name in _ITEMS or name in ("indexOf", "lastIndexOf"):
            return min(1 + sizes[0] * ceil(self._item_size(inputs[0]) * _TRAVERSED), UNKNOWN)
        if name == "join":
            return min(1 + ceil(sizes[0] * self._item_size(inputs[0]) * _TRAVERSED), UNKNOWN)
        if name == "validate":
            return 1 + ceil(sizes[1] * _TRAVERSED) * _FORMAT
        if name in ("distinct", "sort"):
            return min(1 + sizes[0] * sizes[0], UNKNOWN)
        if name in ("split", "replace"):
            return 1 + ceil(sizes[0] * _TRAVERSED * 2)
        if name in ("containsIP", "containsCIDR"):
            return 1 + ceil(sizes[-1] * _TRAVERSED)
        if name in _WALKS and sizes:
            return 1 + ceil(sizes[0] * _TRAVERSED)
        if name == "check":
            return 350_000
        return 1


def _size_of(found: Type) -> int:
    if found.size is not None:
        return found.size
    if found.name in ("string", "bytes", "list", "map", "dyn", "optional_type"):
        return UNKNOWN
    return 1
