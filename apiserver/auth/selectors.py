"""The selectors of a request, as authorizers see them (KEP-4601)."""

from __future__ import annotations

from collections.abc import Mapping

from apiserver.auth.protocols import SelectorRequirement
from minik8s.machinery.selectors import SelectorError, parse_field_selector, parse_label_selector

_SELECTED = frozenset({"list", "watch", "deletecollection"})
_SIGNS = {"==": "=", "in": "in", "notin": "notin"}
Requirements = tuple[SelectorRequirement, ...]


def of_query(verb: str, query: Mapping[str, str]) -> tuple[Requirements, Requirements]:
    """(field, label) requirements; what cannot be read narrows nothing, and is refused by the verb later."""
    if verb not in _SELECTED:
        return (), ()
    fields, labels = query.get("fieldSelector", ""), query.get("labelSelector", "")
    return _fields(fields) if fields else (), _labels(labels) if labels else ()


def _fields(text: str) -> Requirements:
    try:
        terms = parse_field_selector(text).terms
    except SelectorError:
        return ()
    return tuple(SelectorRequirement(term.field, "=" if term.equal else "!=", (term.value,)) for term in terms)


def _labels(text: str) -> Requirements:
    try:
        found = parse_label_selector(text).requirements
    except SelectorError:
        return ()
    return tuple(SelectorRequirement(r.key, _SIGNS.get(r.operator, r.operator), r.values) for r in found)
