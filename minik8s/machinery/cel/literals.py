"""Literals that can be judged before an expression runs: patterns, times, and lists and maps of mixed types."""

from __future__ import annotations

from collections.abc import Iterator

from minik8s.machinery.cel.ast import Call, ListLiteral, Literal, MapLiteral, Node
from minik8s.machinery.cel.checker import Checked
from minik8s.machinery.cel.environment import Environment
from minik8s.machinery.cel.errors import CompileError, EvalError, Issue, place
from minik8s.machinery.cel.format_checks import format_problem
from minik8s.machinery.cel.types import DYN, Type

_CONVERSIONS = frozenset(("bool", "bytes", "double", "int", "string", "uint"))
_PATTERNS = frozenset(("find", "findAll", "matches"))
_MOMENTS = frozenset(("timestamp", "duration"))


class InstantiationError(CompileError):
    """An expression is well typed, but a part of it that is constant has no value."""

    stage = "program instantiation failed"

    def __init__(self, source: str, message: str, type_: Type) -> None:
        super().__init__(source, [])
        self.args = (message,)
        self.type = type_


def judge(checked: Checked, source: str, environment: Environment, root: Node) -> None:
    """Raises CompileError, InstantiationError."""
    exempt = {id(each) for node in checked.nodes if isinstance(node, Call) for each in _formatted(node)}
    formats = (found for node in checked.nodes if (found := format_problem(node, checked.type_of)) is not None)
    issues = [*_arguments(checked, environment), *_mixed(checked, exempt), *formats]
    if issues:
        raise CompileError(source, [Issue(*place(source, at), message) for at, message in issues])
    for node in checked.nodes:
        if not isinstance(node, Call) or not node.args:
            continue
        try:
            _constant(node, environment)
        except EvalError as error:
            raise InstantiationError(source, str(error), checked.type_of(root)) from None


def _constant(node: Call, environment: Environment) -> None:
    """Convert literals and read patterns once. Raises EvalError."""
    first = _literal(node.args[0])
    if first is None:
        return
    if node.target is None and len(node.args) == 1:
        if node.function in _CONVERSIONS and first.value is None:
            raise EvalError(f"no such overload: {node.function}(null_type)")
        if node.function in _CONVERSIONS:
            _called(environment, node.function, first)
        elif node.function in _MOMENTS and isinstance(first.value, str | int) and not isinstance(first.value, bool):
            _called(environment, node.function, first)
    elif node.target is not None and node.function in _PATTERNS and isinstance(first.value, str):
        function = environment.function(node.function, True)
        if function is not None:
            function.implementation("", first.value)


def _literal(node: Node) -> Literal | None:
    """A literal, also as `dyn`."""
    if isinstance(node, Call) and node.target is None and node.function == "dyn" and len(node.args) == 1:
        node = node.args[0]
    return node if isinstance(node, Literal) else None


def _called(environment: Environment, name: str, argument: Literal) -> None:
    function = environment.function(name, False)
    if function is not None:
        function.implementation(argument.value)


def _arguments(checked: Checked, environment: Environment) -> Iterator[tuple[int, str]]:
    """Durations, timestamps and patterns."""
    for node in checked.nodes:
        if not isinstance(node, Call) or not node.args or not isinstance(node.args[-1], Literal):
            continue
        last = node.args[-1]
        if not isinstance(last.value, str):
            continue
        try:
            if node.function in ("duration", "timestamp") and node.target is None and len(node.args) == 1:
                _called(environment, node.function, last)
            elif node.function == "matches" and (node.target is None) == (len(node.args) == 2):
                function = environment.function("matches", node.target is not None)
                if function is not None:
                    function.implementation("", last.value)
        except EvalError:
            yield last.at, f"invalid {node.function} argument"


def _formatted(node: Call) -> Iterator[Node]:
    """What stands in the arguments of a format: lists there are mixed on purpose."""
    if node.function == "format" and node.target is not None:
        waiting: list[Node] = list(node.args)
        while waiting:
            each = waiting.pop()
            yield each
            if isinstance(each, ListLiteral):
                waiting += each.items
            elif isinstance(each, MapLiteral):
                waiting += [part for key, value, _ in each.entries for part in (key, value)]
            elif isinstance(each, Call):
                waiting += each.args


def _mixed(checked: Checked, exempt: set[int]) -> Iterator[tuple[int, str]]:
    for node in checked.nodes:
        if id(node) in exempt:
            continue
        if isinstance(node, ListLiteral):
            first: Type | None = None
            for position, item in enumerate(node.items):
                found = _plain(checked.type_of(item), position in node.optional)
                first = first or found
                if found is not None and found != first:
                    yield item.at, f"expected type '{first}' but found '{found}'"
                    break
        elif isinstance(node, MapLiteral):
            wanted: tuple[Type, Type | None] | None = None
            for key, value, optional in node.entries:
                given = checked.type_of(key), _plain(checked.type_of(value), optional)
                wanted = wanted or given
                for at, one, other in ((key.at, wanted[0], given[0]), (value.at, wanted[1], given[1])):
                    if one is not None and other is not None and one != other:
                        yield at, f"expected type '{one}' but found '{other}'"


def _plain(found: Type, optional: bool) -> Type | None:
    """The type of an item; None for one that may be missing and is of any type."""
    if not optional:
        return found
    return found.parameters[0] if found.parameters and found.parameters[0] != DYN else None
