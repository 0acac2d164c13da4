"""ResourceSlices: the devices a driver has to offer."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import NOT_POSITIVE, Errors
from apiserver.registry.labels import validate_label_key, validate_node_selector
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.pod_spec.volume_sources import validate_driver_name
from apiserver.registry.strategy import Request, Strategy, count_generation
from minik8s.api.resource_v1 import Device, DeviceAttribute, ResourceSlice, ResourceSliceSpec

_DEVICES_MAX = 128
_ATTRIBUTES_MAX = 32
_TAINTS_MAX = 16
_POOL_NAME_MAX = 253
_EFFECTS = ("NoExecute", "NoSchedule", "None")
_NODES = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required"
_DEVICE_NODES = (
    "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set"
)
_ONE_VALUE = "exactly one value must be specified"


def _validate_pool(name: str, path: str, errors: Errors) -> None:
    if not name:
        errors.required(path)
        return
    if len(name.encode()) > _POOL_NAME_MAX:
        errors.too_long(path, _POOL_NAME_MAX)
    for part in name.split("/"):
        errors.invalid_each(path, part, formats.dns_subdomain(part))


def _validate_qualified(name: str, path: str, errors: Errors) -> None:
    if not name:
        errors.required(path, "name required")
        return
    domain, slash, identifier = name.rpartition("/")
    if slash:
        errors.invalid_each(path, domain, formats.dns_subdomain(domain))
    errors.invalid_each(path, identifier, formats.c_identifier(identifier))


def _values(attribute: DeviceAttribute) -> int:
    single = (attribute.int_, attribute.bool_, attribute.string, attribute.version)
    several = (attribute.ints, attribute.bools, attribute.strings, attribute.versions)
    return sum(value is not None for value in single) + sum(bool(values) for values in several)


def _validate_attributes(attributes: dict[str, DeviceAttribute], path: str, errors: Errors) -> None:
    for name, attribute in attributes.items():
        here = f"{path}[{name}]"
        _validate_qualified(name, here, errors)
        count = _values(attribute)
        if count == 0:
            errors.required(here, _ONE_VALUE)
        elif count > 1:
            errors.invalid(here, attribute, _ONE_VALUE)
        if attribute.string is not None and len(attribute.string.encode()) > 64:
            errors.too_long(f"{here}.string", 64)
        if attribute.version is not None and len(attribute.version.encode()) > 64:
            errors.too_long(f"{here}.version", 64)


def _validate_device(device: Device, per_device: bool, path: str, errors: Errors) -> None:
    if not device.name:
        errors.required(f"{path}.name")
    else:
        errors.invalid_each(f"{path}.name", device.name, formats.dns_label(device.name))
    count = len(device.attributes) + len(device.capacity)
    if count > _ATTRIBUTES_MAX:
        detail = f"the total number of attributes and capacities must not exceed {_ATTRIBUTES_MAX}"
        errors.invalid(path, count, detail)
    _validate_attributes(device.attributes, f"{path}.attributes", errors)
    for name in device.capacity:
        _validate_qualified(name, f"{path}.capacity[{name}]", errors)
    if len(device.taints) > _TAINTS_MAX:
        errors.too_many(f"{path}.taints", len(device.taints), _TAINTS_MAX)
    for index, taint in enumerate(device.taints):
        here = f"{path}.taints[{index}]"
        if not taint.key:
            errors.required(f"{here}.key")
        else:
            validate_label_key(taint.key, f"{here}.key", errors)
        errors.invalid_each(f"{here}.value", taint.value, formats.label_value(taint.value))
        if not taint.effect:
            errors.required(f"{here}.effect")
        elif taint.effect not in _EFFECTS:
            errors.not_supported(f"{here}.effect", taint.effect, _EFFECTS)
    ways = sum((device.node_name is not None, device.node_selector is not None, bool(device.all_nodes)))
    if per_device and ways == 0:
        errors.required(path, _DEVICE_NODES)
    elif per_device and ways > 1:
        errors.invalid(path, None, _DEVICE_NODES)
    elif not per_device and ways:
        for label, given in (
            ("nodeName", device.node_name is not None),
            ("nodeSelector", device.node_selector is not None),
            ("allNodes", device.all_nodes is not None),
        ):
            if given:
                errors.invalid(
                    f"{path}.{label}", None, "must not be specified when `perDeviceNodeSelection` is not set"
                )


def _validate_spec(spec: ResourceSliceSpec, errors: Errors) -> None:
    validate_driver_name(spec.driver, "spec.driver", errors)
    pool = spec.pool
    _validate_pool(pool.name, "spec.pool.name", errors)
    if pool.resource_slice_count <= 0:
        errors.invalid("spec.pool.resourceSliceCount", pool.resource_slice_count, NOT_POSITIVE)
    errors.not_negative("spec.pool.generation", pool.generation)
    per_device = bool(spec.per_device_node_selection)
    ways = sum((spec.node_name is not None, spec.node_selector is not None, bool(spec.all_nodes), per_device))
    if spec.node_name is not None:
        if not spec.node_name:
            errors.required("spec.nodeName")
        else:
            errors.invalid_each("spec.nodeName", spec.node_name, formats.dns_subdomain(spec.node_name))
    if spec.node_selector is not None:
        validate_node_selector(spec.node_selector, "spec.nodeSelector", errors)
        terms = len(spec.node_selector.node_selector_terms)
        if terms > 1:
            errors.invalid("spec.nodeSelector.nodeSelectorTerms", terms, "must have exactly one node selector term")
    if ways == 0:
        errors.required("spec", _NODES)
    elif ways > 1:
        errors.invalid("spec", None, _NODES)
    if len(spec.devices) > _DEVICES_MAX:
        errors.too_many("spec.devices", len(spec.devices), _DEVICES_MAX)
    names: set[str] = set()
    for index, device in enumerate(spec.devices):
        path = f"spec.devices[{index}]"
        _validate_device(device, per_device, path, errors)
        if device.name in names:
            errors.duplicate(f"{path}.name", device.name)
        names.add(device.name)


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

    def validate(self, obj: ResourceSlice, request: Request) -> Errors:
        """A pool, machines and devices."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=False)
        _validate_spec(obj.spec, errors)
        return errors

    def prepare_for_update(self, new: ResourceSlice, old: ResourceSlice, request: Request) -> None:
        """A changed spec counts."""
        count_generation(new, old)

    def validate_update(self, new: ResourceSlice, old: ResourceSlice, request: Request) -> Errors:
        """Driver, pool and machines stay."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        _validate_spec(new.spec, errors)
        mine, theirs = new.spec, old.spec
        errors.immutable("spec.driver", mine.driver, theirs.driver)
        errors.immutable("spec.pool.name", mine.pool.name, theirs.pool.name)
        errors.immutable("spec.nodeName", mine.node_name, theirs.node_name)
        errors.immutable("spec.allNodes", mine.all_nodes, theirs.all_nodes)
        return errors

    def select(self, obj: ResourceSlice) -> dict[str, str]:
        """By machine and driver."""
        return {"spec.nodeName": obj.spec.node_name or "", "spec.driver": obj.spec.driver}


STRATEGY = ResourceSliceStrategy()
