"""Selectors on the labels of a request's namespace and of its objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apiserver.admission.matching.targets import is_namespace, namespace_of
from apiserver.admission.plugin import AdmissionRequest, Operation
from apiserver.auth.errors import not_found
from apiserver.auth.protocols import Reader
from minik8s.api.core_v1 import Namespace
from minik8s.machinery.selectors import Selector


def labels_of(obj: Any) -> Mapping[str, str] | None:
    """An object's labels; None where it is none that could have any."""
    metadata = getattr(obj, "metadata", None)
    return None if metadata is None else metadata.labels or {}


async def namespace_for(request: AdmissionRequest, reader: Reader) -> Namespace | None:
    """The namespace of a request, None for one without. Raises StatusError (404).

    Of a Namespace that is being written what it will be counts.
    """
    name = namespace_of(request)
    if is_namespace(request) and not request.subresource and request.operation is not Operation.DELETE:
        obj = request.obj
        return obj if isinstance(obj, Namespace) else None
    if not name:
        return None
    found = reader.get(Namespace, name) or await reader.fetch(Namespace, name)
    if found is None:
        raise not_found("", "namespaces", name)
    return found


async def in_namespaces(selector: Selector, request: AdmissionRequest, reader: Reader) -> bool:
    """Whether the request's namespace is selected; what lies in none always is. Raises StatusError (404)."""
    if selector.empty or (not namespace_of(request) and not is_namespace(request)):
        return True
    namespace = await namespace_for(request, reader)
    return selector.matches(namespace.metadata.labels if namespace is not None else {})


def selects_object(selector: Selector, request: AdmissionRequest) -> bool:
    """Whether the new or the old object is selected."""
    if selector.empty:
        return True
    for obj in (request.obj, request.old):
        labels = labels_of(obj)
        if labels is not None and selector.matches(labels):
            return True
    return False
