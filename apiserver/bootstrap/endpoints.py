"""The Service `kubernetes`: by it pods find the API servers that are there.

Every server renews a lease and lists the servers whose leases are fresh: one that is gone leaves the list by itself.
"""

from __future__ import annotations

import hashlib
import ipaddress
import socket
import uuid
from datetime import timedelta

import msgspec
import structlog

from apiserver.auth.errors import StatusError
from apiserver.objects import StoredObjects
from apiserver.services.cluster_ips import ClusterIPs, NotAllocated, usable
from apiserver.services.settings import ServiceSettings
from minik8s.api.coordination_v1 import Lease, LeaseSpec
from minik8s.api.core_v1 import (
    EndpointAddress,
    EndpointPort,
    Endpoints,
    EndpointSubset,
    Service,
    ServicePort,
    ServiceSpec,
)
from minik8s.api.discovery_v1 import Endpoint, EndpointConditions, EndpointSlice
from minik8s.api.discovery_v1 import EndpointPort as SlicePort
from minik8s.api.networking_v1 import IPAddress
from minik8s.api.object_meta import ObjectMeta
from minik8s.clock import Clock
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.times import format_micro_time, parse_time

log = structlog.get_logger("apiserver.bootstrap")

RENEW_SECONDS = 10.0
_FRESH_SECONDS = 30
_NAME, _NAMESPACE, _LEASES = "kubernetes", "default", "kube-system"
_IDENTITY_LABEL = "apiserver.kubernetes.io/identity"
_ADDRESS = "kubernetes.io/peer-advertise-address"
_LEASE_SECONDS = 3600


def own_address() -> str:
    """The address of this machine by which others reach it, "" when there is none."""
    for family, beyond in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            # Nothing is sent: connecting a datagram socket only chooses the way out.
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((beyond, 9))
                return str(probe.getsockname()[0])
        except OSError:
            continue
    return ""


