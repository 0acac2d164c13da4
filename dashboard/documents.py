"""What a person typed, as objects: YAML or JSON, several documents, lists taken apart."""

from __future__ import annotations

from typing import Any

import yaml


class DocumentError(Exception):
    """The text is not what the API takes; the message says where."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Leaves times as the strings they are written as."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:timestamp"]
    for first, known in _Loader.yaml_implicit_resolvers.items()
}


def objects(text: str) -> list[dict[str, Any]]:
    """The objects of a text. Raises DocumentError."""
    found: list[dict[str, Any]] = []
    try:
        documents = list(yaml.load_all(text, Loader=_Loader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""
        raise DocumentError(f"this is not YAML: {where}{problem}") from None
    except (RecursionError, ValueError) as error:
        raise DocumentError(f"this is not YAML: {error}") from None
    for number, document in enumerate(documents, 1):
        if document is None:
            continue
        where = f"document {number}: " if len(documents) > 1 else ""
        if not isinstance(document, dict):
            raise DocumentError(f"{where}an object is a map, not {type(document).__name__}")
        items = document.get("items")
        listed = str(document.get("kind", "")).endswith("List") and isinstance(items, list)
        for each in items if listed and items is not None else [document]:
            found.append(_checked(each, where))
    if not found:
        raise DocumentError("there is no object in this text")
    return found


def _checked(obj: Any, where: str) -> dict[str, Any]:
    if not isinstance(obj, dict):
        raise DocumentError(f"{where}an object is a map, not {type(obj).__name__}")
    for field in ("apiVersion", "kind"):
        if not isinstance(obj.get(field), str) or not obj[field]:
            raise DocumentError(f"{where}{field} is not set")
    meta = obj.get("metadata")
    if not isinstance(meta, dict) or not (meta.get("name") or meta.get("generateName")):
        raise DocumentError(f"{where}metadata.name is not set")
    return obj
