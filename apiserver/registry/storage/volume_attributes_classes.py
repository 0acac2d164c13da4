"""VolumeAttributesClasses: qualities of a volume that may change while it lives."""

from __future__ import annotations

from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.storage.parameters import validate_driver, validate_parameters
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.storage_v1 import VolumeAttributesClass


class VolumeAttributesClassStrategy(Strategy[VolumeAttributesClass]):
    """A driver and what it is told."""

    namespaced = False
    short_names = ("vac",)

    def validate(self, obj: VolumeAttributesClass, request: Request) -> Errors:
        """A driver and at least one parameter."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=False)
        validate_driver(obj.driver_name, "driverName", errors)
        validate_parameters(obj.parameters, "parameters", errors, needed=True)
        return errors

    def validate_update(self, new: VolumeAttributesClass, old: VolumeAttributesClass, request: Request) -> Errors:
        """Another class is another object."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        if new.driver_name != old.driver_name:
            errors.forbidden("driverName", "updates to driverName are forbidden.")
        if new.parameters != old.parameters:
            errors.forbidden("parameters", "updates to parameters are forbidden.")
        errors += self.validate(new, request)
        return errors


STRATEGY = VolumeAttributesClassStrategy()
