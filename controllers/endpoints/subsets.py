"""The subsets of an Endpoints object: addresses grouped by their ports, at most a thousand of them."""

from __future__ import annotations

import math

import msgspec

from controllers.shared import pods
from controllers.shared.services import hostname_of, is_headless, pod_address, port_number
from minik8s.api.core_v1 import EndpointAddress, EndpointPort, EndpointSubset, ObjectReference, Pod, Service

MOST = 1000
_encode = msgspec.json.Encoder().encode
_Ports = tuple[tuple[str, int, str, str | None], ...]


def subsets_of(service: Service, members: list[Pod], family: str) -> list[EndpointSubset]:
    """The subsets of the pods that have an address of that family, in Kubernetes' canonical order."""
    groups: dict[_Ports, dict[str, tuple[EndpointAddress, bool]]] = {}
    everybody = service.spec.publish_not_ready_addresses
    for pod in members:
        ip = pod_address(pod, family)
        if not ip:
            continue
        ports = _ports_of(service, pod)
        if not ports and not is_headless(service):
            continue
        ready = everybody or pods.is_ready(pod)
        held = groups.setdefault(ports, {})
        if ip not in held or (ready and not held[ip][1]):
            held[ip] = (_address_of(service, pod, ip), ready)
    return [_subset(ports, held) for ports, held in sorted(groups.items(), key=repr)]


def _ports_of(service: Service, pod: Pod) -> _Ports:
    found = []
    for port in service.spec.ports:
        number = port_number(pod, port)
        if number is not None:
            found.append((port.name, number, port.protocol or "TCP", port.app_protocol))
    return tuple(sorted(found, key=repr) if len(found) > 1 else found)


def _address_of(service: Service, pod: Pod, ip: str) -> EndpointAddress:
    meta = pod.metadata
    return EndpointAddress(
        ip=ip,
        node_name=pod.spec.node_name or None,
        hostname=hostname_of(pod, service),
        target_ref=ObjectReference(kind="Pod", namespace=meta.namespace, name=meta.name, uid=meta.uid),
    )


def _subset(ports: _Ports, held: dict[str, tuple[EndpointAddress, bool]]) -> EndpointSubset:
    ordered = [held[ip] for ip in sorted(held)]
    return EndpointSubset(
        addresses=[address for address, ready in ordered if ready],
        not_ready_addresses=[address for address, ready in ordered if not ready],
        ports=[EndpointPort(name=n, port=number, protocol=p, app_protocol=a) for n, number, p, a in ports],
    )


def truncate(subsets: list[EndpointSubset], most: int = MOST) -> bool:
    """Cut down to `most` addresses, ready ones kept first, subsets in proportion; tells whether any was cut."""
    ready = sum(len(one.addresses) for one in subsets)
    waiting = sum(len(one.not_ready_addresses) for one in subsets)
    if ready + waiting <= most:
        return False
    cut_ready = ready > most
    room = most if cut_ready else most - ready
    total = ready if cut_ready else waiting
    left = room
    for one in subsets:
        held = one.addresses if cut_ready else one.not_ready_addresses
        count = min(math.ceil(len(held) / total * room), left)
        left -= count
        if cut_ready:
            one.addresses = held[:count]
            one.not_ready_addresses = []
        else:
            one.not_ready_addresses = held[:count]
    subsets[:] = [one for one in subsets if one.addresses or one.not_ready_addresses]
    return True


def flat(subsets: list[EndpointSubset]) -> set[tuple[bytes, bytes, bool]]:
    """Every address with every port and whether it is ready: the same however it is grouped and ordered."""
    found = set()
    for one in subsets:
        ports = [_encode(port) for port in one.ports] or [b""]
        for addresses, ready in ((one.addresses, True), (one.not_ready_addresses, False)):
            found |= {(port, _encode(address), ready) for address in addresses for port in ports}
    return found
