"""kubectl's JSONPath templates: `{.items[*].metadata.name}`, ranges, filters, unions (Kubernetes docs, "JSONPath")."""

from __future__ import annotations

import dataclasses
import json
import operator
import re
from collections.abc import Iterator
from typing import Any

_STEP = re.compile(
    r"\.\.(?P<deep>[\w-]+|\*)|\.(?P<name>(?:[\w/-]|\\.)+|\*)|\[(?P<index>[^\]\[]*(?:\[[^\]]*\][^\]\[]*)*)\]|(?P<at>[@$])"
)
_SLICE = re.compile(r"(-?\d*):(-?\d*)(?::(-?\d+))?")
_FILTER = re.compile(r"\?\((.*)\)", re.DOTALL)
_COMPARE = re.compile(r"(.*?)\s*(==|!=|<=|>=|<|>|=~)\s*(.*)", re.DOTALL)


_SIGNS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


class PathError(ValueError):
    """A template that cannot be read, or names what is not there."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Range:
    path: str
    body: list[Any]


def relaxed(text: str) -> str:
    """A path as custom columns and sort keys take it: `.metadata.name`, `metadata.name` or `{.metadata.name}`."""
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1]
    return text if text.startswith((".", "[", "$", "@")) else "." + text


def render(template: str, document: Any, missing_fails: bool = True) -> str:
    """A template filled from a document. Raises PathError."""
    parts, rest = _parse(_tokens(template), inside=False)
    assert not rest
    return _render(parts, document, document, missing_fails)


def find(path: str, document: Any, missing_fails: bool = False) -> list[Any]:
    """All values of one path. Raises PathError."""
    found = [document]
    at = 0
    path = path.strip()
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            raise PathError(f"cannot read {path!r} at {path[at:]!r}")
        at = step.end()
        if step["at"]:
            continue
        found = list(_take(found, step, missing_fails))
    return found


def text_of(value: Any) -> str:
    """A value as templates print it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None or isinstance(value, dict | list):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return str(value)


def _tokens(template: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(template):
        start = template.find("{", at)
        if start < 0:
            found.append(("text", template[at:]))
            break
        if start > at:
            found.append(("text", template[at:start]))
        depth, quote, end = 1, "", start + 1
        while end < len(template) and depth:
            char = template[end]
            if quote:
                if char == "\\":
                    end += 1
                elif char == quote:
                    quote = ""
            elif char in "\"'":
                quote = char
            elif char == "{":
                depth += 1
            elif char == "}":
                depth -= 1
            end += 1
        if depth:
            raise PathError(
                "unterminated array" if "[" in template[start:] and "]" not in template[start:] else "unclosed action"
            )
        found.append(("action", template[start + 1 : end - 1].strip()))
        at = end
    return found


def _parse(tokens: list[tuple[str, str]], inside: bool) -> tuple[list[Any], list[tuple[str, str]]]:
    parts: list[Any] = []
    while tokens:
        (kind, text), tokens = tokens[0], tokens[1:]
        if kind == "action" and text.startswith("range"):
            body, tokens = _parse(tokens, inside=True)
            parts.append(_Range(text.removeprefix("range").strip(), body))
        elif kind == "action" and text == "end":
            if not inside:
                raise PathError("not in range, nothing to end")
            return parts, tokens
        else:
            parts.append((kind, text))
    if inside:
        raise PathError("unterminated range")
    return parts, tokens


def _render(parts: list[Any], here: Any, root: Any, missing_fails: bool) -> str:
    written: list[str] = []
    for part in parts:
        if isinstance(part, _Range):
            for item in find(part.path, root if part.path.startswith("$") else here, missing_fails):
                written.append(_render(part.body, item, root, missing_fails))
        elif part[0] == "text":
            written.append(part[1])
        elif part[1][:1] in ("'", '"'):
            written.append(_unquoted(part[1]))
        else:
            path = part[1]
            if path and path[0] not in ".[@$":
                path = "." + path
            found = find(path, root if path.startswith("$") else here, missing_fails)
            written.append(" ".join(text_of(value) for value in found))
    return "".join(written)


def _unquoted(text: str) -> str:
    return text[1:-1].encode().decode("unicode_escape").encode("latin-1", "replace").decode("utf-8", "replace")


def _take(values: list[Any], step: re.Match[str], missing_fails: bool) -> Iterator[Any]:
    for value in values:
        if step["deep"] is not None:
            yield from _deep(value, step["deep"])
        elif step["name"] is not None:
            yield from _named(value, re.sub(r"\\(.)", r"\1", step["name"]), missing_fails)
        else:
            yield from _indexed(value, step["index"].strip(), missing_fails)


def _named(value: Any, name: str, missing_fails: bool) -> Iterator[Any]:
    if name == "*":
        yield from value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    elif isinstance(value, dict) and name in value:
        yield value[name]
    elif missing_fails:
        raise PathError(f"{name} is not found")


def _deep(value: Any, name: str) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, each in value.items():
            if name in ("*", key):
                yield each
            yield from _deep(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from _deep(each, name)


def _indexed(value: Any, index: str, missing_fails: bool) -> Iterator[Any]:
    filtered = _FILTER.fullmatch(index)
    if filtered is not None:
        items = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []
        yield from (each for each in items if _holds(filtered[1].strip(), each))
        return
    for part in index.split(","):
        part = part.strip()
        cut = _SLICE.fullmatch(part)
        if part == "*":
            yield from _named(value, "*", missing_fails)
        elif part[:1] in ("'", '"'):
            yield from _named(value, part[1:-1], missing_fails)
        elif cut is not None and isinstance(value, list):
            first, last, pace = (int(each) if each else None for each in cut.groups())
            yield from value[first:last:pace]
        elif re.fullmatch(r"-?\d+", part):
            if isinstance(value, list) and -len(value) <= int(part) < len(value):
                yield value[int(part)]
            elif missing_fails:
                length = len(value) if isinstance(value, list) else 0
                raise PathError(f"array index out of bounds: index {part}, length {length}")
        else:
            raise PathError(f"cannot read [{index}]")


def _holds(condition: str, item: Any) -> bool:
    compared = _COMPARE.fullmatch(condition)
    if compared is None:
        return bool(find(condition, item))
    left, sign, right = compared.groups()
    mine, theirs = _operand(left, item), _operand(right, item)
    if mine is None or theirs is None:
        return sign == "!=" and mine is not theirs
    try:
        if sign == "=~":
            return re.search(str(theirs), str(mine)) is not None
        return bool(_SIGNS[sign](mine, theirs))
    except TypeError:
        raise PathError(f"cannot compare {left} with {right}") from None


def _operand(text: str, item: Any) -> Any:
    text = text.strip()
    if text[:1] in ("'", '"') and text[-1:] == text[:1]:
        return text[1:-1]
    if text[:1] in ("@", ".", "$", "["):
        found = find(text, item)
        return found[0] if found else None
    try:
        return json.loads(text)
    except ValueError:
        return text
