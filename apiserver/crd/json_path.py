"""The part of JSONPath that definitions use: fields, indexes, wildcards and filters that compare a field with text."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

Step = Callable[[list[Any]], list[Any]]
_NAME = re.compile(r"(?:\\.|[^.\[\]\\\s@$,{}])+")
_QUOTED = re.compile(r"\['((?:[^'\\]|\\.)*)'\]|\[\"((?:[^\"\\]|\\.)*)\"\]")
_INDEX = re.compile(r"\[(-?\d+)\]")
_SLICE = re.compile(r"\[(-?\d*):(-?\d*)(?::(-?\d+))?\]")
_FILTER = re.compile(
    r"\[\?\(\s*@((?:\.[\w\-/\\.]+?)+)\s*(?:(==|!=|<=|>=|<|>)\s*(?:'([^']*)'|\"([^\"]*)\"|(-?[\d.]+|true|false))\s*)?\)\]"
)
_SIMPLE = re.compile(r"(\.[a-zA-Z0-9_\-]+|\['[^']+'\])+")


class JSONPathError(ValueError):
    """A path that is none."""


@lru_cache(maxsize=4096)
def compile_path(path: str) -> Callable[[Any], list[Any]]:
    """What finds the values at a path. Raises JSONPathError."""
    steps: list[Step] = []
    at = 0
    while at < len(path):
        step, at = _step(path, at)
        steps.append(step)

    def find(value: Any) -> list[Any]:
        found = [value]
        for step in steps:
            found = step(found)
        return found

    return find


def _step(path: str, at: int) -> tuple[Step, int]:
    if path.startswith("..", at):
        found = _NAME.match(path, at + 2)
        if found is None:
            raise JSONPathError(f"unrecognized character in action: {path[at : at + 3]!r}")
        return _descend(_plain(found.group())), found.end()
    if path.startswith(("[*]", ".*"), at):
        return _every, at + (3 if path[at] == "[" else 2)
    if path[at] == ".":
        found = _NAME.match(path, at + 1)
        if found is None:
            if at + 1 < len(path) and path[at + 1] == "[":
                return _step(path, at + 1)
            if at + 1 == len(path):
                # A dot that nothing follows names the field without a name.
                return _field(""), at + 1
            raise JSONPathError(f"unterminated path after {path[: at + 1]!r}")
        return _field(_plain(found.group())), found.end()
    for pattern, make in ((_QUOTED, _quoted), (_INDEX, _index), (_SLICE, _slice), (_FILTER, _filter)):
        found = pattern.match(path, at)
        if found is not None:
            return make(found), found.end()
    if path[at] == "[":
        raise JSONPathError("unterminated array" if "]" not in path[at:] else f"invalid array index {path[at:]}")
    raise JSONPathError(f"unrecognized character in action: U+{ord(path[at]):04X} {path[at]!r}")


def _plain(name: str) -> str:
    return re.sub(r"\\(.)", r"\1", name)


def _field(name: str) -> Step:
    return lambda values: [value[name] for value in values if isinstance(value, dict) and name in value]


def _every(values: list[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        found += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return found


def _descend(name: str) -> Step:
    def step(values: list[Any]) -> list[Any]:
        found: list[Any] = []
        pending = list(reversed(values))
        while pending:
            value = pending.pop()
            if isinstance(value, dict):
                if name in value:
                    found.append(value[name])
                pending += reversed(list(value.values()))
            elif isinstance(value, list):
                pending += reversed(value)
        return found

    return step


def _quoted(match: re.Match[str]) -> Step:
    return _field(_plain(match[1] if match[1] is not None else match[2]))


def _index(match: re.Match[str]) -> Step:
    at = int(match[1])
    return lambda values: [value[at] for value in values if isinstance(value, list) and -len(value) <= at < len(value)]


def _slice(match: re.Match[str]) -> Step:
    first, last, step = (int(part) if part else None for part in match.groups())
    if step is not None and step <= 0:
        raise JSONPathError("step must be > 0")
    return lambda values: [item for value in values if isinstance(value, list) for item in value[first:last:step]]


def _filter(match: re.Match[str]) -> Step:
    find = compile_path(match[1])
    operator = match[2]
    wanted: Any = match[3] if match[3] is not None else match[4]
    if wanted is None and match[5] is not None:
        wanted = {"true": True, "false": False}.get(match[5])
        if wanted is None:
            wanted = float(match[5])

    def holds(item: Any) -> bool:
        found = find(item)
        if not operator or not found:
            return bool(found) and not operator
        return _compare(found[0], operator, wanted)

    return lambda values: [item for value in values if isinstance(value, list) for item in value if holds(item)]


def _compare(one: Any, operator: str, other: Any) -> bool:
    try:
        match operator:
            case "==":
                return bool(one == other)
            case "!=":
                return bool(one != other)
            case "<":
                return bool(one < other)
            case "<=":
                return bool(one <= other)
            case ">":
                return bool(one > other)
        return bool(one >= other)
    except TypeError:
        return False


def fields(path: str) -> list[str]:
    """The names in a simple path."""
    return [name or quoted for name, quoted in re.findall(r"\.([a-zA-Z0-9_\-]+)|\['([^']+)'\]", path)]
