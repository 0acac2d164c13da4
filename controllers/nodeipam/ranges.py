"""Which parts of a network are given away."""

from __future__ import annotations

import ipaddress

from minik8s.client.config import ConfigError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_MOST_PARTS = 16
"""A network is split into at most 2 to the power of this many parts, as in Kubernetes."""


class RangeError(ConfigError):
    """The network cannot be split that way."""


class RangeSet:
    """The parts of one network, handed out in turn."""

    def __init__(self, network: Network, mask: int) -> None:
        if mask < network.prefixlen:
            raise RangeError(f"node CIDR mask size /{mask} is larger than the cluster CIDR {network}")
        if mask > network.max_prefixlen:
            raise RangeError(f"node CIDR mask size /{mask} is too long for {network}")
        if mask - network.prefixlen > _MOST_PARTS:
            raise RangeError("CIDR range too big; New CIDR set failed; the node CIDR size is too big")
        self.network = network
        self._mask = mask
        self._step = 1 << (network.max_prefixlen - mask)
        self._count = 1 << (mask - network.prefixlen)
        self._used: set[int] = set()
        self._next = 0

    def _span(self, text: str) -> range:
        try:
            part = ipaddress.ip_network(text, strict=False)
        except ValueError:
            return range(0)
        if part.version != self.network.version or not part.overlaps(self.network):
            return range(0)
        base = int(self.network.network_address)
        first = max((int(part.network_address) - base) // self._step, 0)
        last = min((int(part.broadcast_address) - base) // self._step, self._count - 1)
        return range(first, last + 1)

    def occupy(self, text: str) -> None:
        """Those parts are taken."""
        self._used.update(self._span(text))

    def release(self, text: str) -> None:
        """Those parts are free again."""
        self._used.difference_update(self._span(text))

    def allocate(self) -> str:
        """A free part, now taken; "" when none is left."""
        for offset in range(self._count):
            index = (self._next + offset) % self._count
            if index not in self._used:
                self._used.add(index)
                self._next = (index + 1) % self._count
                address = int(self.network.network_address) + index * self._step
                kind = ipaddress.IPv4Network if self.network.version == 4 else ipaddress.IPv6Network
                return str(kind((address, self._mask)))
        return ""
