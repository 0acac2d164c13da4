"""Which objects of a collection a reader asks for: the query's selectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from apiserver.auth.errors import StatusError, bad_request
from apiserver.call import Call
from apiserver.resources import Resource
from apiserver.storage.entry import Entry
from minik8s.machinery.quoting import quote
from minik8s.machinery.selectors import (
    FieldSelector,
    Selector,
    SelectorError,
    parse_field_selector,
    parse_label_selector,
)

_METADATA = ("metadata.name", "metadata.namespace")


class Selection(NamedTuple):
    """The selectors of a query; `match` is None where everything is selected, `name` the only name that can be."""

    match: Callable[[Entry], bool] | None = None
    name: str | None = None
    fields: FieldSelector | None = None


EVERYTHING = Selection()


def selection(call: Call, resource: Resource) -> Selection:
    """The query's selectors. Raises StatusError (400)."""
    query = call.query
    label_text, field_text = query.get("labelSelector", ""), query.get("fieldSelector", "")
    if not label_text and not field_text and not call.info.legacy_watch:
        return EVERYTHING
    try:
        labels = parse_label_selector(label_text)
        fields = parse_field_selector(field_text)
    except SelectorError as error:
        raise bad_request(str(error)) from None
    if call.info.legacy_watch and call.info.name:
        fields = FieldSelector([*fields.terms, *parse_field_selector(f"metadata.name={call.info.name}").terms])
    _check(fields, resource)
    match = _match(labels, fields)
    return Selection(match, fields.required("metadata.name"), fields)


def by_name(query: dict[str, str]) -> Callable[[str], bool]:
    """Which names the selectors choose among cluster-scoped things without labels. Raises StatusError (400)."""
    try:
        labels = parse_label_selector(query.get("labelSelector", ""))
        fields = parse_field_selector(query.get("fieldSelector", ""))
    except SelectorError as error:
        raise bad_request(str(error)) from None
    for term in fields.terms:
        if term.field not in _METADATA:
            raise _unknown(term.field)
    return lambda name: labels.matches({}) and fields.matches({"metadata.name": name, "metadata.namespace": ""})


def _unknown(field: str) -> StatusError:
    known = ", ".join(map(quote, _METADATA))
    return bad_request(f"{quote(field)} is not a known field selector: only {known}")


def _check(fields: FieldSelector, resource: Resource) -> None:
    own = resource.strategy.selectable
    for term in fields.terms:
        if term.field in _METADATA or term.field in own:
            continue
        if resource.kind == "Job":
            raise bad_request(f"field label {quote(term.field)} not supported for Job")
        if resource.kind == "ResourceSlice":
            kind = f"{resource.group_version}, Kind={resource.kind}"
            raise bad_request(f"field label not supported for {kind}: {term.field}")
        if own or not resource.strategic:
            raise bad_request(f"field label not supported: {term.field}")
        raise _unknown(term.field)


def _match(labels: Selector, fields: FieldSelector) -> Callable[[Entry], bool] | None:
    if labels.empty and fields.empty:
        return None
    if fields.empty:
        return lambda entry: labels.matches(entry.labels)
    if all(term.field in _METADATA for term in fields.terms):
        # Name and namespace are known without reading the object.
        def matches_metadata(entry: Entry) -> bool:
            known = {"metadata.name": entry.name, "metadata.namespace": entry.namespace}
            return fields.matches(known) and (labels.empty or labels.matches(entry.labels))

        return matches_metadata
    if labels.empty:
        return lambda entry: fields.matches(entry.fields)
    return lambda entry: labels.matches(entry.labels) and fields.matches(entry.fields)
