"""References by group, kind and name."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import Errors


def validate_typed_reference(group: str | None, kind: str, name: str, path: str, errors: Errors) -> None:
    """A kind and a name; the group may be left out."""
    if group is not None:
        errors.invalid_each(f"{path}.apiGroup", group, formats.dns_subdomain(group))
    for label, value in (("kind", kind), ("name", name)):
        if not value:
            errors.required(f"{path}.{label}")
        else:
            errors.invalid_each(f"{path}.{label}", value, formats.path_segment(value))
