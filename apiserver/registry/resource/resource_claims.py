"""ResourceClaims: devices asked for, allocated, and in use."""

from __future__ import annotations

from apiserver.registry.conditions import validate_conditions
from apiserver.registry.errors import IMMUTABLE, Errors
from apiserver.registry.internal_form import internal_form
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.resource.device_claims import default_device_claim, validate_device_claim
from apiserver.registry.strategy import Request, StatusStrategy, Strategy
from minik8s.api.resource_v1 import AllocatedDeviceStatus, ResourceClaim, ResourceClaimStatus

_RESERVED_MAX = 256
_NOT_ALLOCATED = "may not be specified when `allocated` is not set"


class ResourceClaimStrategy(Strategy[ResourceClaim]):
    """A request for devices."""

    def default(self, obj: ResourceClaim, request: Request) -> None:
        """One device for each request."""
        default_device_claim(obj.spec.devices)

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
        validate_metadata_update(new.metadata, old.metadata, errors)
        if new.spec != old.spec:
            errors.invalid("spec", internal_form(new.spec), IMMUTABLE)
            validate_device_claim(new.spec.devices, "spec.devices", errors)
        return errors


def _validate_reserved(status: ResourceClaimStatus, errors: Errors) -> None:
    path, reserved = "status.reservedFor", status.reserved_for
    if reserved and status.allocation is None:
        errors.forbidden(path, _NOT_ALLOCATED)
    if len(reserved) > _RESERVED_MAX:
        errors.too_many(path, len(reserved), _RESERVED_MAX)
    uids = [consumer.uid for consumer in reserved]
    for index, consumer in enumerate(reserved):
        for label, value in (("resource", consumer.resource), ("name", consumer.name), ("uid", consumer.uid)):
            if not value:
                errors.required(f"{path}[{index}].{label}")
        if consumer.uid in uids[:index]:
            errors.duplicate(f"{path}[{index}].uid", consumer.uid)


def _device_key(device: AllocatedDeviceStatus) -> tuple[str, str, str, str]:
    return (device.driver, device.pool, device.device, device.share_id or "")


def _validate_devices(status: ResourceClaimStatus, errors: Errors) -> None:
    results = status.allocation.devices.results if status.allocation is not None else []
    allocated = {(each.driver, each.pool, each.device, each.share_id or "") for each in results}
    seen: set[tuple[str, str, str, str]] = set()
    for index, device in enumerate(status.devices):
        path, key = f"status.devices[{index}]", _device_key(device)
        if key in seen:
            errors.duplicate(path, "/".join(part for part in key if part))
        seen.add(key)
        if key not in allocated:
            errors.invalid(path, "/".join(part for part in key if part), "must be an allocated device in the claim")
        validate_conditions(device.conditions, f"{path}.conditions", errors)


class ResourceClaimStatusStrategy(StatusStrategy[ResourceClaim]):
    """What is allocated, and who uses it."""

    reset_fields = ("metadata", "spec")

    def validate_update(self, new: ResourceClaim, old: ResourceClaim, request: Request) -> Errors:
        """An allocation stays until it is taken back; nothing new uses a claim that is being deleted."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        mine, theirs = new.status, old.status
        _validate_reserved(mine, errors)
        _validate_devices(mine, errors)
        if mine.allocation is not None and theirs.allocation is not None and mine.allocation != theirs.allocation:
            errors.invalid("status.allocation", internal_form(mine.allocation), IMMUTABLE)
        if new.metadata.deletion_timestamp is not None:
            before = {consumer.uid for consumer in theirs.reserved_for}
            if any(consumer.uid not in before for consumer in mine.reserved_for):
                errors.forbidden(
                    "status.reservedFor",
                    "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set",
                )
        return errors


STRATEGY = ResourceClaimStrategy()
STRATEGY.subresources = {"status": ResourceClaimStatusStrategy()}
