"""Regular expressions in RE2's syntax."""

from __future__ import annotations

from typing import Any

from minik8s.machinery.cel.environment import Function, Overload
from minik8s.machinery.cel.errors import EvalError
from minik8s.machinery.cel.library.declare import need
from minik8s.machinery.cel.types import BOOL, INT, STRING, list_of
from minik8s.machinery.cel.values import size_of
from minik8s.machinery.regex import RegexError, compile_re2


def _compiled(pattern: str) -> Any:
    try:
        return compile_re2(pattern)
    except RegexError as error:
        raise EvalError(str(error)) from None


def _cost(*values: Any) -> int:
    # Text times pattern: what a matcher without going back costs at most.
    return -int(-(size_of(values[0]) + 1) * 0.1 // 1) * max(-int(-size_of(values[1]) * 0.25 // 1), 1)


def _matches(text: Any, pattern: Any) -> bool:
    return _compiled(need(pattern, str)).search(need(text, str)) is not None


def _find(text: Any, pattern: Any) -> str:
    found = _compiled(need(pattern, str)).search(need(text, str))
    return "" if found is None else str(found.group())


def _find_all(text: Any, pattern: Any, limit: Any = -1) -> list[str]:
    found: list[str] = []
    last = -1
    for each in _compiled(need(pattern, str)).finditer(need(text, str)):
        if 0 <= limit <= len(found):
            break
        # Nothing is found right behind what was.
        if each.start() != each.end() or each.start() != last:
            found.append(each.group())
        last = each.end()
    return found


FUNCTIONS = (
    Function(
        "matches", (Overload((STRING, STRING), BOOL, True), Overload((STRING, STRING), BOOL, False)), _matches, _cost
    ),
    Function("find", (Overload((STRING, STRING), STRING, True),), _find, _cost),
    Function(
        "findAll",
        (Overload((STRING, STRING), list_of(STRING), True), Overload((STRING, STRING, INT), list_of(STRING), True)),
        _find_all,
        _cost,
    ),
)
