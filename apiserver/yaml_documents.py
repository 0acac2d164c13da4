"""YAML bodies as JSON, and what is wrong with them in the words of Go's YAML reader."""

from __future__ import annotations

from typing import Any

import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YAMLProblem(ValueError):
    """A text that is no YAML."""


class _JSONLoader(_Loader):  # type: ignore[misc]
    """YAML as JSON has it: dates stay text, keys become text."""


_JSONLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}


def load(text: bytes) -> Any:
    """The value of the first document of a text. Raises YAMLProblem."""
    try:
        loader = _JSONLoader(text)
        try:
            return _plain(loader.get_single_data())
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise YAMLProblem(_words(error)) from None
    except (ValueError, RecursionError) as error:
        raise YAMLProblem(str(error)) from None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _key(key: Any) -> str:
    if isinstance(key, bool):
        return "true" if key else "false"
    return key if isinstance(key, str) else str(key)


def duplicate_keys(text: bytes) -> list[str]:
    """What Go's strict reader says about keys that stand twice in one map: `line 7: key "a" already set in map`."""
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError:
        return []
    found: list[str] = []
    _collect(root, found)
    return found


def _collect(node: Any, found: list[str]) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if name in seen:
                found.append(f'line {key.start_mark.line + 1}: key "{name}" already set in map')
            seen.add(name)
            _collect(value, found)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _collect(value, found)


def _words(error: yaml.YAMLError) -> str:
    problem = str(getattr(error, "problem", None) or error).strip()
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark is not None else 0
    if "cannot start any token" in problem:
        problem = "found character that cannot start any token"
        if "'\\t'" in str(error) or "\\t" in str(getattr(error, "problem", "")):
            problem = "found a tab character that violates indentation"
    where = f"line {line}: " if line > 1 else ""
    return f"yaml: {where}{problem}"
