"""What a claim was given: devices, who uses them, and what is known of them."""

from __future__ import annotations

from functools import partial

import msgspec

from apiserver.registry.addresses import check_interface_address
from apiserver.registry.conditions import validate_conditions
from apiserver.registry.errors import IMMUTABLE, Errors
from apiserver.registry.internal_form import in_order, internal_form
from apiserver.registry.labels import validate_node_selector
from apiserver.registry.pod_spec.volume_sources import validate_driver_name
from apiserver.registry.resource.device_claims import (
    LISTED_MAX,
    RequestNames,
    check_request_reference,
    check_requests,
    request_names,
)
from apiserver.registry.resource.parts import (
    check_binding_conditions,
    check_configuration,
    check_each,
    check_label,
    check_object,
    check_pool_name,
    check_set,
    check_share,
    itself,
)
from minik8s.api.resource_v1 import (
    AllocatedDeviceStatus,
    AllocationResult,
    DeviceAllocationConfiguration,
    DeviceRequestAllocationResult,
    NetworkDeviceData,
    ResourceClaim,
    ResourceClaimConsumerReference,
)

DeviceId = tuple[str, str, str, str]
"""Driver, pool, device, and the share of it ("" for all of it)."""

_RESERVED_MAX = 256
_CONDITIONS_MAX = 8
_ADDRESSES_MAX = 16
_INTERFACE_MAX = 256
_HARDWARE_MAX = 128
_SOURCES = ("FromClaim", "FromClass")
_NOT_ALLOCATED = "may not be specified when `allocated` is not set"
_DYING = "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set"


def device_id(device: AllocatedDeviceStatus | DeviceRequestAllocationResult) -> DeviceId:
    """Which device, or share of one, is spoken of."""
    return device.driver, device.pool, device.device, device.share_id or ""


def allocated_devices(allocation: AllocationResult | None) -> frozenset[DeviceId]:
    """What a claim was given."""
    return frozenset(map(device_id, allocation.devices.results)) if allocation is not None else frozenset()


def validate_claim_status(new: ResourceClaim, old: ResourceClaim, errors: Errors) -> None:
    """A status in place of another."""
    mine, theirs = new.status, old.status
    check_set(mine.reserved_for, _RESERVED_MAX, "status.reservedFor", errors, _check_consumer, lambda each: each.uid)
    allocated = allocated_devices(mine.allocation)
    check_set(
        mine.devices,
        len(mine.devices),
        "status.devices",
        errors,
        partial(_check_device, allocated),
        device_id,
        _quoted,
    )
    if mine.reserved_for and mine.allocation is None:
        errors.forbidden("status.reservedFor", _NOT_ALLOCATED)
    elif mine.reserved_for and new.metadata.deletion_timestamp is not None:
        if any(consumer not in theirs.reserved_for for consumer in mine.reserved_for):
            errors.forbidden("status.reservedFor", _DYING)
    if mine.allocation is not None and theirs.allocation is not None:
        if mine.allocation != theirs.allocation:
            errors.invalid("status.allocation", internal_form(mine.allocation), IMMUTABLE)
    elif mine.allocation is not None:
        _check_allocation(request_names(new.spec.devices), mine.allocation, "status.allocation", errors)


def _quoted(device: DeviceId) -> msgspec.Raw:
    driver, pool, name, share = device
    return in_order({"Driver": driver, "Pool": pool, "Device": name, "ShareID": share})


def _check_consumer(consumer: ResourceClaimConsumerReference, path: str, errors: Errors) -> None:
    for label, value in (("resource", consumer.resource), ("name", consumer.name), ("uid", consumer.uid)):
        if not value:
            errors.required(f"{path}.{label}")


def _check_device(allocated: frozenset[DeviceId], device: AllocatedDeviceStatus, path: str, errors: Errors) -> None:
    validate_driver_name(device.driver, f"{path}.driver", errors)
    check_pool_name(device.pool, f"{path}.pool", errors)
    check_label(device.device, f"{path}.device", errors)
    if device.share_id is not None:
        check_share(device.share_id, f"{path}.shareID", errors)
    if device_id(device) not in allocated:
        errors.invalid(path, _quoted(device_id(device)), "must be an allocated device in the claim")
    if len(device.conditions) > _CONDITIONS_MAX:
        errors.too_many(f"{path}.conditions", len(device.conditions), _CONDITIONS_MAX)
    validate_conditions(device.conditions, f"{path}.conditions", errors)
    if device.data is not None and bytes(device.data) not in (b"", b"null"):
        check_object(bytes(device.data), f"{path}.data", errors)
    if device.network_data is not None:
        _check_network(device.network_data, f"{path}.networkData", errors)


def _check_network(data: NetworkDeviceData, path: str, errors: Errors) -> None:
    if len(data.interface_name.encode()) > _INTERFACE_MAX:
        errors.too_long(f"{path}.interfaceName", _INTERFACE_MAX)
    if len(data.hardware_address.encode()) > _HARDWARE_MAX:
        errors.too_long(f"{path}.hardwareAddress", _HARDWARE_MAX)
    check_set(data.ips, _ADDRESSES_MAX, f"{path}.ips", errors, check_interface_address, itself)


def _check_allocation(names: RequestNames, allocation: AllocationResult, path: str, errors: Errors) -> None:
    results, config = allocation.devices.results, allocation.devices.config
    check_each(results, LISTED_MAX, f"{path}.devices.results", errors, partial(_check_result, names))
    check_each(config, 2 * LISTED_MAX, f"{path}.devices.config", errors, partial(_check_config, names))
    if allocation.node_selector is not None:
        validate_node_selector(allocation.node_selector, f"{path}.nodeSelector", errors)


def _check_result(names: RequestNames, result: DeviceRequestAllocationResult, path: str, errors: Errors) -> None:
    check_request_reference(names, result.request, f"{path}.request", errors)
    validate_driver_name(result.driver, f"{path}.driver", errors)
    check_pool_name(result.pool, f"{path}.pool", errors)
    check_label(result.device, f"{path}.device", errors)
    check_binding_conditions(result.binding_conditions, result.binding_failure_conditions, path, errors)
    if result.share_id is not None:
        check_share(result.share_id, f"{path}.shareID", errors)


def _check_config(names: RequestNames, config: DeviceAllocationConfiguration, path: str, errors: Errors) -> None:
    if not config.source:
        errors.required(f"{path}.source")
    elif config.source not in _SOURCES:
        errors.not_supported(f"{path}.source", config.source, _SOURCES)
    check_requests(names, config.requests, f"{path}.requests", errors)
    check_configuration(config, path, errors)
