"""Whether the arguments of `format` fit its clauses, as far as both are written out in an expression."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from minik8s.machinery.cel.ast import Call, ListLiteral, Literal, MapLiteral, Node
from minik8s.machinery.cel.types import Type

_WHOLE = frozenset(("int", "uint", "dyn"))
_WRITTEN = frozenset(
    (
        "string", "bool", "bytes", "int", "uint", "double", "map", "list", "type", "dyn", "null_type",
        "google.protobuf.Duration", "google.protobuf.Timestamp",
    )
)  # fmt: skip
_HEX = "only integers, byte buffers, and strings can be formatted as hex"
_CLAUSES = {
    "d": (_WHOLE, "decimal clause can only be used on integers"),
    "f": (frozenset(("double", "string", "dyn")), "fixed-point clause can only be used on doubles"),
    "e": (frozenset(("double", "string", "dyn")), "scientific clause can only be used on doubles"),
    "b": (_WHOLE | {"bool"}, "only integers and bools can be formatted as binary"),
    "o": (_WHOLE, "octal clause can only be used on integers"),
    "x": (_WHOLE | {"string", "bytes"}, _HEX),
    "X": (_WHOLE | {"string", "bytes"}, _HEX),
    "s": (
        _WRITTEN,
        "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, "
        "and timestamps",
    ),
}
_PRECISION = re.compile(r"\.([0-9]*)")


class Problem(NamedTuple):
    """What is wrong, and where in the expression."""

    at: int
    message: str


class FormatError(Exception):
    """A text is no format; the text says why."""


def clauses(pattern: str) -> list[tuple[str, int]]:
    """The clauses of a format by their letters, with their precisions (-1 for none). Raises FormatError."""
    found = []
    at = 0
    while (at := pattern.find("%", at)) >= 0:
        at += 1
        if at >= len(pattern):
            raise FormatError("unexpected end of string")
        if pattern[at] == "%":
            at += 1
            continue
        precision = -1
        if given := _PRECISION.match(pattern, at):
            at = given.end()
            if at >= len(pattern):
                why = "could not find end of precision specifier"
                raise FormatError(f"could not parse formatting clause: error while parsing precision: {why}")
            if not given[1]:
                why = 'error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax'
                raise FormatError(f"could not parse formatting clause: error while parsing precision: {why}")
            precision = int(given[1])
        if pattern[at] not in _CLAUSES:
            raise FormatError(f'could not parse formatting clause: unrecognized formatting clause "{pattern[at]}"')
        found.append((pattern[at], precision))
        at += 1
    return found


def misfit(letter: str, given: str) -> str:
    """What is wrong with a value of a type in a clause, "" for nothing."""
    fitting, message = _CLAUSES[letter]
    return "" if given in fitting else f"error during formatting: {message}, was given {given}"


def format_problem(node: Node, type_of: Callable[[Node], Type]) -> Problem | None:
    """The first thing that is wrong with a call of `format`."""
    if not (isinstance(node, Call) and node.function == "format" and len(node.args) == 1):
        return None
    if not (isinstance(node.target, Literal) and isinstance(node.target.value, str)):
        return None
    if not isinstance(node.args[0], ListLiteral):
        return None
    items = node.args[0].items
    try:
        wanted = clauses(node.target.value)
    except FormatError as error:
        return Problem(node.at, str(error))
    for number, (letter, _) in enumerate(wanted):
        if number >= len(items):
            return Problem(node.at, f"index {number} out of range")
        if (found := _misfitting(items[number], letter, type_of)) is not None:
            return found
    if len(items) > len(wanted):
        why = f"too many arguments supplied to string.format (expected {len(wanted)}, got {len(items)})"
        return Problem(node.at, why)
    return None


def _misfitting(node: Node, letter: str, type_of: Callable[[Node], Type]) -> Problem | None:
    parts: Sequence[Node] = ()
    if isinstance(node, ListLiteral):
        parts = node.items
    elif isinstance(node, MapLiteral):
        parts = [part for key, value, _ in node.entries for part in (key, value)]
    if letter == "s" and parts:
        return next((found for part in parts if (found := _misfitting(part, letter, type_of)) is not None), None)
    given = type_of(node).name
    message = misfit(letter, "dyn" if given.startswith("'") else given)
    return Problem(node.at, message) if message else None
