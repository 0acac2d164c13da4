"""Strings: CEL's own functions and the extended ones (cel-go ext.Strings version 2)."""

from __future__ import annotations

from typing import Any

from minik8s.machinery.cel.environment import Function, Overload
from minik8s.machinery.cel.errors import EvalError
from minik8s.machinery.cel.library.declare import function, matched, method, need, walked
from minik8s.machinery.cel.library.formatting import formatted
from minik8s.machinery.cel.types import BOOL, DYN, INT, LIST_DYN, STRING, list_of

_MATCHES = 10_000_000


def _char_at(text: Any, at: Any) -> str:
    need(text, str)
    if not 0 <= at <= len(text):
        raise EvalError(f"index out of range: {at}")
    return text[at : at + 1]  # type: ignore[no-any-return]


def _index_of(text: Any, part: Any, start: Any = 0) -> int:
    need(text, str)
    if start < 0:
        raise EvalError(f"index out of range: {start}")
    return text.find(need(part, str), start)  # type: ignore[no-any-return]


def _last_index_of(text: Any, part: Any, start: Any = None) -> int:
    need(text, str)
    if start is None:
        return text.rfind(need(part, str))  # type: ignore[no-any-return]
    if start < 0:
        raise EvalError(f"index out of range: {start}")
    return -1 if start >= len(text) else text.rfind(part, 0, start + len(part))


def _replace(text: Any, old: Any, new: Any, count: Any = -1) -> str:
    need(text, str)
    grown = len(text) + (text.count(old) if count < 0 else count) * max(len(new) - len(old), 0)
    if grown > _MATCHES:
        raise EvalError("result is too large")
    return text.replace(old, new, count)  # type: ignore[no-any-return]


def _split(text: Any, separator: Any, count: Any = -1) -> list[str]:
    need(text, str)
    if count == 0:
        return []
    if separator == "":
        characters = list(text)
        return (
            characters
            if count < 0 or count >= len(characters)
            else [
                *characters[: count - 1],
                "".join(characters[count - 1 :]),
            ]
        )
    return text.split(separator, count - 1 if count > 0 else -1)  # type: ignore[no-any-return]


def _substring(text: Any, start: Any, end: Any = None) -> str:
    need(text, str)
    last = len(text) if end is None else end
    if not 0 <= start <= len(text):
        raise EvalError(f"index out of range: {start}")
    if not 0 <= last <= len(text):
        raise EvalError(f"index out of range: {last}")
    if start > last:
        raise EvalError(f"invalid substring range. start: {start}, end: {last}")
    return text[start:last]  # type: ignore[no-any-return]


def _ascii(text: Any, upper: bool) -> str:
    need(text, str)
    return "".join((c.upper() if upper else c.lower()) if c.isascii() else c for c in text)


_SPACE = (
    " \t\n\v\f\r\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)


def _join(items: Any, separator: Any = "") -> str:
    for item in need(items, list):
        need(item, str)
    return str(separator).join(items)


def _quote(text: Any) -> str:
    table = {
        "\a": "\\a",
        "\b": "\\b",
        "\f": "\\f",
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\v": "\\v",
        "\\": "\\\\",
        '"': '\\"',
    }
    return '"' + "".join(table.get(c, c) for c in need(text, str)) + '"'


FUNCTIONS = (
    method("contains", (STRING, STRING), BOOL, lambda text, part: need(part, str) in need(text, str), matched),
    method("startsWith", (STRING, STRING), BOOL, lambda text, part: need(text, str).startswith(need(part, str))),
    method("endsWith", (STRING, STRING), BOOL, lambda text, part: need(text, str).endswith(need(part, str))),
    method("charAt", (STRING, INT), STRING, _char_at),
    Function(
        "indexOf",
        (Overload((STRING, STRING), INT, True), Overload((STRING, STRING, INT), INT, True)),
        _index_of,
        lambda *values: matched(*values) if isinstance(values[0], str) else 0,
    ),
    Function(
        "lastIndexOf",
        (Overload((STRING, STRING), INT, True), Overload((STRING, STRING, INT), INT, True)),
        _last_index_of,
        lambda *values: matched(*values) if isinstance(values[0], str) else 0,
    ),
    method("lowerAscii", (STRING,), STRING, lambda text: _ascii(text, False), walked),
    method("upperAscii", (STRING,), STRING, lambda text: _ascii(text, True), walked),
    Function(
        "replace",
        (Overload((STRING, STRING, STRING), STRING, True), Overload((STRING, STRING, STRING, INT), STRING, True)),
        _replace,
        walked,
    ),
    Function(
        "split",
        (Overload((STRING, STRING), list_of(STRING), True), Overload((STRING, STRING, INT), list_of(STRING), True)),
        _split,
        walked,
    ),
    Function(
        "substring",
        (Overload((STRING, INT), STRING, True), Overload((STRING, INT, INT), STRING, True)),
        _substring,
        walked,
    ),
    method("trim", (STRING,), STRING, lambda text: need(text, str).strip(_SPACE), walked),
    Function(
        "join",
        (Overload((list_of(STRING),), STRING, True), Overload((list_of(STRING), STRING), STRING, True)),
        _join,
        lambda *values: sum(len(each) for each in values[0] if isinstance(each, str)) // 10 + 1,
    ),
    method("format", (STRING, LIST_DYN), STRING, formatted, walked),
    function("strings.quote", (STRING,), STRING, _quote, walked),
)
__all__ = ["DYN", "FUNCTIONS"]
