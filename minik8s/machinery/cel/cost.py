"""What an expression may cost at most, estimated before it ever runs (the rules of cel-go's checker).

Sizes are known of what stands in the schema: each part of an expression that selects something has a path, and what
stands at the end of a path has a size. Macros count as the loops they stand for.
"""

from __future__ import annotations

from typing import NamedTuple

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
from minik8s.machinery.cel.call_costs import LIST, MAP, STRUCT, Arguments, call_costs, sorted_by
from minik8s.machinery.cel.checker import Checked
from minik8s.machinery.cel.environment import Environment
from minik8s.machinery.cel.ranges import MOST, NOTHING, ONE, UNKNOWN, Range, fixed
from minik8s.machinery.cel.types import Type

_SCALARS = frozenset({"bool", "double", "int", "uint", "google.protobuf.Timestamp", "google.protobuf.Duration"})
_NOT_SELECTED = _SCALARS | {"dyn", "!error!", "list", "string", "bytes", "null_type", "type", "optional_type"}
_MEASURED = frozenset({"list", "map", "string", "bytes", "dyn"})
_LISTS = frozenset({"map", "filter", "transformList"})
_ITEMS, _VALUES, _KEYS, _INDICES = "@items", "@values", "@keys", "@indices"

Path = tuple[str, ...]
"""Names from a variable on; () where the schema says nothing."""


class _Entries(NamedTuple):
    """The sizes of what a list or map holds that was made by the expression."""

    listed: bool
    key: Range
    value: Range

    def union(self, other: _Entries) -> _Entries:
        return _Entries(self.listed, self.key.union(other.key), self.value.union(other.value))


class _Variable(NamedTuple):
    """A variable of a macro."""

    path: Path
    size: Range | None
    entries: _Entries | None


_Scope = dict[str, _Variable]


def estimate(node: Node, checked: Checked, environment: Environment) -> int:
    """Cost units that evaluating the tree takes at most; 2**64 - 1 where nothing bounds them."""
    return _Estimate(checked, environment).cost(node, {}).most


class _Argument:
    """What is known of an argument of a call."""

    def __init__(self, of: _Estimate, node: Node, scope: _Scope) -> None:
        self.node = node
        self.type = of.type_of(node)
        self.size = of.size(node, scope) or UNKNOWN
        self._of = of
        self._path = of.path(node, scope)

    def item_size(self) -> Range:
        """See Sized."""
        return self._of.at(self._path and (*self._path, _ITEMS)) or UNKNOWN


