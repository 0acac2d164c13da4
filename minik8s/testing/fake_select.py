"""Label and field selectors on plain documents, for the fake API server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from minik8s.api.meta_v1 import LabelSelector
from minik8s.testing.fake_store import Document


def selection(params: Mapping[str, str]) -> Callable[[Document], bool]:
    """Whether a document matches the `labelSelector` and `fieldSelector` of a query."""
    labels, fields = params.get("labelSelector") or "", params.get("fieldSelector") or ""
    if not labels and not fields:
        return lambda document: True
    by_label = _labels(labels)
    wanted = _fields(fields)

    def matches(document: Document) -> bool:
        return by_label(document) and all((_value(document, f) == v) == same for f, same, v in wanted)

    return matches


def label_selector_matches(selector: Document | None, document: Document) -> bool:
    """Whether a `LabelSelector` in its JSON form takes the document; none at all takes nothing."""
    from minik8s.machinery.selectors import from_label_selector

    if selector is None:
        return False
    wanted = from_label_selector(msgspec.convert(selector, LabelSelector))
    return wanted.matches(document["metadata"].get("labels") or {})


def _labels(text: str) -> Callable[[Document], bool]:
    if not text:
        return lambda document: True
    from minik8s.machinery.selectors import parse_label_selector

    wanted = parse_label_selector(text)
    return lambda document: wanted.matches(document["metadata"].get("labels") or {})


def _fields(text: str) -> list[tuple[str, bool, str]]:
    found = []
    for term in filter(None, text.split(",")):
        field, operator, value = term.partition("!=")
        if not operator:
            field, _, value = term.partition("==" if "==" in term else "=")
        found.append((field.strip(), operator != "!=", value.strip()))
    return found


def _value(document: Document, path: str) -> str:
    value: Any = document
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
