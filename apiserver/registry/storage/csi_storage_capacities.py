"""CSIStorageCapacities: how much room a driver has for a class, and where."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import IMMUTABLE, NOT_NEGATIVE, Errors
from apiserver.registry.labels import validate_label_selector
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.storage_v1 import CSIStorageCapacity
from minik8s.machinery import quantity


def _validate(capacity: CSIStorageCapacity, errors: Errors) -> None:
    validate_metadata(capacity.metadata, errors, namespaced=True)
    name = capacity.storage_class_name
    errors.invalid_each("storageClassName", name, formats.dns_subdomain(name))
    for label, value in (
        ("capacity", capacity.capacity),
        ("maximumVolumeSize", capacity.maximum_volume_size),
    ):
        if value is not None and quantity.parse(value) < 0:
            errors.invalid(label, value, NOT_NEGATIVE)


class CSIStorageCapacityStrategy(Strategy[CSIStorageCapacity]):
    """Room for one class in one part of the cluster."""

    allow_unconditional_update = False

    def validate(self, obj: CSIStorageCapacity, request: Request) -> Errors:
        """A class, a part of the cluster, sizes."""
        errors = Errors()
        _validate(obj, errors)
        validate_label_selector(obj.node_topology, "nodeTopology", errors)
        return errors

    def validate_update(self, new: CSIStorageCapacity, old: CSIStorageCapacity, request: Request) -> Errors:
        """Only the sizes change."""
        errors = Errors()
        _validate(new, errors)
        validate_metadata_update(new.metadata, old.metadata, errors)
        if new.node_topology != old.node_topology:
            errors.invalid("nodeTopology", new.node_topology, IMMUTABLE)
        errors.immutable("storageClassName", new.storage_class_name, old.storage_class_name)
        return errors


STRATEGY = CSIStorageCapacityStrategy()
