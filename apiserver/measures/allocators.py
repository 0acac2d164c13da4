"""Cluster addresses and node ports: how many were given out, how many could not be, and what is left."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Sequence

from apiserver.exposition import Labels, head, worded

STATIC, DYNAMIC = "static", "dynamic"
"""Scopes: what a service named, and what was chosen for it."""

_IPS = "kube_apiserver_clusterip_allocator_"
_PORTS = "kube_apiserver_nodeport_allocator_"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Allocations:
    """What one allocator was asked for: by range ("" for the only one) and scope."""

    def __init__(self) -> None:
        self.made: dict[tuple[str, str], int] = {}
        self.failed: dict[tuple[str, str], int] = {}

    def took(self, scope: str, within: str = "") -> None:
        """Something was given out."""
        self.made[within, scope] = self.made.get((within, scope), 0) + 1

    def refused(self, scope: str, within: str = "") -> None:
        """It could not be had."""
        self.failed[within, scope] = self.failed.get((within, scope), 0) + 1

    def add_to(self, lines: list[str], prefix: str) -> None:
        """In Prometheus' text form."""
        for name, text, counts in (
            ("allocation_total", "What was given out.", self.made),
            ("allocation_errors_total", "What could not be given out.", self.failed),
        ):
            head(lines, prefix + name, "counter", text)
            for (within, scope), count in counts.items():
                labels: Labels = (("cidr", within),) if within else ()
                lines.append(f"{prefix}{name}{worded((*labels, ('scope', scope)))} {count}")


class AllocatorTallies:
    """The lines of `/metrics`: `networks` and `addresses` tell what there is to give and what services hold."""

    def __init__(
        self,
        addresses: Allocations,
        ports: Allocations,
        networks: Callable[[], Sequence[tuple[Network, int, int]]],
        held: Callable[[], Iterable[str]],
    ) -> None:
        self._addresses = addresses
        self._ports = ports
        self._networks = networks
        self._held = held

    def lines(self) -> Iterable[str]:
        """In Prometheus' text form."""
        numbers = _numbers(self._held())
        taken, left = [], []
        for network, first, last in self._networks():
            count = sum(first <= number <= last for number in numbers[network.version])
            labels = worded((("cidr", str(network)),))
            taken.append(f"{_IPS}allocated_ips{labels} {count}")
            left.append(f"{_IPS}available_ips{labels} {last - first + 1 - count}")
        lines: list[str] = []
        head(lines, f"{_IPS}allocated_ips", "gauge", "Cluster addresses that services hold.")
        lines += taken
        head(lines, f"{_IPS}available_ips", "gauge", "Cluster addresses that are left.")
        lines += left
        self._addresses.add_to(lines, _IPS)
        self._ports.add_to(lines, _PORTS)
        return lines


def _numbers(addresses: Iterable[str]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {4: [], 6: []}
    for text in addresses:
        address = ipaddress.ip_address(text)
        found[address.version].append(int(address))
    return found
