"""The Pods of this node as the Node names them: by their network, for whoever tells them from all others."""

from __future__ import annotations

import asyncio
import ipaddress

from minik8s.api.core_v1 import Node


class PodCIDR:
    """The IPv4 network of the node's Pods: waited for at the start, and noticed when it becomes another one."""

    def __init__(self) -> None:
        self._found = ""
        self._known, self._other = asyncio.Event(), asyncio.Event()

    def saw(self, node: Node | None) -> None:
        """The Node as it is now."""
        if node is None:
            return
        named = node.spec.pod_cidrs or [node.spec.pod_cidr]
        found = next((c for c in named if c and ipaddress.ip_network(c, strict=False).version == 4), "")
        if not found:
            return
        if self._found and found != self._found:
            self._other.set()
        self._found = self._found or found
        self._known.set()

    async def known(self) -> str:
        """The network, as soon as the Node has one."""
        await self._known.wait()
        return self._found

    async def changed(self) -> None:
        """Returns when the Node has another network than `known` said."""
        await self._other.wait()
