"""ResourceSlices: the devices a driver has to offer."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import NOT_POSITIVE, Errors
from apiserver.registry.internal_form import internal_form
from apiserver.registry.labels import validate_node_selector
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.pod_spec.volume_sources import validate_driver_name
from apiserver.registry.resource.devices import check_counter_set, check_device
from apiserver.registry.resource.parts import check_pool_name, check_set
from apiserver.registry.strategy import Request, Strategy, count_generation
from minik8s.api.resource_v1 import Device, ResourcePool, ResourceSlice, ResourceSliceSpec
from minik8s.machinery.quoting import quote

_DEVICES_MAX = 128
_ELABORATE_DEVICES_MAX = 64
_COUNTER_SETS_MAX = 8
_NODES = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required"
_ONLY_TRUE = "must be either unset or set to true"


def _check_pool(pool: ResourcePool, path: str, errors: Errors) -> None:
    check_pool_name(pool.name, f"{path}.name", errors)
    if pool.resource_slice_count <= 0:
        errors.invalid(f"{path}.resourceSliceCount", pool.resource_slice_count, NOT_POSITIVE)
    if pool.generation < 0:
        errors.invalid(f"{path}.generation", pool.generation, "must be greater than or equal to zero")


def _check_nodes(spec: ResourceSliceSpec, errors: Errors) -> None:
    given = []
    if spec.node_name is not None:
        if spec.node_name:
            given.append("`nodeName`")
            errors.invalid_each("spec.nodeName", spec.node_name, formats.dns_subdomain(spec.node_name))
        else:
            errors.invalid("spec.nodeName", "", "must be either unset or set to a non-empty string")
    if spec.node_selector is not None:
        given.append("`nodeSelector`")
        validate_node_selector(spec.node_selector, "spec.nodeSelector", errors)
        terms = spec.node_selector.node_selector_terms
        if len(terms) != 1:
            why = "must have exactly one node selector term"
            errors.invalid("spec.nodeSelector.nodeSelectorTerms", internal_form(terms), why)
    for name, value in (("allNodes", spec.all_nodes), ("perDeviceNodeSelection", spec.per_device_node_selection)):
        if value:
            given.append(f"`{name}`")
        elif value is not None:
            errors.invalid(f"spec.{name}", value, _ONLY_TRUE)
    if not given:
        errors.required("spec", _NODES)
    elif len(given) > 1:
        errors.invalid("spec", f"{{{', '.join(given)}}}", f"{_NODES}, but multiple fields are set")


def _is_elaborate(device: Device) -> bool:
    listed = (bool(each.bools or each.ints or each.strings or each.versions) for each in device.attributes.values())
    return bool(device.taints or device.consumes_counters) or any(listed)


def _validate_spec(spec: ResourceSliceSpec, old: ResourceSliceSpec | None, errors: Errors) -> None:
    validate_driver_name(spec.driver, "spec.driver", errors)
    _check_pool(spec.pool, "spec.pool", errors)
    if old is not None:
        errors.immutable("spec.pool.name", spec.pool.name, old.pool.name)
        errors.immutable("spec.driver", spec.driver, old.driver)
        errors.immutable("spec.nodeName", spec.node_name, old.node_name)
    _check_nodes(spec, errors)
    if spec.shared_counters and spec.devices:
        errors.invalid("spec", "", "only one of `sharedCounters` or `devices` is allowed")
    before = {device.name: device for device in old.devices} if old is not None else {}
    per_device = bool(spec.per_device_node_selection)

    def check(device: Device, path: str, errors: Errors) -> None:
        check_device(device, path, errors, per_device=per_device, old=before.get(device.name))

    limit = _ELABORATE_DEVICES_MAX if any(map(_is_elaborate, spec.devices)) else _DEVICES_MAX
    check_set(spec.devices, limit, "spec.devices", errors, check, lambda each: each.name)
    check_set(
        spec.shared_counters,
        _COUNTER_SETS_MAX,
        "spec.sharedCounters",
        errors,
        check_counter_set,
        lambda each: each.name,
    )


def _forget_disabled(spec: ResourceSliceSpec) -> None:
    """Lists as attributes and resources of the node are not switched on."""
    for device in spec.devices:
        device.node_allocatable_resource_mappings = {}
        for attribute in device.attributes.values():
            attribute.bools, attribute.ints, attribute.strings, attribute.versions = [], [], [], []


class ResourceSliceStrategy(Strategy[ResourceSlice]):
    """Part of a pool of devices."""

    namespaced = False
    selectable = ("spec.nodeName", "spec.driver")

    def default(self, obj: ResourceSlice, request: Request) -> None:
        """Taints know since when they are there."""
        for device in obj.spec.devices:
            for taint in device.taints:
                taint.time_added = taint.time_added or request.now

    def prepare_for_create(self, obj: ResourceSlice, request: Request) -> None:
        """The first generation."""
        obj.metadata.generation = 1
        _forget_disabled(obj.spec)

    def validate(self, obj: ResourceSlice, request: Request) -> Errors:
        """A pool, machines and devices."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=False)
        _validate_spec(obj.spec, None, errors)
        return errors

    def prepare_for_update(self, new: ResourceSlice, old: ResourceSlice, request: Request) -> None:
        """A changed spec counts."""
        count_generation(new, old)
        _forget_disabled(new.spec)

    def validate_update(self, new: ResourceSlice, old: ResourceSlice, request: Request) -> Errors:
        """Driver, pool and machine stay."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        _validate_spec(new.spec, old.spec, errors)
        return errors

    def warnings_on_create(self, obj: ResourceSlice) -> list[str]:
        """A name that is not written as names are."""
        driver = obj.spec.driver
        if driver == driver.lower():
            return []
        return [f"spec.driver: driver names should be lowercase; {quote(driver)} contains uppercase characters"]

    def warnings_on_update(self, new: ResourceSlice, old: ResourceSlice) -> list[str]:
        """A name that is not written as names are."""
        return self.warnings_on_create(new)

    def select(self, obj: ResourceSlice) -> dict[str, str]:
        """By machine and driver."""
        return {"spec.nodeName": obj.spec.node_name or "", "spec.driver": obj.spec.driver}


STRATEGY = ResourceSliceStrategy()
