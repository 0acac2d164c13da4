"""Nodes."""

from __future__ import annotations

import re

from apiserver.registry import formats
from apiserver.registry.addresses import check_cidr, cidr_warnings, parse_cidr
from apiserver.registry.errors import Errors
from apiserver.registry.internal_form import internal_form
from apiserver.registry.labels import validate_label_key
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.pod_spec.resource_lists import round_up
from apiserver.registry.pod_spec.resources import validate_value
from apiserver.registry.pod_spec.tolerations import validate_taint_effect
from apiserver.registry.strategy import Request, StatusStrategy, Strategy
from minik8s.api.core_v1 import (
    ConfigMapNodeConfigSource,
    Node,
    NodeConfigSource,
    Taint,
)

_ONE_REFERENCE = "exactly one reference subfield must be non-nil"
_POD_CIDR_FIXED = 'node updates may not change podCIDR except from "" to valid'
_FEATURE = re.compile(r"[A-Z][a-zA-Z0-9]*(/[a-zA-Z][a-zA-Z0-9]*)*")


def _validate_taints(taints: list[Taint], path: str, errors: Errors) -> None:
    seen: set[tuple[str, str]] = set()
    for index, taint in enumerate(taints):
        here = f"{path}[{index}]"
        validate_label_key(taint.key, f"{here}.key", errors)
        found = formats.label_value(taint.value)
        if found:
            errors.invalid(f"{here}.value", taint.value, ";".join(found))
        validate_taint_effect(taint.effect, f"{here}.effect", errors)
        if (taint.key, taint.effect) in seen:
            errors.duplicate(here, internal_form(taint), "taints must be unique by key and effect pair")
        seen.add((taint.key, taint.effect))


def _validate_config_source(source: NodeConfigSource, path: str, errors: Errors, *, in_status: bool) -> None:
    found = source.config_map
    if found is None:
        errors.invalid(path, internal_form(source), _ONE_REFERENCE)
        return
    here = f"{path}.configMap"
    if in_status:
        if not found.uid:
            errors.required(f"{here}.uid")
        if not found.resource_version:
            errors.required(f"{here}.resourceVersion")
    else:
        if found.uid:
            errors.forbidden(f"{here}.uid", "uid must not be set in spec")
        if found.resource_version:
            errors.forbidden(f"{here}.resourceVersion", "resourceVersion must not be set in spec")
    _validate_config_map(found, here, errors)


def _validate_config_map(source: ConfigMapNodeConfigSource, path: str, errors: Errors) -> None:
    for name, value, check in (
        ("namespace", source.namespace, formats.dns_label),
        ("name", source.name, formats.dns_subdomain),
        ("kubeletConfigKey", source.kubelet_config_key, formats.config_map_key),
    ):
        if not value:
            errors.required(f"{path}.{name}")
        else:
            errors.invalid_each(f"{path}.{name}", value, check(value))


def _validate_features(names: list[str], errors: Errors) -> None:
    path = "status.declaredFeatures"
    for index, name in enumerate(names):
        if len(name.encode()) > 253:
            errors.invalid(
                f"{path}[{index}]", name, f'invalid feature name "{name}": must be no more than 253 characters'
            )
        elif _FEATURE.fullmatch(name) is None:
            errors.invalid(
                f"{path}[{index}]",
                name,
                f'invalid feature name "{name}": must start with an UpperCamelCase segment, with subsequent segments '
                "separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric "
                "characters and slashes",
            )
        if index + 1 < len(names):
            following = names[index + 1]
            if name == following:
                errors.duplicate(f"{path}[{index + 1}]", following)
            elif name > following:
                errors.invalid(f"{path}[{index + 1}]", following, "list must be sorted alphabetically")


def _validate_resources(node: Node, errors: Errors) -> None:
    for part, resources in (("capacity", node.status.capacity), ("allocatable", node.status.allocatable)):
        for name, value in resources.items():
            validate_value(name, value, f"status.{part}.{name}", errors)


def _validate(node: Node, errors: Errors) -> None:
    validate_metadata(node.metadata, errors, namespaced=False)
    if node.spec.taints:
        _validate_taints(node.spec.taints, "metadata.taints", errors)
    _validate_resources(node, errors)
    swap = node.status.node_info.swap
    if swap is not None and swap.capacity is not None and swap.capacity <= 0:
        errors.positive("metadata.nodeSwapStatus.capacity", swap.capacity)
    _validate_features(node.status.declared_features, errors)
    ranges = node.spec.pod_cidrs
    for index, value in enumerate(ranges):
        check_cidr(value, f"spec.podCIDRs[{index}]", errors)
    if len(ranges) > 1:
        networks = [parse_cidr(value) for value in ranges]
        bad = next((value for value, network in zip(ranges, networks, strict=True) if network is None), None)
        if bad is not None:
            errors.internal(
                "spec.podCIDRs",
                "invalid PodCIDRs. failed to check with dual stack with "
                f"error:invalid CIDR[{ranges.index(bad)}]: <nil> (invalid CIDR address: {bad})",
            )
        if len({network.version for network in networks if network is not None}) != 2 or len(ranges) > 2:
            errors.invalid("spec.podCIDRs", ranges, "may specify no more than one CIDR for each IP family")


