"""What is taken and given back when a service is made, changed or deleted."""

from __future__ import annotations

import dataclasses
from typing import Any

import structlog

from apiserver.auth.errors import StatusError
from apiserver.registry.core.service_types import needs_cluster_ip, needs_health_check, needs_node_port
from apiserver.registry.errors import Errors
from apiserver.services.cluster_ips import ClusterIPs, NotAllocated
from apiserver.services.families import settle_families
from apiserver.services.node_ports import TAKEN, NodePorts
from apiserver.storage.store import StoreError
from minik8s.api.core_v1 import Service, ServicePort
from minik8s.machinery.field_errors import to_status

log = structlog.get_logger("apiserver.services")


@dataclasses.dataclass(slots=True)
class Taken:
    """What a write took, and what it lets go once it happened."""

    addresses: list[str] = dataclasses.field(default_factory=list)
    ports: list[int] = dataclasses.field(default_factory=list)
    old_addresses: list[str] = dataclasses.field(default_factory=list)
    old_ports: list[int] = dataclasses.field(default_factory=list)


def addresses_of(service: Service | None) -> list[str]:
    """The cluster addresses that a service holds."""
    if service is None or not needs_cluster_ip(service.spec):
        return []
    spec = service.spec
    listed = spec.cluster_ips or ([spec.cluster_ip] if spec.cluster_ip else [])
    return [address for address in listed if address not in ("", "None")]


def ports_of(service: Service | None) -> list[int]:
    """The node ports that a service holds."""
    if service is None or service.spec.type not in ("NodePort", "LoadBalancer"):
        return []
    spec = service.spec
    found = dict.fromkeys(port.node_port for port in spec.ports if port.node_port)
    if spec.health_check_node_port:
        found[spec.health_check_node_port] = None
    return list(found)


def _asked_for(number: int, ports: list[ServicePort]) -> int:
    return next((port.node_port for port in ports if port.port == number and port.node_port), 0)


class ServiceHook:
    """See `apiserver.rest.write.Hook`."""

    def __init__(self, addresses: ClusterIPs, ports: NodePorts) -> None:
        self._addresses = addresses
        self._ports = ports

    async def begin(self, new: Any | None, old: Any | None, *, dry_run: bool) -> Taken:
        """Take what the new service needs, and fill it in. Raises StatusError (422)."""
        taken = Taken()
        if new is not None:
            errors = settle_families(new, old, self._addresses.families)
            try:
                if not errors:
                    await self._take_addresses(new, old, taken, errors, dry_run=dry_run)
                if not errors:
                    await self._take_ports(new, old, taken, errors, dry_run=dry_run)
            except BaseException:
                await self.end(taken, written=False)
                raise
            if errors:
                await self.end(taken, written=False)
                raise StatusError(to_status("Service", new.metadata.name, errors))
        if not dry_run:
            kept_addresses, kept_ports = set(addresses_of(new)), set(ports_of(new))
            taken.old_addresses = [address for address in addresses_of(old) if address not in kept_addresses]
            taken.old_ports = [port for port in ports_of(old) if port not in kept_ports]
        return taken

    async def end(self, taken: Taken, *, written: bool) -> None:
        """Give back what was held before, or what was taken in vain."""
        addresses = taken.old_addresses if written else taken.addresses
        ports = taken.old_ports if written else taken.ports
        try:
            for address in addresses:
                await self._addresses.give_back(address)
            for port in ports:
                await self._ports.give_back(port)
        except (StatusError, StoreError) as error:
            # What stays taken is found and freed by the repair.
            log.warning("cannot give back what a service held", addresses=addresses, ports=ports, reason=str(error))

    async def _take_addresses(
        self, new: Service, old: Service | None, taken: Taken, errors: Errors, *, dry_run: bool
    ) -> None:
        spec, metadata = new.spec, new.metadata
        if not needs_cluster_ip(spec) or spec.cluster_ip == "None":
            return
        held = set(addresses_of(old))
        listed = [address for address in spec.cluster_ips if address]
        for index, family in enumerate(spec.ip_families):
            asked = listed[index] if index < len(listed) else ""
            if asked in held and asked:
                continue
            try:
                if asked:
                    await self._addresses.take(asked, metadata.namespace, metadata.name, dry_run=dry_run)
                else:
                    asked = await self._addresses.take_any(family, metadata.namespace, metadata.name, dry_run=dry_run)
                    listed.append(asked)
            except NotAllocated as why:
                text = f"failed to allocate IP {asked}: {why}" if asked else f"failed to allocate a serviceIP: {why}"
                errors.invalid("spec.clusterIPs", list(spec.cluster_ips), text)
                return
            if not dry_run:
                taken.addresses.append(asked)
        spec.cluster_ips = listed
        spec.cluster_ip = listed[0] if listed else ""

    async def _take_ports(
        self, new: Service, old: Service | None, taken: Taken, errors: Errors, *, dry_run: bool
    ) -> None:
        spec = new.spec
        owner = f"{new.metadata.namespace}/{new.metadata.name}"
        mine: set[int] = set(ports_of(old))
        given: dict[int, int] = {}  # node ports of a new service by the numbers of its ports
        hands_out = spec.type == "NodePort" or (
            spec.type == "LoadBalancer" and spec.allocate_load_balancer_node_ports is not False
        )
        for index, port in enumerate(spec.ports if needs_node_port(spec) else ()):
            if not port.node_port and not hands_out:
                continue
            if old is None:
                # Ports of one number and several protocols share a node port; those of several numbers do not.
                port.node_port = port.node_port or given.get(port.port) or _asked_for(port.port, spec.ports)
                if port.node_port in mine and given.get(port.port) != port.node_port:
                    errors.invalid(f"spec.ports[{index}].nodePort", port.node_port, TAKEN)
                    return
            port.node_port = await self._port(
                port.node_port, owner, mine, taken, errors, f"spec.ports[{index}].nodePort", dry_run=dry_run
            )
            if errors:
                return
            given.setdefault(port.port, port.node_port)
        if needs_health_check(spec):
            spec.health_check_node_port = await self._port(
                spec.health_check_node_port, owner, mine, taken, errors, "spec.healthCheckNodePort", dry_run=dry_run
            )

    async def _port(
        self, asked: int, owner: str, mine: set[int], taken: Taken, errors: Errors, path: str, *, dry_run: bool
    ) -> int:
        if asked in mine:
            return asked
        try:
            if asked:
                await self._ports.take(asked, owner, dry_run=dry_run)
            else:
                asked = await self._ports.take_any(owner, dry_run=dry_run)
        except NotAllocated as why:
            errors.invalid(path, asked, str(why))
            return asked
        mine.add(asked)
        if not dry_run:
            taken.ports.append(asked)
        return asked
