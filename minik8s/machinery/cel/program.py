"""Checked trees to closures, and running them under a budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

from minik8s.machinery.cel import operators
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
from minik8s.machinery.cel.checker import Checked, check
from minik8s.machinery.cel.comprehensions import comprehension
from minik8s.machinery.cel.environment import Environment, Function
from minik8s.machinery.cel.errors import CostExceeded, EvalError, NoOverload, beyond_limits
from minik8s.machinery.cel.literals import judge
from minik8s.machinery.cel.parser import parse
from minik8s.machinery.cel.room import room
from minik8s.machinery.cel.run import Run, Step
from minik8s.machinery.cel.types import Type
from minik8s.machinery.cel.values import NONE, Optional, TypeValue, type_name

DEFAULT_LIMIT = 1_000_000
"""Cost units one evaluation may take (Kubernetes' per-call limit)."""
DEFAULT_SECONDS = 5.0


class Program:
    """A compiled expression. `type` is the type of its result."""

    def __init__(self, source: str, node: Node, checked: Checked, environment: Environment) -> None:
        self.source = source
        self.node = node
        self.checked = checked
        self.type: Type = checked.type_of(node)
        self.environment = environment
        self._compiler = _Compiler(checked, environment)
        self._step = self._compiler.step(node, {})

    def evaluate(
        self, variables: Mapping[str, Any], limit: int = DEFAULT_LIMIT, seconds: float = DEFAULT_SECONDS
    ) -> Any:
        """The value. Raises EvalError; CostExceeded beyond `limit`, TimeExceeded after `seconds` of the processor."""
        return self.measured(variables, limit, seconds)[0]

    def measured(
        self, variables: Mapping[str, Any], limit: int = DEFAULT_LIMIT, seconds: float = DEFAULT_SECONDS
    ) -> tuple[Any, int]:
        """(the value, what it cost). Raises EvalError, CostExceeded and TimeExceeded."""
        run = Run(variables, self._compiler.slots, limit, seconds)
        try:
            value = self._step(run)
        except RecursionError:
            raise CostExceeded from None
        if run.cost > limit:
            raise CostExceeded
        return value, run.cost


def compile_expression(source: str, environment: Environment) -> Program:
    """Parse, check and compile. Raises CompileError."""
    try:
        with room():
            node = parse(source)
            checked = check(node, source, environment)
            judge(checked, source, environment, node)
            return Program(source, node, checked, environment)
    except RecursionError:
        raise beyond_limits(source, "expression recursion limit exceeded: 250") from None


class _Compiler:
    def __init__(self, checked: Checked, environment: Environment) -> None:
        self._checked = checked
        self._environment = environment
        self.slots = 0

    def slot(self) -> int:
        """A place for one variable of a macro."""
        self.slots += 1
        return self.slots - 1

    def step(self, node: Node, scope: dict[str, int]) -> Step:
        """A closure that computes a node."""
        if id(node) in self._checked.type_values:
            return self._constant(self._checked.type_values[id(node)])
        match node:
            case Literal():
                return _literal(node.value)
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
                slots = [self.slot() for _ in node.names]
                inner = {**scope, **dict(zip(node.names, slots, strict=True))}
                condition = self.step(node.condition, inner) if node.condition is not None else None
                return comprehension(
                    node.kind, self.step(node.range, scope), slots, self.step(node.body, inner), condition
                )
        raise AssertionError(node)

    def _constant(self, name: str) -> Step:
        value = self._environment.constants.get(name, TypeValue(name))
        return lambda run: value

    def _ident(self, node: Ident, scope: dict[str, int]) -> Step:
        if not node.absolute and node.name in scope:
            place = scope[node.name]

            def local(run: Run) -> Any:
                run.cost += 1
                return run.slots[place]

            return local
        return self._variable(node.name)

    def _variable(self, name: str) -> Step:
        def variable(run: Run) -> Any:
            run.cost += 1
            try:
                value = run.variables[name]
            except KeyError:
                raise EvalError(f"no such attribute(s): {name}") from None
            return value() if isinstance(value, FunctionType) else value

        return variable

    def _select(self, node: Select, scope: dict[str, int]) -> Step:
        if id(node) in self._checked.names:
            return self._variable(self._checked.names[id(node)])
        operand, field = self.step(node.operand, scope), node.field
        plain = operators.unescaped(field)
        if node.test:

            def has(run: Run) -> Any:
                run.cost += 1
                value = operand(run)
                if type(value) is Optional:
                    value = value.value if value.present else {}
                return operators.has(value, field, plain)

            return has

        def select(run: Run) -> Any:
            run.cost += 1
            value = operand(run)
            if type(value) is dict:
                found = value.get(field, _MISSING)
                if found is not _MISSING:
                    return found
            return operators.select(value, field, plain)

        def maybe(run: Run) -> Any:
            run.cost += 1
            value = operand(run)
            return operators.optional_select(value, field, plain)

        return maybe if node.optional else select

    def _index(self, node: Index, scope: dict[str, int]) -> Step:
        operand, key = self.step(node.operand, scope), self.step(node.key, scope)
        if node.optional:

            def maybe(run: Run) -> Any:
                run.cost += 1
                return operators.optional_index(operand(run), key(run))

            return maybe

        def index(run: Run) -> Any:
            run.cost += 1
            return operators.index(operand(run), key(run))

        return index

    def _call(self, node: Call, scope: dict[str, int]) -> Step:
        if node.function == "_?_:_":
            condition, one, other = (self.step(each, scope) for each in node.args)

            def choose(run: Run) -> Any:
                chosen = condition(run)
                if chosen is True:
                    return one(run)
                if chosen is False:
                    return other(run)
                raise EvalError("no such overload")

            return choose
        if node.function in ("_&&_", "_||_"):
            left, right = (self.step(each, scope) for each in node.args)
            return operators.logical(left, right, node.function == "_||_")
        full = self._checked.namespaced.get(id(node))
        steps = [self.step(each, scope) for each in node.args]
        if node.target is not None and full is None:
            steps.insert(0, self.step(node.target, scope))
        function = self._environment.function(full or node.function, node.target is not None and full is None)
        assert function is not None
        return _invoke(function, steps)

    def _list(self, node: ListLiteral, scope: dict[str, int]) -> Step:
        steps = [self.step(each, scope) for each in node.items]
        optional = node.optional

        def make(run: Run) -> Any:
            run.cost += 10
            found = []
            for position, step in enumerate(steps):
                value = step(run)
                if position in optional:
                    if not value.present:
                        continue
                    value = value.value
                found.append(value)
            return found

        return make

    def _map(self, node: MapLiteral, scope: dict[str, int]) -> Step:
        steps = [(self.step(k, scope), self.step(v, scope), optional) for k, v, optional in node.entries]

        def make(run: Run) -> Any:
            run.cost += 30
            found: dict[Any, Any] = {}
            for key, value, optional in steps:
                name, held = key(run), value(run)
                if optional:
                    if not held.present:
                        continue
                    held = held.value
                if isinstance(name, float | list | dict | bytes) or name is None:
                    raise EvalError("unsupported key type")
                found[name] = held
            return found

        return make

    def _struct(self, node: StructLiteral, scope: dict[str, int]) -> Step:
        steps = [(operators.unescaped(k), self.step(v, scope), optional) for k, v, optional in node.entries]

        def make(run: Run) -> Any:
            run.cost += 40
            found = {}
            for name, step, optional in steps:
                value = step(run)
                if optional:
                    if not value.present:
                        continue
                    value = value.value
                found[name] = value
            return found

        return make


_MISSING: Any = object()
# What a function written for one type raises when a dynamic value of another comes.
_MISMATCH = (TypeError, AttributeError, NoOverload)
# What must not happen in a function, and may not break more than the expression.
_BROKEN = (ValueError, ArithmeticError, LookupError)


# Left sides that operators are for; of others the operator is named.
_NUMBERS = frozenset(("int", "uint", "double"))
_SPANS = frozenset(("google.protobuf.Timestamp", "google.protobuf.Duration"))
_ORDERED = _NUMBERS | _SPANS | {"string", "bytes", "bool"}
_LEFT = {
    "_+_": _NUMBERS | _SPANS | {"string", "bytes", "list"},
    "_-_": _NUMBERS | _SPANS,
    "_*_": _NUMBERS,
    "_/_": _NUMBERS,
    "_%_": frozenset(("int", "uint")),
    **dict.fromkeys(("_<_", "_<=_", "_>_", "_>=_"), _ORDERED),
}
_TERSE = frozenset(("contains", "startsWith", "endsWith", "matches"))


def _no_overload(function: Function, values: list[Any]) -> EvalError:
    """What is told of a call; of operators and some functions less."""
    name, kinds = function.name, [type_name(value) for value in values]
    if name in _TERSE:
        return NoOverload()
    if not name.replace(".", "_").isidentifier():
        return EvalError(f"no such overload: {name}") if kinds[0] not in _LEFT.get(name, kinds) else NoOverload()
    return EvalError(f"no such overload: {name}" if name == "size" else f"no such overload: {name}({', '.join(kinds)})")


def _cost(cost: Callable[..., int], *values: Any) -> int:
    try:
        return cost(*values)
    except _MISMATCH:
        return 0


def _literal(value: Any) -> Step:
    return lambda run: value


def _invoke(function: Function, steps: list[Step]) -> Step:
    apply, cost = function.implementation, function.cost
    if len(steps) == 1:
        only = steps[0]

        def unary(run: Run) -> Any:
            value = only(run)
            run.spend(1 + (_cost(cost, value) if cost is not None else 0))
            try:
                return apply(value)
            except _MISMATCH:
                raise _no_overload(function, [value]) from None
            except _BROKEN as error:
                raise EvalError(f"internal error: {error}") from None

        return unary
    if len(steps) == 2:
        first, second = steps

        def binary(run: Run) -> Any:
            one, other = first(run), second(run)
            run.spend(1 + (_cost(cost, one, other) if cost is not None else 0))
            try:
                return apply(one, other)
            except _MISMATCH:
                raise _no_overload(function, [one, other]) from None
            except _BROKEN as error:
                raise EvalError(f"internal error: {error}") from None

        return binary

    def every(run: Run) -> Any:
        values = [step(run) for step in steps]
        run.spend(1 + (_cost(cost, *values) if cost is not None else 0))
        try:
            return apply(*values)
        except _MISMATCH:
            raise _no_overload(function, values) from None
        except _BROKEN as error:
            raise EvalError(f"internal error: {error}") from None

    return every


__all__ = ["DEFAULT_LIMIT", "NONE", "Program", "compile_expression"]