class KubernetesService:
    """`once` is to be called at start and every `RENEW_SECONDS`; `leave` when the server ends."""

    def __init__(
        self,
        objects: StoredObjects,
        addresses: ClusterIPs,
        settings: ServiceSettings,
        clock: Clock,
        address: str,
        port: int,
    ) -> None:
        self._objects = objects
        self._addresses = addresses
        self._network = settings.networks[0]
        self._clock = clock
        self._address = address
        self._port = port
        host = socket.gethostname()
        digest = hashlib.sha256(f"{host}/{address}:{port}".encode()).hexdigest()[:26]
        self._lease = f"apiserver-{digest}"
        self._holder = f"{self._lease}_{uuid.uuid4()}"
        self._host = host

    async def once(self) -> None:
        """Renew the lease; write the Service and its endpoints where they are not as they must be."""
        await self._renew()
        await self._service()
        await self._endpoints(self._live())

    async def leave(self) -> None:
        """Take this server out of the list."""
        lease = await self._objects.fetch(Lease, self._lease, _LEASES)
        if lease is not None:
            await self._objects.delete(lease)
            await self._objects.fetch(Lease, self._lease, _LEASES)
        await self._endpoints(self._live())

    async def _renew(self) -> None:
        now = format_micro_time(self._clock.now())
        stored = await self._objects.fetch(Lease, self._lease, _LEASES)
        if stored is None:
            labels = {_IDENTITY_LABEL: "kube-apiserver", "kubernetes.io/hostname": self._host}
            shown = f"[{self._address}]" if ":" in self._address else self._address
            lease = Lease(
                metadata=ObjectMeta(
                    name=self._lease,
                    namespace=_LEASES,
                    labels=labels,
                    annotations={_ADDRESS: f"{shown}:{self._port}"},
                ),
                spec=LeaseSpec(holder_identity=self._holder, lease_duration_seconds=_LEASE_SECONDS, renew_time=now),
            )
            await self._quietly(self._objects.create(lease))
            return
        lease = deep_copy(stored)
        lease.spec.holder_identity, lease.spec.renew_time = self._holder, now
        await self._quietly(self._objects.update(lease))

    def _live(self) -> list[tuple[str, int]]:
        """Address and port of every server whose lease is fresh."""
        oldest = self._clock.now() - timedelta(seconds=_FRESH_SECONDS)
        found = set()
        for lease in self._objects.list(Lease, _LEASES):
            told = lease.metadata.annotations.get(_ADDRESS, "")
            if lease.metadata.labels.get(_IDENTITY_LABEL) != "kube-apiserver" or not told or not lease.spec.renew_time:
                continue
            if parse_time(lease.spec.renew_time) >= oldest:
                host, _, port = told.rpartition(":")
                found.add((host.strip("[]"), int(port)))
        return sorted(found)

    async def _service(self) -> None:
        if await self._objects.fetch(Service, _NAME, _NAMESPACE) is not None:
            return
        number = usable(self._network)[0]
        address = str(ipaddress.ip_address(number) if self._network.version == 4 else ipaddress.IPv6Address(number))
        try:
            await self._addresses.take(address, _NAMESPACE, _NAME)
        except NotAllocated as why:
            held = self._objects.get(IPAddress, address)
            parent = held.spec.parent_ref if held is not None else None
            if parent is None or (parent.namespace, parent.name) != (_NAMESPACE, _NAME):
                log.error("the first service address is not free for the API server", address=address, why=str(why))
                return
        labels = {"component": "apiserver", "provider": "kubernetes"}
        service = Service(
            metadata=ObjectMeta(name=_NAME, namespace=_NAMESPACE, labels=labels),
            spec=ServiceSpec(
                type="ClusterIP",
                cluster_ip=address,
                cluster_ips=[address],
                ip_families=[f"IPv{self._network.version}"],
                ip_family_policy="SingleStack",
                internal_traffic_policy="Cluster",
                session_affinity="None",
                ports=[ServicePort(name="https", port=443, protocol="TCP", target_port=self._port)],
            ),
        )
        await self._quietly(self._objects.create(service))

    async def _endpoints(self, live: list[tuple[str, int]]) -> None:
        port = live[0][1] if live else self._port
        addresses = [address for address, _ in live]
        family = "IPv6" if ":" in self._address else "IPv4"
        slice_ = EndpointSlice(
            metadata=ObjectMeta(
                name=_NAME, namespace=_NAMESPACE, labels={"kubernetes.io/service-name": _NAME}, generation=1
            ),
            address_type=family,
            endpoints=[Endpoint(addresses=[each], conditions=EndpointConditions(ready=True)) for each in addresses],
            ports=[SlicePort(name="https", port=port, protocol="TCP")],
        )
        old_slice = await self._objects.fetch(EndpointSlice, _NAME, _NAMESPACE)
        if old_slice is None:
            await self._quietly(self._objects.create(slice_))
        elif (old_slice.endpoints, old_slice.ports) != (slice_.endpoints, slice_.ports):
            metadata = msgspec.structs.replace(old_slice.metadata, generation=old_slice.metadata.generation + 1)
            await self._quietly(self._objects.update(msgspec.structs.replace(slice_, metadata=metadata)))
        subsets = []
        if addresses:
            ports = [EndpointPort(name="https", port=port, protocol="TCP")]
            subsets = [EndpointSubset(addresses=[EndpointAddress(ip=each) for each in addresses], ports=ports)]
        labels = {"endpointslice.kubernetes.io/skip-mirror": "true"}
        endpoints = Endpoints(metadata=ObjectMeta(name=_NAME, namespace=_NAMESPACE, labels=labels), subsets=subsets)
        old = await self._objects.fetch(Endpoints, _NAME, _NAMESPACE)
        if old is None:
            await self._quietly(self._objects.create(endpoints))
        elif old.subsets != subsets:
            await self._quietly(self._objects.update(msgspec.structs.replace(endpoints, metadata=old.metadata)))

    @staticmethod
    async def _quietly(write: object) -> None:
        """Another server may do the same at the same moment; the next round sees what came of it."""
        try:
            await write  # type: ignore[misc]
        except StatusError as error:
            if error.code not in (404, 409):
                raise
