"""DeviceClasses: devices that a claim can ask for by name."""

from __future__ import annotations

from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.pod_spec.resources import is_extended
from apiserver.registry.resource.device_selectors import validate_selectors
from apiserver.registry.resource.parts import check_configuration, check_each
from apiserver.registry.strategy import Request, Strategy, count_generation
from minik8s.api.resource_v1 import DeviceClass

_CONFIG_MAX = 32


def _validate_spec(obj: DeviceClass, errors: Errors) -> None:
    spec = obj.spec
    validate_selectors(spec.selectors, "spec.selectors", errors)
    check_each(spec.config, _CONFIG_MAX, "spec.config", errors, check_configuration)
    name = spec.extended_resource_name
    if name is not None and not is_extended(name):
        errors.invalid("spec.extendedResourceName", name, "must be a valid extended resource name")


class DeviceClassStrategy(Strategy[DeviceClass]):
    """Selectors and configuration."""

    namespaced = False

    def prepare_for_create(self, obj: DeviceClass, request: Request) -> None:
        """The first generation."""
        obj.metadata.generation = 1

    def validate(self, obj: DeviceClass, request: Request) -> Errors:
        """Selectors and configuration."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=False)
        _validate_spec(obj, errors)
        return errors

    def prepare_for_update(self, new: DeviceClass, old: DeviceClass, request: Request) -> None:
        """A changed spec counts."""
        count_generation(new, old)

    def validate_update(self, new: DeviceClass, old: DeviceClass, request: Request) -> Errors:
        """As a new object."""
        errors = Errors()
        validate_metadata(new.metadata, errors, namespaced=False)
        validate_metadata_update(new.metadata, old.metadata, errors)
        _validate_spec(new, errors)
        return errors


STRATEGY = DeviceClassStrategy()
