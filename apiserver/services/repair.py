"""Find what is taken and belongs to nobody, and what belongs to a service and is not taken."""

from __future__ import annotations

import structlog

from apiserver.auth.protocols import Reader
from apiserver.services.cluster_ips import MANAGED_LABEL, MANAGER, ClusterIPs, NotAllocated
from apiserver.services.hook import addresses_of, ports_of
from apiserver.services.node_ports import NodePorts
from minik8s.api.core_v1 import Service
from minik8s.api.networking_v1 import IPAddress

log = structlog.get_logger("apiserver.services")


class Repair:
    """`once` is to be called at start and every few minutes; several servers may do so at once.

    What belongs to nobody is freed when it is found a second time: a service may just be on its way.
    """

    def __init__(self, reader: Reader, addresses: ClusterIPs, ports: NodePorts) -> None:
        self._reader = reader
        self._addresses = addresses
        self._ports = ports
        self._suspects: set[str] = set()

    async def once(self) -> int:
        """Put right what is wrong; how much that was. Raises StatusError or StoreError."""
        services = self._reader.list(Service)
        held = {address: each for each in services for address in addresses_of(each)}
        ports = {port: each for each in services for port in ports_of(each)}
        taken = await self._ports.taken()
        repaired = 0
        for address, service in held.items():
            found = self._reader.get(IPAddress, address)
            if found is not None and self._is_of_nobody(found):
                # An address that a service holds must name it, or its end would not free it.
                log.warning("an address that a service holds names another one", address=address)
                await self._addresses.give_back(address)
                found = None
            if found is None:
                repaired += await self._take_address(address, service)
        for port, service in ports.items():
            if port not in taken:
                repaired += await self._take_port(port, service)
        suspects = {
            each.metadata.name
            for each in self._reader.list(IPAddress)
            if each.metadata.labels.get(MANAGED_LABEL) == MANAGER and each.metadata.name not in held
        }
        suspects |= {f"port {port}" for port in taken if port not in ports}
        for suspect in sorted(suspects & self._suspects):
            log.warning("what was taken for a service that is not there is free again", what=suspect)
            if suspect.startswith("port "):
                await self._ports.give_back(int(suspect.removeprefix("port ")))
            else:
                await self._addresses.give_back(suspect)
            repaired += 1
        self._suspects = suspects - self._suspects
        return repaired

    def _is_of_nobody(self, address: IPAddress) -> bool:
        """Whether no service that holds this address is named in it."""
        parent = address.spec.parent_ref
        if parent is None or parent.group or parent.resource != "services":
            return True
        named = self._reader.get(Service, parent.name, parent.namespace)
        return named is None or address.metadata.name not in addresses_of(named)

    async def _take_address(self, address: str, service: Service) -> bool:
        try:
            await self._addresses.take(address, service.metadata.namespace, service.metadata.name)
        except NotAllocated as why:
            log.warning("a service's address cannot be taken for it", address=address, reason=str(why))
            return False
        return True

    async def _take_port(self, port: int, service: Service) -> bool:
        try:
            await self._ports.take(port, f"{service.metadata.namespace}/{service.metadata.name}")
        except NotAllocated as why:
            log.warning("a service's node port cannot be taken for it", port=port, reason=str(why))
            return False
        return True
