"""YAML bodies as JSON, and what is wrong with them in the words of Go's YAML reader."""

from __future__ import annotations

import re
from typing import Any

import yaml

from apiserver.yaml_values import PLAIN, YAMLProblem, is_merge, key_shown, merged_parts, value

# No document may nest deeper: what works on documents is recursive, the parser's own composing in C too.
MAX_DEPTH = 500
TOO_DEEP = f"exceeded max depth of {MAX_DEPTH}"
# Fewer openings than this cannot nest deeper than the C parser bears; by indentation alone 3 MB nest 2,400 levels.
_HARMLESS_OPENINGS = 5000
# What is made of aliases may be this part of a document, as in Go's reader: all of a small one, little of a large one.
_MOST_ALIASED = 0.99
_LARGE, _HUGE = 400_000, 4_000_000
_LEAST_ALIASED = 0.10

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _NodeLoader(_Loader):  # type: ignore[misc]
    """Tells what stands without quotes and tag from what does not, and leaves it at that."""


_NodeLoader.yaml_implicit_resolvers = {None: [(PLAIN, re.compile(""))]}


def load(text: bytes) -> Any:
    """The value of the first document of a text. Raises YAMLProblem."""
    try:
        _check_depth(text)
        loader = _NodeLoader(text)
        try:
            node = loader.get_node() if loader.check_node() else None
            if node is None:
                return None
            _check_aliases(node)
            return value(node)
        finally:
            loader.dispose()
    except YAMLProblem:
        raise
    except yaml.YAMLError as error:
        raise YAMLProblem(_words(error, text)) from None
    except ValueError as error:
        raise YAMLProblem(str(error)) from None
    except RecursionError:
        raise YAMLProblem(f"yaml: {TOO_DEEP}") from None


def _check_depth(text: bytes) -> None:
    if sum(map(text.count, (b"[", b"{", b"-", b"?"))) < _HARMLESS_OPENINGS:
        return
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise YAMLProblem(f"yaml: {TOO_DEEP}")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _check_aliases(root: Any) -> None:
    """Raises YAMLProblem for a document that is small as text and huge as a value."""
    sizes: dict[int, int] = {}
    size = _size(root, sizes)
    aliased = (size - len(sizes)) / size
    part = (min(max(size, _LARGE), _HUGE) - _LARGE) / (_HUGE - _LARGE)
    if size > 100 and aliased > _MOST_ALIASED - (_MOST_ALIASED - _LEAST_ALIASED) * part:
        raise YAMLProblem("yaml: document contains excessive aliasing")


def _size(node: Any, sizes: dict[int, int]) -> int:
    """How many values a node stands for, those of its aliases included."""
    known = sizes.get(id(node))
    if known is not None:
        if not known:
            raise YAMLProblem("yaml: anchor value contains itself")
        return known
    sizes[id(node)] = 0
    size = 1
    if isinstance(node, yaml.SequenceNode):
        size += sum([_size(each, sizes) for each in node.value])
    elif isinstance(node, yaml.MappingNode):
        size += sum([_size(key, sizes) + _size(value, sizes) for key, value in node.value])
    sizes[id(node)] = size
    return size


def duplicate_keys(text: bytes) -> list[str]:
    """What Go's strict reader says about keys that stand twice in one map: `line 7: key "a" already set in map`."""
    try:
        root = next(yaml.compose_all(text, Loader=_NodeLoader), None)
        found: list[str] = []
        _collect(root, found)
    except (yaml.YAMLError, YAMLProblem, RecursionError):
        return []
    return found


def _collect(node: Any, found: list[str]) -> None:
    if isinstance(node, yaml.MappingNode):
        _collect_keys(node, found, set())
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _collect(value, found)


def _collect_keys(node: Any, found: list[str], seen: set[str]) -> None:
    """What is merged into a map has its keys too."""
    for key, item in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        if is_merge(key):
            for part in merged_parts(item):
                _collect_keys(part, found, seen)
            continue
        name = key_shown(key)
        if name in seen:
            found.append(f"line {item.start_mark.line + 1}: key {name} already set in map")
        seen.add(name)
        _collect(item, found)


def _words(error: yaml.YAMLError, text: bytes) -> str:
    if isinstance(error, yaml.reader.ReaderError):
        return f"yaml: {error.reason}"
    if isinstance(error, yaml.composer.ComposerError) and error.problem_mark is not None:
        # The parser tells where the alias is, not which.
        name = re.match(r"\*([\w-]+)", text.decode("utf-8", "replace")[error.problem_mark.index :], re.ASCII)
        if name is not None:
            return f"yaml: unknown anchor '{name[1]}' referenced"
    problem = str(getattr(error, "problem", None) or error).strip()
    # Go counts lines from 0 where what the scanner read does not fit together.
    first = 1 if isinstance(error, yaml.scanner.ScannerError) else 0
    marks = [getattr(error, name, None) for name in ("problem_mark", "context_mark")]
    line = next((mark.line + first for mark in marks if mark is not None and mark.line), 0)
    if "cannot start any token" in problem:
        problem = "found character that cannot start any token"
        if "'\\t'" in str(error) or "\\t" in str(getattr(error, "problem", "")):
            problem = "found a tab character that violates indentation"
    where = f"line {line}: " if line else ""
    return f"yaml: {where}{problem}"
