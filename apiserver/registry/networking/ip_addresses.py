"""IPAddresses: which service address belongs to whom."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.addresses import check_canonical_ip
from apiserver.registry.errors import IMMUTABLE, Errors
from apiserver.registry.internal_form import internal_form
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.networking_v1 import IPAddress, ParentReference


def _name_problems(name: str) -> tuple[str, ...]:
    errors = Errors()
    check_canonical_ip(name, "", errors)
    return tuple(error.detail for error in errors)


def _validate_parent(parent: ParentReference | None, path: str, errors: Errors) -> None:
    if parent is None:
        errors.required(path)
        return
    if parent.group:
        errors.invalid_each(f"{path}.group", parent.group, formats.dns_subdomain(parent.group))
    for label, value in (("resource", parent.resource), ("name", parent.name)):
        if not value:
            errors.required(f"{path}.{label}")
        else:
            errors.invalid_each(f"{path}.{label}", value, formats.path_segment(value))
    if parent.namespace:
        errors.invalid_each(f"{path}.namespace", parent.namespace, formats.path_segment(parent.namespace))


class IPAddressStrategy(Strategy[IPAddress]):
    """An address, which is its name, and its owner."""

    namespaced = False
    short_names = ("ip",)

    def validate(self, obj: IPAddress, request: Request) -> Errors:
        """A canonical address, and an owner."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=False, name=_name_problems)
        _validate_parent(obj.spec.parent_ref, "spec.parentRef", errors)
        return errors

    def validate_update(self, new: IPAddress, old: IPAddress, request: Request) -> Errors:
        """As a new one; the owner stays."""
        errors = self.validate(new, request)
        validate_metadata_update(new.metadata, old.metadata, errors)
        if new.spec.parent_ref != old.spec.parent_ref:
            errors.invalid("spec.parentRef", internal_form(new.spec.parent_ref), IMMUTABLE)
        return errors


STRATEGY = IPAddressStrategy()
