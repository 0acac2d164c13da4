"""What every back end of the proxy is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from proxy.topology import Front

Desired = Mapping[str, tuple[Front, ...]]
"""Fronts by service key (`namespace/name`); a service without any has no entry."""


class BackendError(Exception):
    """The kernel's tool refused the rules; the message is the tool's own."""


class ProxyBackend(Protocol):
    """Makes the kernel of this network namespace do what the fronts say."""

    @property
    def name(self) -> str:
        """The proxy mode: nftables, iptables or ipvs."""
        ...

    async def apply(self, desired: Desired, changed: Collection[str] | None) -> None:
        """Program the difference: `changed` are the services to look at, None means all from nothing.

        Raises BackendError; the next call must then be with None.
        """
        ...

    def service_networks(self, cidrs: tuple[str, ...]) -> None:
        """The networks Services have their addresses in, for the next `apply` with None.

        What is for an address there that no Service has would leave the cluster by the default route; the nftables back
        end drops it, as kube-proxy's does, the others let it go.
        """
        ...

    async def cleanup(self) -> None:
        """Remove everything this back end may ever have put there."""
        ...
