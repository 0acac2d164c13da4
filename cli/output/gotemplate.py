"""Go's text templates as far as `-o go-template` needs them: fields, range, if, with, variables, pipes, functions.

Not there: define/template/block, break/continue, methods.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

_ACTION = re.compile(r"\{\{(- )?\s*(/\*.*?\*/|(?:\"(?:[^\"\\]|\\.)*\"|`[^`]*`|[^\"`])*?)\s*( -)?\}\}", re.DOTALL)
_TOKEN = re.compile(
    r"""\s*("(?:[^"\\]|\\.)*"|`[^`]*`|:=|=|\||\(|\)|,|\$?\w*(?:\.\w+)+|\$\w*|\.|-?\d+(?:\.\d+)?|\w+)""", re.VERBOSE
)


class TemplateError(ValueError):
    """A template that cannot be read or filled."""


@dataclasses.dataclass(slots=True)
class _Block:
    """`range`, `if` or `with`: what it depends on, its body, and the body of its `else`."""

    kind: str
    words: list[str]
    body: list[Any]
    other: list[Any]


def render(template: str, document: Any) -> str:
    """A template filled from a document. Raises TemplateError."""
    parts, end = _block(_pieces(template), ())
    assert not end
    return "".join(_run(parts, document, {"$": document}))


def _pieces(template: str) -> Iterator[str | list[str]]:
    """Texts, and the words of actions."""
    at, trim = 0, False
    for match in _ACTION.finditer(template):
        text = template[at : match.start()]
        text = text.lstrip() if trim else text
        text = text.rstrip() if match[1] else text
        if text:
            yield text
        at, trim = match.end(), bool(match[3])
        if not match[2].startswith("/*"):
            yield _words(match[2])
    rest = template[at:]
    if "{{" in rest:
        raise TemplateError("unclosed action")
    if rest:
        yield rest.lstrip() if trim else rest


def _words(text: str) -> list[str]:
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            if text[at:].strip():
                raise TemplateError(f"unexpected {text[at:].strip()[:1]!r} in {text!r}")
            break
        found.append(match[1])
        at = match.end()
    return found


def _block(pieces: Iterator[str | list[str]], ends: tuple[str, ...]) -> tuple[list[Any], list[str]]:
    parts: list[Any] = []
    for piece in pieces:
        if isinstance(piece, str):
            parts.append(piece)
            continue
        head = piece[0] if piece else ""
        if head in ("end", "else"):
            if head not in ends:
                raise TemplateError(f"unexpected {{{{{head}}}}}")
            return parts, piece
        parts.append(_opened(piece, pieces) if head in ("range", "if", "with") else piece)
    if ends:
        raise TemplateError("unexpected EOF")
    return parts, []


def _opened(piece: list[str], pieces: Iterator[str | list[str]]) -> _Block:
    body, end = _block(pieces, ("end", "else"))
    other: list[Any] = []
    if end[:2] == ["else", "if"]:
        other = [_opened(end[1:], pieces)]
    elif end == ["else"]:
        other, _ = _block(pieces, ("end",))
    return _Block(piece[0], piece[1:], body, other)


