"""What an object costs: one evaluator per kind that costs more than its number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from minik8s.api.core_v1 import (
    Container,
    PersistentVolumeClaim,
    Pod,
    PodAffinityTerm,
    ScopedResourceSelectorRequirement,
    Service,
)
from minik8s.api.resource_v1 import DeviceSubRequest, ExactDeviceRequest, ResourceClaim
from minik8s.machinery import quantity
from minik8s.machinery.resource_names import is_extended
from minik8s.quota.amounts import Amounts, added, raise_to
from minik8s.quota.pod_resources import best_effort, charged_limits, charged_requests, has_pod_level
from minik8s.quota.storage_classes import storage_class_of


class Request(Protocol):
    """What must be known of a request to tell whether it can change a cost."""

    @property
    def operation(self) -> str:
        """CREATE, UPDATE, DELETE or CONNECT."""
        ...

    @property
    def subresource(self) -> str:
        """Its subresource, or ""."""
        ...

    @property
    def obj(self) -> Any:
        """The object as it shall be."""
        ...

    @property
    def old(self) -> Any:
        """The object as it is."""
        ...


class Evaluator(Protocol):
    """Knows the cost of one resource's objects."""

    def handles(self, request: Request) -> bool:
        """Whether the request can change a cost."""
        ...

    def concerns(self, name: str) -> bool:
        """Whether a resource name of a quota is about these objects."""
        ...

    def constraints(self, names: Sequence[str], obj: Any) -> str:
        """What the object must say to be counted under the names and does not; "" if all is there."""
        ...

    def in_scope(self, selector: ScopedResourceSelectorRequirement, obj: Any) -> bool:
        """Whether the object is within a scope of a quota."""
        ...

    def usage(self, obj: Any, now: float) -> Amounts:
        """What the object costs at a moment (seconds since 1970)."""
        ...


def object_count(group: str, resource: str) -> str:
    """The quota name that counts objects of a resource."""
    return f"count/{resource}.{group}" if group else f"count/{resource}"


def _matches_values(selector: ScopedResourceSelectorRequirement, values: set[str]) -> bool:
    match selector.operator:
        case "Exists":
            return bool(values)
        case "DoesNotExist":
            return not values
        case "In":
            return bool(values & set(selector.values))
        case "NotIn":
            return not values or bool(values - set(selector.values))
    return False


class ObjectCount:
    """Counts objects, under `count/...` and perhaps an older name too."""

    def __init__(self, group: str, resource: str, alias: str = "") -> None:
        self._names = {object_count(group, resource), alias} - {""}

    def handles(self, request: Request) -> bool:
        """Creates."""
        return request.operation == "CREATE" and not request.subresource

    def concerns(self, name: str) -> bool:
        """Its names."""
        return name in self._names

    def constraints(self, names: Sequence[str], obj: Any) -> str:
        """Nothing."""
        return ""

    def in_scope(self, selector: ScopedResourceSelectorRequirement, obj: Any) -> bool:
        """In none."""
        return False

    def usage(self, obj: Any, now: float) -> Amounts:
        """One."""
        return dict.fromkeys(sorted(self._names), "1")


_COMPUTE = ("cpu", "memory", "ephemeral-storage")
_POD_NAMES = frozenset(
    {"pods", "count/pods"} | {prefix + name for name in _COMPUTE for prefix in ("", "requests.", "limits.")}
)
_MUST_SAY = frozenset({prefix + name for name in ("cpu", "memory") for prefix in ("", "requests.", "limits.")})


def _pod_cost(requests: Amounts, limits: Amounts) -> Amounts:
    found = {"pods": "1"}
    for name in _COMPUTE:
        if name in requests:
            found[name] = found["requests." + name] = quantity.canonical(requests[name])
        if name in limits:
            found["limits." + name] = quantity.canonical(limits[name])
    for name, value in requests.items():
        if name.startswith("hugepages-"):
            found[name] = found["requests." + name] = quantity.canonical(value)
        elif is_extended(name):
            found["requests." + name] = quantity.canonical(value)
    return found


def _terminating(pod: Pod) -> bool:
    return pod.spec.active_deadline_seconds is not None and pod.spec.active_deadline_seconds >= 0


def _affinity_terms(pod: Pod) -> list[PodAffinityTerm]:
    affinity = pod.spec.affinity
    found: list[PodAffinityTerm] = []
    for part in (affinity.pod_affinity, affinity.pod_anti_affinity) if affinity is not None else ():
        if part is not None:
            found += part.required_during_scheduling_ignored_during_execution
            found += [w.pod_affinity_term for w in part.preferred_during_scheduling_ignored_during_execution]
    return found