def _validate_change(new: Node, old: Node, errors: Errors) -> None:
    validate_metadata_update(new.metadata, old.metadata, errors)
    _validate_resources(new, errors)
    _validate_features(new.status.declared_features, errors)
    seen: set[tuple[str, str]] = set()
    for index, address in enumerate(new.status.addresses):
        key = (address.type, address.address)
        if key in seen:
            errors.duplicate(f"status.addresses[{index}]", internal_form(address))
        seen.add(key)
    if old.spec.pod_cidrs:
        if len(old.spec.pod_cidrs) != len(new.spec.pod_cidrs):
            errors.forbidden("spec.podCIDRs", _POD_CIDR_FIXED)
        else:
            for before, after in zip(old.spec.pod_cidrs, new.spec.pod_cidrs, strict=True):
                if before != after:
                    errors.forbidden("spec.podCIDRs", _POD_CIDR_FIXED)
    if old.spec.provider_id and old.spec.provider_id != new.spec.provider_id:
        errors.forbidden("spec.providerID", 'node updates may not change providerID except from "" to valid')
    if new.spec.config_source is not None:
        _validate_config_source(new.spec.config_source, "spec.configSource", errors, in_status=False)
    config = new.status.config
    if config is not None:
        for name, source in (
            ("assigned", config.assigned),
            ("active", config.active),
            ("lastKnownGood", config.last_known_good),
        ):
            if source is not None:
                _validate_config_source(source, f"status.config.{name}", errors, in_status=True)
    if new.spec.taints:
        _validate_taints(new.spec.taints, "metadata.taints", errors)
    if new.spec.external_id != old.spec.external_id:
        errors.forbidden("spec.externalID", "may not be updated")


def _warnings(node: Node) -> list[str]:
    found = []
    if node.spec.config_source is not None:
        found.append("spec.configSource: the feature is removed")
    if node.spec.external_id:
        found.append("spec.externalID: this field is deprecated, and is unused by Kubernetes")
    for index, value in enumerate(node.spec.pod_cidrs):
        found += cidr_warnings(value, f"spec.podCIDRs[{index}]")
    return found


class NodeStrategy(Strategy[Node]):
    """A machine."""

    namespaced = False
    short_names = ("no",)
    selectable = ("spec.unschedulable",)

    def default(self, obj: Node, request: Request) -> None:
        """One pod range is the first of the list; all capacity is allocatable."""
        spec, status = obj.spec, obj.status
        if spec.pod_cidr and spec.pod_cidrs[:1] != [spec.pod_cidr]:
            # Who knows one range only is right about it.
            spec.pod_cidrs = [spec.pod_cidr]
        elif spec.pod_cidrs:
            spec.pod_cidr = spec.pod_cidrs[0]
        round_up(status.capacity)
        if not status.allocatable:
            status.allocatable = dict(status.capacity)
        round_up(status.allocatable)

    def prepare_for_create(self, obj: Node, request: Request) -> None:
        """Configuration by ConfigMap is gone."""
        obj.spec.config_source = None

    def validate(self, obj: Node, request: Request) -> Errors:
        """Taints, resources, pod ranges."""
        errors = Errors()
        _validate(obj, errors)
        return errors

    def warnings_on_create(self, obj: Node) -> list[str]:
        """Fields without effect."""
        return _warnings(obj)

    def prepare_for_update(self, new: Node, old: Node, request: Request) -> None:
        """The status stays."""
        new.status = old.status
        if old.spec.config_source is None:
            new.spec.config_source = None

    def validate_update(self, new: Node, old: Node, request: Request) -> Errors:
        """Ranges and provider are set once."""
        errors = Errors()
        _validate(new, errors)
        _validate_change(new, old, errors)
        return errors

    def warnings_on_update(self, new: Node, old: Node) -> list[str]:
        """Fields without effect."""
        return _warnings(new)

    def select(self, obj: Node) -> dict[str, str]:
        """By whether pods may come."""
        return {"spec.unschedulable": "true" if obj.spec.unschedulable else "false"}


class NodeStatusStrategy(StatusStrategy[Node]):
    """What the kubelet says of its machine."""

    namespaced = False

    def prepare_for_update(self, new: Node, old: Node, request: Request) -> None:
        """The spec stays."""
        super().prepare_for_update(new, old, request)
        if old.status.config is None:
            new.status.config = None

    def validate_update(self, new: Node, old: Node, request: Request) -> Errors:
        """As any change of a node."""
        errors = Errors()
        _validate_change(new, old, errors)
        return errors


STRATEGY = NodeStrategy()
STRATEGY.subresources = {"status": NodeStatusStrategy()}