def _run(parts: list[Any], dot: Any, names: dict[str, Any]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
        elif isinstance(part, _Block):
            yield from _run_block(part, dot, names)
        elif len(part) > 2 and part[0].startswith("$") and part[1] in (":=", "="):
            names[part[0]] = _pipeline(part[2:], dot, names)
        elif part:
            yield _text(_pipeline(part, dot, names))


def _run_block(block: _Block, dot: Any, names: dict[str, Any]) -> Iterator[str]:
    words, bound = block.words, []
    if ":=" in words:
        at = words.index(":=")
        bound, words = [word for word in words[:at] if word != ","], words[at + 1 :]
    value = _pipeline(words, dot, names)
    inner = dict(names)
    if block.kind == "range":
        items = sorted(value.items()) if isinstance(value, dict) else list(enumerate(value or ()))
        for key, item in items:
            if bound:
                inner[bound[-1]] = item
            if len(bound) == 2:
                inner[bound[0]] = key
            yield from _run(block.body, item, inner)
        if not items:
            yield from _run(block.other, dot, inner)
        return
    if bound:
        inner[bound[0]] = value
    if _true(value):
        yield from _run(block.body, value if block.kind == "with" else dot, inner)
    else:
        yield from _run(block.other, dot, inner)


_NOTHING = object()


def _pipeline(words: list[str], dot: Any, names: dict[str, Any]) -> Any:
    value: Any = _NOTHING
    start = depth = 0
    for at, word in enumerate([*words, "|"]):
        depth += (word == "(") - (word == ")")
        if word == "|" and not depth:
            value = _call(words[start:at], dot, names, value)
            start = at + 1
    if depth:
        raise TemplateError("unclosed left paren")
    return value


def _call(words: list[str], dot: Any, names: dict[str, Any], last: Any) -> Any:
    if not words:
        raise TemplateError("missing value for command")
    if words[0][0].isalpha() and words[0] not in ("true", "false", "nil"):
        function = _FUNCTIONS.get(words[0])
        if function is None:
            raise TemplateError(f'function "{words[0]}" not defined')
        given = [*_arguments(words[1:], dot, names), *([] if last is _NOTHING else [last])]
        try:
            return function(*given)
        except (TypeError, ValueError, LookupError, AttributeError) as error:
            raise TemplateError(f"error calling {words[0]}: {error}") from None
    found = _arguments(words, dot, names)
    if len(found) != 1 or last is not _NOTHING:
        raise TemplateError(f"can't give argument to non-function {words[0]}")
    return found[0]


def _arguments(words: list[str], dot: Any, names: dict[str, Any]) -> list[Any]:
    found: list[Any] = []
    at = 0
    while at < len(words):
        word = words[at]
        if word == "(":
            depth, end = 1, at + 1
            while end < len(words) and depth:
                depth += (words[end] == "(") - (words[end] == ")")
                end += 1
            found.append(_pipeline(words[at + 1 : end - 1], dot, names))
            at = end
            continue
        found.append(_value(word, dot, names))
        at += 1
    return found


def _value(word: str, dot: Any, names: dict[str, Any]) -> Any:
    if word[0] == '"':
        return json.loads(word)
    if word[0] == "`":
        return word[1:-1]
    if word in ("true", "false", "nil"):
        return {"true": True, "false": False}.get(word)
    if word[0].isdigit() or word[0] == "-":
        return float(word) if "." in word else int(word)
    if word[0] in ".$":
        name, _, path = word.partition(".") if word[0] == "$" else ("", "", word[1:])
        if name and name not in names:
            raise TemplateError(f"undefined variable {json.dumps(name)}")
        value = names[name] if name else dot
        for field in path.split(".") if path else ():
            if value is not None and not isinstance(value, dict):
                raise TemplateError(f"can't evaluate field {field} in type interface {{}}")
            value = None if value is None else value.get(field)
        return value
    raise TemplateError(f"unexpected {word!r}")


def _true(value: Any) -> bool:
    return bool(value)


def _text(value: Any) -> str:
    """A value as Go prints it."""
    if value is None:
        return "<no value>"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{_text(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(_text(each) for each in value) + "]"
    return str(value)


def _format(pattern: str, *values: Any) -> str:
    rest = iter(values)

    def one(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        value, verb = next(rest), match[0][-1]
        if verb in "sv":
            return f"%{match[1]}s" % _text(value)
        return json.dumps(value) if verb == "q" else match[0] % value

    return re.sub(r"%([-+ 0-9.]*)[svdqfxtg]|%%", one, pattern)


def _index(value: Any, *keys: Any) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else value[key]
    return value


def _exists(value: Any, *keys: Any) -> bool:
    try:
        return _index(value, *keys) is not None
    except (LookupError, TypeError, AttributeError):
        return False


def _any(*values: Any) -> Any:
    return next((each for each in values if _true(each)), values[-1])


def _all(*values: Any) -> Any:
    return next((each for each in values if not _true(each)), values[-1])


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "and": _all,
    "or": _any,
    "not": lambda value: not _true(value),
    "len": len,
    "index": _index,
    "slice": lambda value, first=0, last=None: value[first:last],
    "print": lambda *values: "".join(_text(each) for each in values),
    "println": lambda *values: " ".join(_text(each) for each in values) + "\n",
    "printf": _format,
    "eq": lambda one, *others: any(one == other for other in others),
    "ne": lambda one, other: one != other,
    "lt": lambda one, other: one < other,
    "le": lambda one, other: one <= other,
    "gt": lambda one, other: one > other,
    "ge": lambda one, other: one >= other,
    "exists": _exists,
    "base64decode": lambda value: base64.b64decode(value).decode(),
    "html": lambda value: _text(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
    "js": lambda value: json.dumps(_text(value))[1:-1],
    "urlquery": lambda value: __import__("urllib.parse").parse.quote_plus(_text(value)),
}