class PodCost:
    """Pods cost what their containers ask for, until they have ended."""

    def handles(self, request: Request) -> bool:
        """Creates, resizes, and updates that give or take a deadline."""
        if request.subresource == "resize":
            return request.operation == "UPDATE"
        if request.subresource:
            return False
        if request.operation == "UPDATE":
            return _terminating(request.old) != _terminating(request.obj)
        return request.operation == "CREATE"

    def concerns(self, name: str) -> bool:
        """Compute resources, huge pages, extended resources and the number of pods."""
        if name in _POD_NAMES or name.startswith(("hugepages-", "requests.hugepages-")):
            return True
        return name.startswith("requests.") and is_extended(name.removeprefix("requests."))

    def constraints(self, names: Sequence[str], obj: Any) -> str:
        """Every container must say what it asks for of a resource that is limited."""
        pod: Pod = obj
        if has_pod_level(pod):
            return ""
        lacking: dict[str, set[str]] = {}
        containers: list[Container] = [*pod.spec.containers, *pod.spec.init_containers]
        for container in containers:
            said = _pod_cost(dict(container.resources.requests), dict(container.resources.limits))
            for name in _MUST_SAY.intersection(names) - said.keys():
                lacking.setdefault(name, set()).add(container.name)
        if not lacking:
            return ""
        listed = (f"{name} for: {','.join(sorted(who))}" for name, who in sorted(lacking.items()))
        return "must specify " + "; ".join(listed)

    def in_scope(self, selector: ScopedResourceSelectorRequirement, obj: Any) -> bool:
        """By deadline, quality of service, priority class and affinity."""
        pod: Pod = obj
        match selector.scope_name:
            case "Terminating":
                return _terminating(pod)
            case "NotTerminating":
                return not _terminating(pod)
            case "BestEffort":
                return best_effort(pod)
            case "NotBestEffort":
                return not best_effort(pod)
            case "PriorityClass":
                name = pod.spec.priority_class_name
                return _matches_values(selector, {name} if name else set())
            case "CrossNamespacePodAffinity":
                return any(term.namespaces or term.namespace_selector is not None for term in _affinity_terms(pod))
        return False

    def usage(self, obj: Any, now: float) -> Amounts:
        """The pod's requests and limits; of one that has ended only its number under count/pods."""
        pod: Pod = obj
        found = {"count/pods": "1"}
        if pod.status.phase in ("Failed", "Succeeded"):
            return found
        metadata = pod.metadata
        if metadata.deletion_timestamp is not None and metadata.deletion_grace_period_seconds is not None:
            deleted = datetime.fromisoformat(metadata.deletion_timestamp).timestamp()
            if now > deleted + metadata.deletion_grace_period_seconds:
                return found
        return {**found, **_pod_cost(charged_requests(pod), charged_limits(pod))}


class ServiceCost:
    """Services cost node ports and load balancers."""

    _NAMES = frozenset({"services", "count/services", "services.nodeports", "services.loadbalancers"})

    def handles(self, request: Request) -> bool:
        """Creates and updates."""
        return not request.subresource and request.operation in ("CREATE", "UPDATE")

    def concerns(self, name: str) -> bool:
        """Its names."""
        return name in self._NAMES

    def constraints(self, names: Sequence[str], obj: Any) -> str:
        """Nothing."""
        return ""

    def in_scope(self, selector: ScopedResourceSelectorRequirement, obj: Any) -> bool:
        """In none."""
        return False

    def usage(self, obj: Any, now: float) -> Amounts:
        """One service, and what its type takes."""
        spec = obj.spec if isinstance(obj, Service) else Service().spec
        node_ports = balancers = 0
        if spec.type == "NodePort":
            node_ports = len(spec.ports)
        elif spec.type == "LoadBalancer":
            balancers = 1
            if spec.allocate_load_balancer_node_ports is False:
                node_ports = sum(1 for port in spec.ports if port.node_port)
            else:
                node_ports = len(spec.ports)
        return {
            "services": "1",
            "count/services": "1",
            "services.nodeports": str(node_ports),
            "services.loadbalancers": str(balancers),
        }


