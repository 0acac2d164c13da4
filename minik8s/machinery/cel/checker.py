"""Types of every part of an expression, and what does not fit (cel-go's messages)."""

from __future__ import annotations

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
from minik8s.machinery.cel.environment import Environment
from minik8s.machinery.cel.errors import MOST, CompileError, Issue, place
from minik8s.machinery.cel.types import (
    BOOL,
    DYN,
    ERROR,
    INT,
    LIST_DYN,
    MAP_DYN,
    SCALARS,
    TYPE,
    Type,
    assignable,
    joined,
    list_of,
    map_of,
    optional_of,
    substitute,
)

_TYPE_NAMES = frozenset(
    (
        "bool",
        "int",
        "uint",
        "double",
        "string",
        "bytes",
        "list",
        "map",
        "null_type",
        "type",
        "google.protobuf.Timestamp",
        "google.protobuf.Duration",
        "optional_type",
    )
)

# Past the most that is told, issues are only counted.
_UNTOLD = Issue(0, 0, "")


class Checked:
    """What the checker found: the type of each node, and names that stand for qualified variables."""

    def __init__(self) -> None:
        self.types: dict[int, Type] = {}
        self.names: dict[int, str] = {}
        self.type_values: dict[int, str] = {}
        self.namespaced: dict[int, str] = {}
        self.nodes: list[Node] = []

    def type_of(self, node: Node) -> Type:
        """The type of a node."""
        return self.types.get(id(node), DYN)


def check(node: Node, source: str, environment: Environment) -> Checked:
    """Check a tree. Raises CompileError with everything that is wrong."""
    checker = _Checker(source, environment)
    checker.visit(node, {})
    if checker.issues:
        raise CompileError(source, checker.issues)
    return checker.found


