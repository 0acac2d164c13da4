"""The ServiceCIDR controller."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from controllers.options import Options
from minik8s.api.meta_v1 import Condition
from minik8s.api.networking_v1 import IPAddress, ServiceCIDR
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import NotFound
from minik8s.client.informer import Informer
from minik8s.machinery.conditions import set_condition
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.times import format_time, parse_time

FINALIZER = "networking.k8s.io/service-cidr-finalizer"
GRACE_SECONDS = 10.0
"""So long a network that nobody uses stays: an allocator may not know yet that it is being deleted."""
_IN_USE = "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR"


class ServiceCIDRController:
    """Sets the condition Ready, and keeps the finalizer while addresses are in use."""

    name = "service-cidr-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch the networks and the addresses taken from them."""
        self._ctx = ctx
        self._cidrs: Informer[ServiceCIDR] = ctx.watch(ServiceCIDR, keys=self._related)
        self._addresses: Informer[IPAddress] = ctx.informers.of(IPAddress)
        self._addresses.on_change(self._address_changed)

    def _related(self, cidr: ServiceCIDR) -> Iterable[str]:
        yield cidr.metadata.name
        for other in self._cidrs.list():
            if other.metadata.deletion_timestamp is not None:
                yield other.metadata.name

    def _address_changed(self, old: IPAddress | None, new: IPAddress | None) -> None:
        if new is None:
            for cidr in self._cidrs.list():
                if cidr.metadata.deletion_timestamp is not None:
                    self._ctx.enqueue(cidr.metadata.name)

    async def reconcile(self, key: str) -> float | None:
        """Look at one network."""
        cidr = self._cidrs.get(key)
        if cidr is None:
            return None
        try:
            if cidr.metadata.deletion_timestamp is not None:
                return await self._end(cidr)
            if FINALIZER not in cidr.metadata.finalizers:
                changed = deep_copy(cidr)
                changed.metadata.finalizers.append(FINALIZER)
                cidr = await self._ctx.client.update(changed)
            await self._tell(cidr, "True", "", "Kubernetes Service CIDR is ready")
        except NotFound:
            return None
        return None

    async def _end(self, cidr: ServiceCIDR) -> float | None:
        if FINALIZER not in cidr.metadata.finalizers:
            return None
        if self._is_needed(cidr):
            await self._tell(cidr, "False", "Terminating", _IN_USE)
            return None
        deleted = parse_time(cidr.metadata.deletion_timestamp or "")
        left = GRACE_SECONDS - (self._ctx.clock.now() - deleted).total_seconds()
        if left > 0:
            return left
        changed = deep_copy(cidr)
        changed.metadata.finalizers.remove(FINALIZER)
        await self._ctx.client.update(changed)
        return None

    def _is_needed(self, cidr: ServiceCIDR) -> bool:
        """Whether an address of it is in use that no other network holds."""
        own = _networks(cidr)
        others = [
            network
            for other in self._cidrs.list()
            if other.metadata.name != cidr.metadata.name and other.metadata.deletion_timestamp is None
            for network in _networks(other)
        ]
        for held in self._addresses.list():
            try:
                address = ipaddress.ip_address(held.metadata.name)
            except ValueError:
                continue
            if any(address in network for network in own) and not any(address in network for network in others):
                return True
        return False

    async def _tell(self, cidr: ServiceCIDR, status: str, reason: str, message: str) -> None:
        changed = deep_copy(cidr)
        condition = Condition(type="Ready", status=status, reason=reason, message=message)
        if set_condition(changed.status.conditions, condition, format_time(self._ctx.clock.now())):
            conditions = [one for one in changed.status.conditions if one.type == "Ready"]
            config = {
                "apiVersion": cidr.api_version,
                "kind": cidr.kind,
                "metadata": {"name": cidr.metadata.name},
                "status": {"conditions": conditions},
            }
            await self._ctx.client.patch(
                ServiceCIDR,
                cidr.metadata.name,
                config,
                patch_type="apply",
                subresource="status",
                field_manager=self.name,
                force=True,
            )


def _networks(cidr: ServiceCIDR) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(text, strict=False) for text in cidr.spec.cidrs]


def make(options: Options) -> ServiceCIDRController:
    """The controller, for the catalog."""
    return ServiceCIDRController()