class ClaimCost:
    """Volume claims cost storage, in all and per storage class."""

    _SUFFIX = ".storageclass.storage.k8s.io/"
    _NAMES = frozenset({"persistentvolumeclaims", "requests.storage", "count/persistentvolumeclaims"})

    def handles(self, request: Request) -> bool:
        """Creates and updates, and changes of what is allocated."""
        if request.subresource == "status":
            return _volume_classes(request.old) != _volume_classes(request.obj) or (
                request.old.status.allocated_resources.get("storage")
                != request.obj.status.allocated_resources.get("storage")
            )
        return not request.subresource and request.operation in ("CREATE", "UPDATE")

    def concerns(self, name: str) -> bool:
        """Its names, and those of storage classes."""
        of_class = name.endswith((f"{self._SUFFIX}persistentvolumeclaims", f"{self._SUFFIX}requests.storage"))
        return name in self._NAMES or of_class

    def constraints(self, names: Sequence[str], obj: Any) -> str:
        """Nothing."""
        return ""

    def in_scope(self, selector: ScopedResourceSelectorRequirement, obj: Any) -> bool:
        """By volume attributes class."""
        return selector.scope_name == "VolumeAttributesClass" and _matches_values(selector, _volume_classes(obj))

    def usage(self, obj: Any, now: float) -> Amounts:
        """One claim, and the larger of what is asked for and what is allocated, in whole bytes."""
        claim: PersistentVolumeClaim = obj
        found = {"persistentvolumeclaims": "1", "count/persistentvolumeclaims": "1"}
        storage_class = storage_class_of(claim)
        if storage_class:
            found[f"{storage_class}{self._SUFFIX}persistentvolumeclaims"] = "1"
        asked = claim.spec.resources.requests.get("storage")
        if asked is not None:
            size = {"storage": _whole(asked)}
            if "storage" in claim.status.allocated_resources:
                raise_to(size, {"storage": _whole(claim.status.allocated_resources["storage"])})
            found["requests.storage"] = size["storage"]
            if storage_class:
                found[f"{storage_class}{self._SUFFIX}requests.storage"] = size["storage"]
        return found


def _whole(value: str) -> str:
    exact = quantity.parse(value)
    return quantity.canonical(value) if exact == exact.to_integral_value() else str(quantity.value(value))


def _volume_classes(claim: PersistentVolumeClaim) -> set[str]:
    status = claim.status
    target = status.modify_volume_status.target_volume_attributes_class_name if status.modify_volume_status else ""
    names = (claim.spec.volume_attributes_class_name, status.current_volume_attributes_class_name, target)
    return {name for name in names if name}


class DeviceClaimCost:
    """Resource claims cost devices per device class."""

    _SUFFIX = ".deviceclass.resource.k8s.io/devices"
    _COUNT = "count/resourceclaims.resource.k8s.io"
    _MOST = 32  # devices one claim can be given

    def handles(self, request: Request) -> bool:
        """Creates and updates."""
        return not request.subresource and request.operation in ("CREATE", "UPDATE")

    def concerns(self, name: str) -> bool:
        """The count, and names of device classes."""
        return name == self._COUNT or name.endswith(self._SUFFIX)

    def constraints(self, names: Sequence[str], obj: Any) -> str:
        """Nothing."""
        return ""

    def in_scope(self, selector: ScopedResourceSelectorRequirement, obj: Any) -> bool:
        """In none."""
        return False

    def _devices(self, asked: ExactDeviceRequest | DeviceSubRequest) -> Amounts:
        number = {"ExactCount": asked.count, "All": self._MOST}.get(asked.allocation_mode, 0)
        return {asked.device_class_name + self._SUFFIX: str(number)}

    def usage(self, obj: Any, now: float) -> Amounts:
        """One claim, and the most devices of each class it may get."""
        claim: ResourceClaim = obj
        found: Amounts = {self._COUNT: "1"}
        for asked in claim.spec.devices.requests:
            wanted: Amounts = {}
            for alternative in asked.first_available:
                raise_to(wanted, self._devices(alternative))
            if not asked.first_available and asked.exactly is not None:
                wanted = self._devices(asked.exactly)
            found = added(found, wanted)
        return found


_ALIASED = ("configmaps", "resourcequotas", "replicationcontrollers", "secrets")
_SPECIAL: dict[tuple[str, str], Evaluator] = {
    ("", "pods"): PodCost(),
    ("", "services"): ServiceCost(),
    ("", "persistentvolumeclaims"): ClaimCost(),
    ("resource.k8s.io", "resourceclaims"): DeviceClaimCost(),
    **{("", resource): ObjectCount("", resource, resource) for resource in _ALIASED},
}
_KNOWN: dict[tuple[str, str], Evaluator] = {}


def evaluator_of(group: str, resource: str) -> Evaluator:
    """The evaluator of a resource; everything can at least be counted."""
    key = (group, resource)
    found = _SPECIAL.get(key) or _KNOWN.get(key)
    if found is None:
        found = _KNOWN[key] = ObjectCount(group, resource)
    return found
