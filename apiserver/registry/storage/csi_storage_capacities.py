"""CSIStorageCapacities: how much room a driver has for a class, and where."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import IMMUTABLE, NOT_NEGATIVE, Errors
from apiserver.registry.labels import validate_label_selector
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.storage_v1 import CSIStorageCapacity
from minik8s.machinery import quantity


def _validate(capacity: CSIStorageCapacity, errors: Errors, *, any_value: bool = False) -> None:
    validate_metadata(capacity.metadata, errors, namespaced=True)
    validate_label_selector(capacity.node_topology, "nodeTopology", errors, any_value=any_value)
    name = capacity.storage_class_name
    errors.invalid_each("storageClassName", name, formats.dns_subdomain(name))
    if capacity.capacity is not None and quantity.parse(capacity.capacity) < 0:
        errors.invalid("capacity", capacity.capacity, NOT_NEGATIVE)


class CSIStorageCapacityStrategy(Strategy[CSIStorageCapacity]):
    """Room for one class in one part of the cluster."""

    allow_unconditional_update = False

    def validate(self, obj: CSIStorageCapacity, request: Request) -> Errors:
        """A class, a part of the cluster, sizes."""
        errors = Errors()
        _validate(obj, errors)
        return errors

    def validate_update(self, new: CSIStorageCapacity, old: CSIStorageCapacity, request: Request) -> Errors:
        """Only the sizes change."""
        errors, before = Errors(), Errors()
        validate_label_selector(old.node_topology, "", before)
        _validate(new, errors, any_value=bool(before))
        validate_metadata_update(new.metadata, old.metadata, errors)
        if new.node_topology != old.node_topology:
            errors.invalid("nodeTopology", new.node_topology, IMMUTABLE)
        errors.immutable("storageClassName", new.storage_class_name, old.storage_class_name)
        return errors


STRATEGY = CSIStorageCapacityStrategy()
