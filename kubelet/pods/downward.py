"""The downward API: a Pod's own fields, and its containers' resources, as text."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from decimal import ROUND_CEILING

from kubelet.pods.declared import AnyContainer, find_container
from minik8s.api.core_v1 import ObjectFieldSelector, Pod, ResourceFieldSelector
from minik8s.machinery import quantity

_SUBSCRIPT = re.compile(r"(metadata\.(?:labels|annotations))\['(.*)'\]")


class DownwardError(Exception):
    """There is no such field; the message is Kubernetes'."""


@dataclasses.dataclass(frozen=True, slots=True)
class Surroundings:
    """What a Pod's fields come from besides its own object: its addresses, its node's, and what the node can give."""

    pod_ips: tuple[str, ...] = ()
    host_ips: tuple[str, ...] = ()
    allocatable: Mapping[str, str] = dataclasses.field(default_factory=dict)


def field_value(selector: ObjectFieldSelector, pod: Pod, around: Surroundings) -> str:
    """The text of a field. Raises DownwardError."""
    path, meta, spec = selector.field_path, pod.metadata, pod.spec
    if found := _SUBSCRIPT.fullmatch(path):
        held = meta.labels if found[1].endswith("labels") else meta.annotations
        return held.get(found[2], "")
    match path:
        case "metadata.name":
            return meta.name
        case "metadata.namespace":
            return meta.namespace
        case "metadata.uid":
            return meta.uid
        case "metadata.labels":
            return format_map(meta.labels)
        case "metadata.annotations":
            return format_map(meta.annotations)
        case "spec.nodeName":
            return spec.node_name
        case "spec.serviceAccountName":
            return spec.service_account_name
        case "spec.restartPolicy":
            return spec.restart_policy
        case "status.hostIP":
            return around.host_ips[0] if around.host_ips else ""
        case "status.hostIPs":
            return ",".join(around.host_ips)
        case "status.podIP":
            return around.pod_ips[0] if around.pod_ips else ""
        case "status.podIPs":
            return ",".join(around.pod_ips)
    raise DownwardError(f"unsupported fieldPath: {path}")


def format_map(held: Mapping[str, str]) -> str:
    """Labels or annotations as lines `key="value"`, sorted."""
    return "\n".join(f"{key}={_quoted(held[key])}" for key in sorted(held))


def _quoted(text: str) -> str:
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"' + "".join(escapes.get(c, c) for c in text) + '"'


def resource_value(
    selector: ResourceFieldSelector, pod: Pod, container: AnyContainer | None, around: Surroundings
) -> str:
    """The number of a resource, in units of the divisor, rounded up. Raises DownwardError."""
    if selector.container_name:
        container = find_container(pod.spec, selector.container_name)
    if container is None:
        raise DownwardError(f"no container named {selector.container_name!r} in the pod")
    which, _, name = selector.resource.partition(".")
    if which not in ("limits", "requests"):
        raise DownwardError(f"unsupported container resource : {selector.resource}")
    held = container.resources.limits if which == "limits" else container.resources.requests
    amount = held.get(name, "")
    if which == "limits" and name in ("cpu", "memory", "ephemeral-storage") and not _counts(amount):
        amount = _limit_around(pod, name, around)
    divisor = selector.divisor if selector.divisor not in ("", "0") else "1"
    ratio = quantity.parse(amount or "0") / quantity.parse(divisor)
    return str(int(ratio.to_integral_value(ROUND_CEILING)))


def _counts(amount: str) -> bool:
    """Whether a limit limits: none and zero do not."""
    return bool(amount) and quantity.parse(amount) != 0


def _limit_around(pod: Pod, name: str, around: Surroundings) -> str:
    """What a container without a limit of its own is limited by: its Pod, where that has a limit, else its node."""
    whole = pod.spec.resources.limits.get(name, "") if pod.spec.resources is not None else ""
    return whole if name != "ephemeral-storage" and _counts(whole) else around.allocatable.get(name, "")