class _Estimate:
    def __init__(self, checked: Checked, environment: Environment) -> None:
        self.type_of = checked.type_of
        self._namespaced = checked.namespaced
        self._variables = environment.variables
        self._types = environment.types
        self._paths: dict[int, Path] = {}
        self._sizes: dict[int, Range] = {}
        self._entries: dict[int, _Entries] = {}
        # What macros stand for: nodes are known by their identity, so none may go while others come.
        self._made: list[Node] = []

    # What is known of sizes.

    def at(self, path: Path) -> Range | None:
        """The size of what stands at a path in the schema. The variable's name itself is not looked at twice."""
        if not path:
            return None
        found: Type | None = self._variables.get(path[0]) or self._variables.get("self")
        for name in path[1:]:
            if found is None:
                return None
            parts = found.parameters
            if name in (_ITEMS, _VALUES):
                found = parts[-1] if found.name in ("list", "map") and parts else None
            elif name == _KEYS:
                # Kubernetes gives keys no length.
                return NOTHING if found.name == "map" else None
            else:
                known = self._types.get(found.name)
                found = known.fields.get(name) if known is not None else None
        if found is None or (found.size is None and found.name in _MEASURED):
            return None
        return Range(0, max(found.size or 0, 0))

    def path(self, node: Node, scope: _Scope) -> Path:
        """Where a node stands in the schema."""
        if isinstance(node, Ident) and node.name in scope:
            return scope[node.name].path
        return self._paths.get(id(node), ())

    def size(self, node: Node, scope: _Scope) -> Range | None:
        """How many characters, items or entries a node's value has, None where nobody says."""
        found = self._sizes.get(id(node))
        if found is not None:
            return found
        match node:
            case Literal():
                return fixed(len(node.value) if isinstance(node.value, str | bytes) else 1)
            case ListLiteral():
                return fixed(len(node.items))
            case MapLiteral():
                return fixed(len(node.entries))
        found = self.at(self.path(node, scope))
        if found is not None:
            self._sizes[id(node)] = found
            return found
        if _is_scalar(self.type_of(node)):
            return ONE
        return scope[node.name].size if isinstance(node, Ident) and node.name in scope else None

    def _entries_of(self, node: Node, scope: _Scope) -> _Entries | None:
        found = self._entries.get(id(node))
        if found is None and isinstance(node, Ident) and node.name in scope:
            return scope[node.name].entries
        return found

    # What things cost.

    def cost(self, node: Node, scope: _Scope) -> Range:
        """Cost units of a node."""
        match node:
            case Literal():
                return NOTHING
            case Ident():
                self._paths[id(node)] = scope[node.name].path if node.name in scope else (node.name,)
                return ONE
            case Select():
                return self._select(node, scope)
            case Index():
                return self._index(node, scope)
            case ListLiteral():
                return self._list(node, scope)
            case MapLiteral():
                return self._map(node, scope)
            case StructLiteral():
                return self._sum([value for _, value, _ in node.entries], scope).plus(fixed(STRUCT))
            case Comprehension():
                if node.kind == "sortBy":
                    return self._sort_by(node, scope)
                return self._optional(node, scope) if node.kind.startswith("opt") else self._loop(node, scope)
            case Call():
                return self._call(node, scope)
        raise AssertionError(node)

    def _sum(self, nodes: list[Node], scope: _Scope) -> Range:
        found = NOTHING
        for each in nodes:
            found = found.plus(self.cost(each, scope))
        return found

    def _select(self, node: Select, scope: _Scope) -> Range:
        cost = self.cost(node.operand, scope)
        if node.test:
            return cost
        if node.optional:
            return cost.plus(ONE)
        self._paths[id(node)] = (*self.path(node.operand, scope), node.field)
        kind = self.type_of(node.operand).name
        return cost if kind in _NOT_SELECTED else cost.plus(ONE)

    def _index(self, node: Index, scope: _Scope) -> Range:
        cost = self._sum([node.operand, node.key], scope).plus(ONE)
        kind = self.type_of(node.operand).name
        if not node.optional and kind != "optional_type":
            self._paths[id(node)] = (*self.path(node.operand, scope), _ITEMS if kind == "list" else _VALUES)
            entries = self._entries_of(node.operand, scope)
            size = entries.value if entries is not None else self.size(node, scope)
            if size is not None:
                self._sizes[id(node)] = size
        return cost

    def _list(self, node: ListLiteral, scope: _Scope) -> Range:
        cost = self._sum(node.items, scope).plus(fixed(LIST))
        self._entries[id(node)] = _Entries(True, ONE, self._sizes_of(node.items, scope))
        return cost

    def _map(self, node: MapLiteral, scope: _Scope) -> Range:
        keys, values = [key for key, _, _ in node.entries], [value for _, value, _ in node.entries]
        cost = self._sum([*keys, *values], scope).plus(fixed(MAP))
        self._entries[id(node)] = _Entries(False, self._sizes_of(keys, scope), self._sizes_of(values, scope))
        return cost

    def _sizes_of(self, nodes: list[Node], scope: _Scope) -> Range:
        if not nodes:
            return NOTHING
        found = Range(MOST, 0)
        for each in nodes:
            found = found.union(self.size(each, scope) or UNKNOWN)
        return found

    def _call(self, node: Call, scope: _Scope) -> Range:
        args = node.args
        name = self._namespaced.get(id(node), node.function)
        costs = [self.cost(each, scope) for each in args]
        match name:
            case "_&&_" | "_||_":
                return Range(costs[0].least, costs[0].plus(costs[1]).most)
            case "_?_:_":
                return costs[0].plus(self._either(node, args[1:], costs[1:], scope))
            case "dyn" if node.target is None and len(args) == 1:
                self._copy(node, args[0], scope)
                return costs[0].plus(ONE)
        target, cost = None, NOTHING
        for each in costs:
            cost = cost.plus(each)
        # The target of `sets.contains` is a part of its name.
        if node.target is not None and id(node) not in self._namespaced:
            cost = cost.plus(self.cost(node.target, scope))
            target = _Argument(self, node.target, scope)
        own, size = call_costs(name, Arguments(target, [_Argument(self, each, scope) for each in args]))
        if size is None:
            size = self.size(node, scope)
        if size is not None:
            self._sizes[id(node)] = size
        if name == "_+_":
            one, other = (self._entries_of(each, scope) for each in args)
            if one is not None and other is not None:
                self._entries[id(node)] = one.union(other)
        return cost.plus(own)

    def _either(self, node: Call, branches: list[Node], costs: list[Range], scope: _Scope) -> Range:
        one, other = branches
        self._sizes[id(node)] = (self.size(one, scope) or UNKNOWN).union(self.size(other, scope) or UNKNOWN)
        held = self._entries_of(one, scope), self._entries_of(other, scope)
        if held[0] is not None and held[1] is not None:
            self._entries[id(node)] = held[0].union(held[1])
        return costs[0].union(costs[1])

    def _copy(self, node: Node, source: Node, scope: _Scope) -> None:
        """What is known of one node holds for another."""
        if (size := self.size(source, scope)) is not None:
            self._sizes[id(node)] = size
        if (entries := self._entries_of(source, scope)) is not None:
            self._entries[id(node)] = entries

    # Macros.

    def _loop(self, node: Comprehension, scope: _Scope) -> Range:
        cost = self.cost(node.range, scope)
        inner = {**scope, **self._iterated(node, scope)}
        count = self.size(node.range, scope) or UNKNOWN
        if node.condition is not None:
            condition = self.cost(node.condition, inner)
        body = self.cost(node.body, inner)
        # Before the loop, in each round, after it: with the accumulator, as the macro is written out.
        begin, after = NOTHING, ONE
        match node.kind:
            case "all":
                each = Range(3, body.plus(fixed(3)).most)
            case "exists":
                each = Range(4, body.plus(fixed(4)).most)
            case "existsOne":
                each, after = body.plus(Range(1, 2)), fixed(2)
            case "filter":
                begin, each = fixed(LIST), body.plus(Range(1, LIST + 3))
            case "map" | "transformList":
                begin, each = fixed(LIST), body.plus(fixed(LIST + 2))
            case "transformMap":
                begin, each = fixed(MAP), body.plus(fixed(3))
            case _:
                begin, each = fixed(MAP), body.plus(fixed(2))
        if node.condition is not None:
            each = condition.plus(each.union(ONE))
        if begin == NOTHING:
            self._sizes[id(node)] = ONE
        else:
            self._sizes[id(node)] = count
            if node.kind in _LISTS:
                made = Ident(node.at, node.names[0]) if node.kind == "filter" else node.body
                self._made.append(made)
                item = self.size(made, inner) or UNKNOWN
                self._entries[id(node)] = _Entries(True, ONE, Range(0, item.most))
        return cost.plus(begin).plus(after).plus(count.times(each))

    def _iterated(self, node: Comprehension, scope: _Scope) -> _Scope:
        """The variables of a macro."""
        entries, path = self._entries_of(node.range, scope), self.path(node.range, scope)
        listed = entries.listed if entries is not None else self.type_of(node.range).name == "list"
        key = _Variable((*path, _INDICES if listed else _KEYS), entries.key if entries is not None else None, None)
        value = _Variable((*path, _ITEMS if listed else _VALUES), entries.value if entries is not None else None, None)
        if len(node.names) == 2:
            return {node.names[0]: key, node.names[1]: value}
        return {node.names[0]: value if listed else key}

    def _optional(self, node: Comprehension, scope: _Scope) -> Range:
        """`target.hasValue() ? optional.of(bind(name, target.value(), body)) : optional.none()`."""
        asked = self.cost(node.range, scope).plus(ONE)
        held = self.type_of(node.range).parameters
        size = ONE if held and _is_scalar(held[0]) else None
        inner = {**scope, node.names[0]: _Variable((), size, None)}
        bound = self.cost(node.body, inner).plus(asked).plus(fixed(LIST))
        if node.kind == "optMap":
            bound = bound.plus(ONE)
        self._sizes[id(node)] = UNKNOWN
        return asked.plus(bound.union(ONE))

    def _sort_by(self, node: Comprehension, scope: _Scope) -> Range:
        """The keys are made by a map over the list, which is bound to a name, and sorted."""
        cost = self.cost(node.range, scope).plus(fixed(LIST))
        held = _Variable(
            self.path(node.range, scope), self.size(node.range, scope), self._entries_of(node.range, scope)
        )
        name = "@__sortBy_input__"
        keys = Comprehension(node.at, "map", Ident(node.at, name), node.names, node.body)
        self._made += [keys, keys.range]
        made = self._loop(keys, {**scope, name: held})
        own, size = sorted_by(_Keys(node, self.type_of(node.body), self._sizes[id(keys)]))
        if size is not None:
            self._sizes[id(node)] = size
        return cost.plus(ONE).plus(made).plus(own)


class _Keys:
    """What a list is sorted by."""

    def __init__(self, node: Node, each: Type, size: Range) -> None:
        self.node = node
        self.type = Type("list", (each,))
        self.size = size

    def item_size(self) -> Range:
        """See Sized."""
        return UNKNOWN


def _is_scalar(found: Type) -> bool:
    if found.name == "optional_type":
        return bool(found.parameters) and _is_scalar(found.parameters[0])
    return found.name in _SCALARS
