"""ResourceClaims: devices asked for, allocated, and in use."""

from __future__ import annotations

from apiserver.registry.errors import IMMUTABLE, Errors
from apiserver.registry.internal_form import internal_form
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.resource.claim_status import allocated_devices, device_id, validate_claim_status
from apiserver.registry.resource.device_claims import default_device_claim, default_tolerations, validate_device_claim
from apiserver.registry.strategy import Request, StatusStrategy, Strategy
from minik8s.api.resource_v1 import ResourceClaim, ResourceClaimStatus


class ResourceClaimStrategy(Strategy[ResourceClaim]):
    """A request for devices."""

    def default(self, obj: ResourceClaim, request: Request) -> None:
        """One device for each request; tolerations compare values."""
        default_device_claim(obj.spec.devices)
        for result in obj.status.allocation.devices.results if obj.status.allocation is not None else ():
            default_tolerations(result.tolerations)

    def prepare_for_create(self, obj: ResourceClaim, request: Request) -> None:
        """Nothing allocated yet."""
        obj.status = ResourceClaimStatus()

    def validate(self, obj: ResourceClaim, request: Request) -> Errors:
        """Requests, constraints and configuration."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=True)
        validate_device_claim(obj.spec.devices, "spec.devices", errors)
        return errors

    def prepare_for_update(self, new: ResourceClaim, old: ResourceClaim, request: Request) -> None:
        """The status stays."""
        new.status = old.status

    def validate_update(self, new: ResourceClaim, old: ResourceClaim, request: Request) -> Errors:
        """The spec never changes."""
        errors = Errors()
        validate_metadata(new.metadata, errors, namespaced=True)
        validate_metadata_update(new.metadata, old.metadata, errors)
        if new.spec != old.spec:
            errors.invalid("spec", internal_form(new.spec), IMMUTABLE)
        return errors


class ResourceClaimStatusStrategy(StatusStrategy[ResourceClaim]):
    """What is allocated, and who uses it."""

    reset_fields = ("metadata", "spec")
    keeps_metadata = True

    def prepare_for_update(self, new: ResourceClaim, old: ResourceClaim, request: Request) -> None:
        """What is said of devices goes when they are given back."""
        super().prepare_for_update(new, old, request)
        gone = allocated_devices(old.status.allocation) - allocated_devices(new.status.allocation)
        new.status.devices = [device for device in new.status.devices if device_id(device) not in gone]

    def validate_update(self, new: ResourceClaim, old: ResourceClaim, request: Request) -> Errors:
        """An allocation stays until it is taken back; nothing new uses a claim that is being deleted."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        validate_claim_status(new, old, errors)
        return errors


STRATEGY = ResourceClaimStrategy()
STRATEGY.subresources = {"status": ResourceClaimStatusStrategy()}
