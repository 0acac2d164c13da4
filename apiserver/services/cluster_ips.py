"""Cluster addresses: taken by making an IPAddress object, given back by deleting it."""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Iterator

from apiserver.auth.errors import StatusError
from apiserver.auth.protocols import Reader, Writer
from apiserver.measures.allocators import DYNAMIC, STATIC, Allocations
from apiserver.services.settings import Network, ServiceSettings
from minik8s.api.networking_v1 import IPAddress, IPAddressSpec, ParentReference, ServiceCIDR
from minik8s.api.object_meta import ObjectMeta

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

FAMILY_LABEL = "ipaddress.kubernetes.io/ip-family"
MANAGED_LABEL = "ipaddress.kubernetes.io/managed-by"
MANAGER = "ipallocator.k8s.io"
_PROBES = 64
_MOST = 1 << 16
_NO_RANGE = "the provided network does not match the current range"
_TAKEN = "provided IP is already allocated"
_FULL = "range is full"


class NotAllocated(Exception):
    """An address cannot be had; the text says why."""


def usable(network: Network) -> tuple[int, int]:
    """The first and last address of a network that can be handed out, as numbers."""
    first, last = int(network.network_address), int(network.broadcast_address)
    if network.num_addresses <= 2:
        return first, last
    return first + 1, last - 1 if network.version == 4 else last


def dynamic_start(network: Network) -> int:
    """Where the part begins of which addresses are chosen first; below it is room for those that are asked for."""
    first, last = usable(network)
    size = last - first + 1
    reserved = min(max(16, size // 16), 256) if size > 16 else 0
    return first + reserved


class ClusterIPs:
    """Hands out addresses."""

    def __init__(self, reader: Reader, writer: Writer, settings: ServiceSettings) -> None:
        self._reader = reader
        self._writer = writer
        self._settings = settings
        self.counts = Allocations()

    @property
    def families(self) -> tuple[str, ...]:
        """The families that are served, the first one being the default."""
        return tuple(f"IPv{network.version}" for network in self._settings.networks)

    def _networks(self, version: int) -> list[Network]:
        return [network for network in self._all_networks() if network.version == version]

    def ranges(self) -> list[tuple[Network, int, int]]:
        """Every range with its first and last address that can be handed out."""
        return [(network, *usable(network)) for network in self._all_networks()]

    def _all_networks(self) -> list[Network]:
        found: list[Network] = []
        for each in self._reader.list(ServiceCIDR):
            ready = next((c.status for c in each.status.conditions if c.type == "Ready"), "")
            if ready == "False" or (not ready and each.metadata.name != "kubernetes"):
                continue
            if each.metadata.deletion_timestamp is None:
                found += [ipaddress.ip_network(text) for text in each.spec.cidrs]
        return found or list(self._settings.networks)

    async def take(self, address: str, namespace: str, name: str, *, dry_run: bool = False) -> None:
        """Take a certain address for a service. Raises NotAllocated."""
        wanted = ipaddress.ip_address(address)
        inside = ""
        for network in self._networks(wanted.version):
            first, last = usable(network)
            if not inside and first <= int(wanted) <= last:
                inside = str(network)
        if not inside:
            raise NotAllocated(_NO_RANGE)
        if self._reader.get(IPAddress, str(wanted)) is not None or (
            not dry_run and not await self._make(wanted, namespace, name)
        ):
            self.counts.refused(STATIC, inside)
            raise NotAllocated(_TAKEN)
        if not dry_run:
            self.counts.took(STATIC, inside)

    async def take_any(self, family: str, namespace: str, name: str, *, dry_run: bool = False) -> str:
        """Take some free address of a family. Raises NotAllocated."""
        version = 6 if family == "IPv6" else 4
        for network in self._networks(version):
            for number in self._candidates(network):
                address: Address = ipaddress.IPv6Address(number) if version == 6 else ipaddress.IPv4Address(number)
                if self._reader.get(IPAddress, str(address)) is not None:
                    continue
                if dry_run:
                    return str(address)
                if await self._make(address, namespace, name):
                    self.counts.took(DYNAMIC, str(network))
                    return str(address)
            self.counts.refused(DYNAMIC, str(network))
        raise NotAllocated(_FULL)

    @staticmethod
    def _candidates(network: Network) -> Iterator[int]:
        """Numbers to try: some by chance, then all that follow a chosen one, then those for who asks; as far as asked.

        Of ranges beyond `_MOST` a part is looked through; some of it is free unless as many services have an address.
        """
        first, last = usable(network)
        start = dynamic_start(network)
        for _ in range(_PROBES):
            yield random.randint(start, last)
        chosen = random.randint(start, last)
        yield from range(chosen, min(last, chosen + _MOST) + 1)
        yield from range(start, min(chosen, start + _MOST))
        yield from range(first, start)

    async def _make(self, address: Address, namespace: str, name: str) -> bool:
        labels = {FAMILY_LABEL: f"IPv{address.version}", MANAGED_LABEL: MANAGER}
        parent = ParentReference(resource="services", namespace=namespace, name=name)
        made = IPAddress(metadata=ObjectMeta(name=str(address), labels=labels), spec=IPAddressSpec(parent_ref=parent))
        try:
            await self._writer.create(made)
        except StatusError as error:
            if error.code != 409:
                raise
            return False
        return True

    async def give_back(self, address: str) -> None:
        """Let an address go; one that is free is fine."""
        found = await self._reader.fetch(IPAddress, str(ipaddress.ip_address(address)))
        if found is not None:
            await self._writer.delete(found)
