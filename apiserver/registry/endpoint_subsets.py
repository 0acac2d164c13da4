"""The canonical form of endpoint subsets: each address once per port, ports that share their addresses together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from minik8s.api.core_v1 import EndpointAddress, EndpointPort, EndpointSubset

_Ready = tuple[EndpointAddress, bool]
_AddressKey = tuple[str, str]


def _address_key(address: EndpointAddress) -> _AddressKey:
    return (address.ip, address.target_ref.uid if address.target_ref is not None else "")


def _digest(value: object) -> bytes:
    return hashlib.md5(msgspec.json.encode(value), usedforsecurity=False).digest()


def _order(addresses: Iterable[EndpointAddress]) -> list[EndpointAddress]:
    def key(address: EndpointAddress) -> tuple[str, str, str, str]:
        target = address.target_ref
        uid, name = (target.uid, target.name) if target is not None else ("", "")
        return (address.ip, address.hostname, uid, name)

    return sorted(addresses, key=key)


def repack(subsets: list[EndpointSubset]) -> list[EndpointSubset]:
    """Group by port, then by equal sets of addresses; ready wins over not ready."""
    ports: dict[bytes, EndpointPort] = {}
    members: dict[bytes, dict[_AddressKey, _Ready]] = {}
    for subset in subsets:
        found = subset.ports or [EndpointPort(port=-1)]
        for port in found:
            key = msgspec.json.encode(port)
            ports[key] = port
            mine = members.setdefault(key, {})
            for address in subset.addresses:
                mine[_address_key(address)] = (address, True)
            for address in subset.not_ready_addresses:
                mine.setdefault(_address_key(address), (address, False))
    groups: dict[tuple[tuple[_AddressKey, bool], ...], list[EndpointPort]] = {}
    contents: dict[tuple[tuple[_AddressKey, bool], ...], list[_Ready]] = {}
    for key, mine in members.items():
        if not mine:
            continue
        identity = tuple(sorted((address_key, ready) for address_key, (_, ready) in mine.items()))
        groups.setdefault(identity, []).append(ports[key])
        contents[identity] = list(mine.values())
    packed = []
    for identity, group in groups.items():
        real = [port for port in group if port.port != -1]
        packed.append(
            EndpointSubset(
                addresses=_order(address for address, ready in contents[identity] if ready),
                not_ready_addresses=_order(address for address, ready in contents[identity] if not ready),
                ports=sorted(real, key=_digest),
            )
        )
    return sorted(packed, key=_digest)
