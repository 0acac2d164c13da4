"""The selectors of a request, as authorizers see them (KEP-4601)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from apiserver.auth.protocols import SelectorRequirement
from minik8s.machinery.selectors import SelectorError, parse_field_selector, parse_label_selector

_SELECTED = frozenset({"list", "watch", "deletecollection"})
_SIGNS = {"==": "=", "in": "in", "notin": "notin"}
Requirements = tuple[SelectorRequirement, ...]


def of_query(verb: str, query: Mapping[str, str]) -> tuple[Requirements, Requirements]:
    """(field, label) requirements; what cannot be read narrows nothing, and is refused by the verb later."""
    if verb not in _SELECTED:
        return (), ()
    return _if_read(of_fields, query.get("fieldSelector", "")), _if_read(of_labels, query.get("labelSelector", ""))


def _if_read(read: Callable[[str], Requirements], text: str) -> Requirements:
    if not text:
        return ()
    try:
        return read(text)
    except SelectorError:
        return ()


def of_fields(text: str) -> Requirements:
    """The requirements of a field selector. Raises SelectorError."""
    terms = parse_field_selector(text).terms
    return tuple(SelectorRequirement(term.field, "=" if term.equal else "!=", (term.value,)) for term in terms)


def of_labels(text: str) -> Requirements:
    """The requirements of a label selector. Raises SelectorError."""
    found = parse_label_selector(text).requirements
    return tuple(SelectorRequirement(r.key, _SIGNS.get(r.operator, r.operator), r.values) for r in found)