class _Checker:
    def __init__(self, source: str, environment: Environment) -> None:
        self._source = source
        self._environment = environment
        self.found = Checked()
        self.issues: list[Issue] = []

    def _issue(self, at: int, message: str) -> Type:
        self.issues.append(Issue(*place(self._source, at), message) if len(self.issues) < MOST else _UNTOLD)
        return DYN

    def visit(self, node: Node, scope: dict[str, Type]) -> Type:
        """The type of a node, noted."""
        found = self._type(node, scope)
        self.found.types[id(node)] = found
        self.found.nodes.append(node)
        return found

    def _type(self, node: Node, scope: dict[str, Type]) -> Type:
        match node:
            case Literal():
                return SCALARS[node.type]
            case Ident():
                return self._ident(node, scope)
            case Select():
                return self._select(node, scope)
            case Index():
                return self._index(node, scope)
            case Call():
                return self._call(node, scope)
            case ListLiteral():
                return self._list(node, scope)
            case MapLiteral():
                return self._map(node, scope)
            case StructLiteral():
                return self._struct(node, scope)
            case Comprehension():
                return self._comprehension(node, scope)
        raise AssertionError(node)

    def _known(self, name: str) -> Type | None:
        return self._environment.variables.get(name)

    def _ident(self, node: Ident, scope: dict[str, Type]) -> Type:
        if not node.absolute and node.name in scope:
            return scope[node.name]
        known = self._known(node.name)
        if known is not None:
            return known
        if node.name in _TYPE_NAMES:
            self.found.type_values[id(node)] = node.name
            return _type_named(node.name)
        name = f".{node.name}" if node.absolute else node.name
        return self._issue(node.at, f"undeclared reference to '{name}' (in container '')")

    def _select(self, node: Select, scope: dict[str, Type]) -> Type:
        name = _qualified(node, scope)
        if name is not None and not node.test:
            known = self._known(name)
            if known is not None:
                self.found.names[id(node)] = name
                return known
            if name in self._environment.constants or name in _TYPE_NAMES:
                self.found.type_values[id(node)] = name
                return _type_named(name) if name in _TYPE_NAMES else DYN
        operand = self.visit(node.operand, scope)
        wrapped = operand.name == "optional_type"
        inner = operand.parameters[0] if wrapped and operand.parameters else operand
        found = self._field(node, inner)
        if node.test:
            return BOOL
        return optional_of(found) if wrapped or node.optional else found

    def _field(self, node: Select, operand: Type) -> Type:
        if operand.name in ("dyn", ERROR.name) or operand.name.startswith("'"):
            return DYN
        if operand.name == "map":
            return operand.parameters[1] if operand.parameters else DYN
        known = self._environment.types.get(operand.name)
        if known is None:
            return self._issue(node.at, f"type '{operand}' does not support field selection")
        # Words that CEL keeps to itself are names of fields all the same.
        found = known.fields.get(node.field) or known.fields.get(f"__{node.field}__")
        if found is not None:
            return found
        return DYN if known.open else self._issue(node.at, f"undefined field '{node.field}'")

    def _index(self, node: Index, scope: dict[str, Type]) -> Type:
        operand, key = self.visit(node.operand, scope), self.visit(node.key, scope)
        wrapped = operand.name == "optional_type"
        inner = operand.parameters[0] if wrapped and operand.parameters else operand
        found = DYN
        name = "_[?_]" if node.optional else "_[_]"
        if inner.name == "list":
            if key not in (INT, DYN, ERROR) and not key.name.startswith("'"):
                return self._no_overload(node.at, name, [operand, key])
            found = inner.parameters[0] if inner.parameters else DYN
        elif inner.name == "map":
            wanted, found = inner.parameters or (DYN, DYN)
            if not assignable(wanted, key, {}):
                return self._no_overload(node.at, name, [operand, key])
        elif inner.name != "dyn" and not inner.name.startswith("'"):
            return self._no_overload(node.at, name, [operand, key])
        return optional_of(found) if wrapped or node.optional else found

    def _no_overload(self, at: int, name: str, given: list[Type], method: bool = False) -> Type:
        told = ", ".join(map(str, given if not method else given[1:]))
        shown = f"{given[0]}.({told})" if method else f"({told})"
        return self._issue(at, f"found no matching overload for '{name}' applied to '{shown}'")

    def _call(self, node: Call, scope: dict[str, Type]) -> Type:
        if node.function == "_?_:_":
            condition, one, other = (self.visit(each, scope) for each in node.args)
            if condition not in (BOOL, DYN):
                return self._no_overload(node.at, node.function, [condition, one, other])
            if one != other and not (assignable(one, other, {}) or assignable(other, one, {})):
                return self._no_overload(node.at, node.function, [condition, one, other])
            return joined(one, other)
        name, target = node.function, node.target
        if name in ("_&&_", "_||_"):
            for each in node.args:
                self._boolean(each, scope)
            return BOOL
        if target is not None:
            qualified = _qualified(target, scope)
            if qualified is not None and self._known(qualified.partition(".")[0]) is None:
                full = f"{qualified}.{name}"
                if self._environment.function(full, False) is not None:
                    self.found.namespaced[id(node)] = full
                    return self._resolve(node, full, [self.visit(each, scope) for each in node.args], False)
        given = [self.visit(each, scope) for each in node.args]
        if target is not None:
            given.insert(0, self.visit(target, scope))
        return self._resolve(node, name, given, target is not None)

    def _resolve(self, node: Call, name: str, given: list[Type], method: bool) -> Type:
        function = self._environment.function(name, method)
        if function is None:
            if self._environment.function(name, not method) is not None:
                return self._no_overload(node.at, name, given, method)
            return self._issue(node.at, f"undeclared reference to '{name}' (in container '')")
        results: list[Type] = []
        for overload in function.overloads:
            if overload.method != method or len(overload.parameters) != len(given):
                continue
            bindings: dict[str, Type] = {}
            if all(assignable(w, g, bindings) for w, g in zip(overload.parameters, given, strict=True)):
                results.append(substitute(overload.result, bindings))
        if not results:
            return self._no_overload(node.at, name, given, method)
        found = results[0]
        for each in results[1:]:
            if each != found:
                return DYN
        return found

    def _list(self, node: ListLiteral, scope: dict[str, Type]) -> Type:
        item: Type | None = None
        for position, each in enumerate(node.items):
            given = self.visit(each, scope)
            if position in node.optional:
                given = self._optional(each, given)
                if given == DYN and len(node.items) > 1:
                    continue
            item = given if item is None else joined(item, given)
        return list_of(item if item is not None else Type("'_list"))

    def _optional(self, node: Node, given: Type) -> Type:
        """The type of what an optional entry holds."""
        if given.name not in ("optional_type", "dyn") and not given.name.startswith("'"):
            self._issue(node.at, f"expected type 'optional_type({given})' but found '{given}'")
        return given.parameters[0] if given.parameters else DYN

    def _map(self, node: MapLiteral, scope: dict[str, Type]) -> Type:
        key: Type | None = None
        value: Type | None = None
        for name, each, optional in node.entries:
            named, given = self.visit(name, scope), self.visit(each, scope)
            if optional:
                given = self._optional(each, given)
            key = named if key is None else joined(key, named)
            value = given if value is None else joined(value, given)
        return map_of(key or Type("'_key"), value or Type("'_value"))

    def _struct(self, node: StructLiteral, scope: dict[str, Type]) -> Type:
        known = self._environment.types.get(node.name)
        variable = self._known(node.name)
        if known is None and variable is not None:
            self._issue(node.at, f"'{variable}' is not a type")
            for at in node.places:
                self._issue(at, f"unexpected failed resolution of '{node.name}'")
            return DYN
        for (field, value, optional), at in zip(node.entries, node.places, strict=True):
            given = self.visit(value, scope)
            if optional:
                given = given.parameters[0] if given.parameters else DYN
            if known is None:
                continue
            wanted = known.fields.get(field)
            if wanted is None:
                if not known.open:
                    self._issue(at, known.missing(field, given))
            elif not assignable(wanted, given, {}):
                self._issue(at, f"expected type of field '{field}' is '{wanted}' but provided type is '{given}'")
        if known is None:
            return self._issue(node.at, f"undeclared reference to '{node.name}' (in container '')")
        return known.type

    def _comprehension(self, node: Comprehension, scope: dict[str, Type]) -> Type:
        over = self.visit(node.range, scope)
        if node.kind in ("optMap", "optFlatMap"):
            return self._optional_map(node, over, scope)
        keys, values = DYN, DYN
        if over.name == "list":
            keys, values = INT, over.parameters[0] if over.parameters else DYN
        elif over.name == "map":
            keys, values = over.parameters or (DYN, DYN)
        elif over.name != "dyn" and not over.name.startswith("'"):
            return self._issue(
                node.range.at,
                f"expression of type '{over}' cannot be range of a comprehension (must be list, map, or dynamic)",
            )
        inner_scope = dict(scope)
        if len(node.names) == 2:
            inner_scope |= {node.names[0]: keys, node.names[1]: values}
        else:
            inner_scope[node.names[0]] = keys if over.name == "map" else values
        if node.kind in ("all", "exists"):
            self._boolean(node.body, inner_scope)
            return BOOL
        if node.kind in ("existsOne", "filter"):
            kept = list_of(inner_scope[node.names[0]])
            self._chosen(node, node.body, inner_scope, kept if node.kind == "filter" else INT)
            return kept if node.kind == "filter" else BOOL
        body = self.visit(node.body, inner_scope)
        if node.kind == "sortBy":
            return over if over.name == "list" else list_of(DYN)
        if node.kind in ("map", "transformList"):
            made = list_of(body)
        elif node.kind == "transformMap":
            made = map_of(keys, body)
        else:
            if body.name not in ("map", "dyn", ERROR.name) and not body.name.startswith("'"):
                self._no_overload(node.at, "cel.@mapInsert", [map_of(DYN, DYN), body])
            made = body if body.name == "map" else map_of(DYN, DYN)
        if node.condition is not None:
            self._chosen(node, node.condition, inner_scope, made)
        return made

    def _optional_map(self, node: Comprehension, over: Type, scope: dict[str, Type]) -> Type:
        inner = DYN
        if over.name == "optional_type":
            inner = over.parameters[0] if over.parameters else DYN
        elif over.name not in ("dyn", ERROR.name) and not over.name.startswith("'"):
            for name in ("hasValue", "value"):
                self._no_overload(node.at, name, [over], method=True)
            inner = ERROR
        body = self.visit(node.body, {**scope, node.names[0]: inner})
        if node.kind == "optMap":
            return optional_of(body)
        if body.name not in ("optional_type", "dyn", ERROR.name) and not body.name.startswith("'"):
            return self._no_overload(node.at, "_?_:_", [BOOL, body, optional_of(DYN)])
        return body

    def _chosen(self, node: Comprehension, condition: Node, scope: dict[str, Type], made: Type) -> None:
        """A condition by which a macro takes an item or leaves it, as the choice that the macro stands for."""
        found = self.visit(condition, scope)
        if found not in (BOOL, DYN, ERROR) and not found.name.startswith("'"):
            self._no_overload(node.at, "_?_:_", [found, made, made])

    def _boolean(self, node: Node, scope: dict[str, Type]) -> None:
        found = self.visit(node, scope)
        if found not in (BOOL, DYN) and not found.name.startswith("'"):
            self._issue(node.at, f"expected type 'bool' but found '{found}'")


def _type_named(name: str) -> Type:
    """The type of a type's name where that stands for itself."""
    held = {"list": LIST_DYN, "map": MAP_DYN}.get(name) or SCALARS.get(name) or Type(name)
    return Type(TYPE.name, (held,))


def _qualified(node: Node, scope: dict[str, Type]) -> str | None:
    """`a.b.c` as a name, unless its first part is a variable of a macro."""
    if isinstance(node, Ident):
        return None if node.name in scope and not node.absolute else node.name
    if isinstance(node, Select) and not node.test and not node.optional:
        inner = _qualified(node.operand, scope)
        return None if inner is None else f"{inner}.{node.field}"
    return None
