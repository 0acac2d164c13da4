"""The node IPAM controller: `spec.podCIDRs` of each node."""

from __future__ import annotations

import ipaddress

from controllers.nodeipam.ranges import Network, RangeSet
from controllers.options import Options
from minik8s.api.core_v1 import Node
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import ApiError, NotFound
from minik8s.client.informer import Informer

_DEFAULT_MASKS = {4: 24, 6: 64}


class NodeIPAMController:
    """Gives each node one part of each cluster network; `services` are left out of them."""

    name = "node-ipam-controller"

    def __init__(self, ranges: list[RangeSet], services: tuple[str, ...] = ()) -> None:
        self._ranges = ranges
        for held in ranges:
            for text in services:
                held.occupy(text)

    def setup(self, ctx: ControllerContext) -> None:
        """Watch nodes."""
        self._ctx = ctx
        self._given: dict[str, list[str]] = {}
        self._nodes: Informer[Node] = ctx.informers.of(Node)
        self._nodes.on_change(self._changed)

    def _changed(self, old: Node | None, new: Node | None) -> None:
        if new is None:
            assert old is not None
            for text in self._given.pop(old.metadata.name, ()):
                self._release(text)
            # A part became free: somebody may have waited for one.
            for node in self._nodes.list():
                if not _cidrs(node):
                    self._ctx.enqueue(node.metadata.name)
            return
        if old is not None and old.metadata.uid != new.metadata.uid:
            # Another node of that name, whose predecessor's end nobody saw.
            for text in self._given.pop(old.metadata.name, ()):
                self._release(text)
        held = _cidrs(new)
        if held and self._given.get(new.metadata.name) != held:
            self._given[new.metadata.name] = held
            for text in held:
                for one in self._ranges:
                    one.occupy(text)
        if not held:
            self._ctx.enqueue(new.metadata.name)

    def _release(self, text: str) -> None:
        for one in self._ranges:
            one.release(text)

    async def reconcile(self, key: str) -> float | None:
        """Give one node its networks."""
        node = self._nodes.get(key)
        if node is None or _cidrs(node) or key in self._given:
            return None
        found = [one.allocate() for one in self._ranges]
        if not all(found):
            for text in filter(None, found):
                self._release(text)
            self._tell(node, "CIDRNotAvailable")
            return None
        self._given[key] = found
        try:
            await self._ctx.client.patch(
                Node, key, {"spec": {"podCIDR": found[0], "podCIDRs": found}}, patch_type="strategic"
            )
        except NotFound:
            self._take_back(key, found)
        except Exception as error:
            self._take_back(key, found)
            if isinstance(error, ApiError):
                self._tell(node, "CIDRAssignmentFailed")
            raise
        return None

    def _take_back(self, key: str, found: list[str]) -> None:
        if self._given.get(key) is found:
            del self._given[key]
            for text in found:
                self._release(text)

    def _tell(self, node: Node, reason: str) -> None:
        self._ctx.recorder.event(node, "Normal", reason, f"Node {node.metadata.name} status is now: {reason}")


def _cidrs(node: Node) -> list[str]:
    return node.spec.pod_cidrs or ([node.spec.pod_cidr] if node.spec.pod_cidr else [])


def _mask(options: Options, network: Network) -> int:
    own = options.node_cidr_mask_size_ipv4 if network.version == 4 else options.node_cidr_mask_size_ipv6
    both = options.node_cidr_mask_size if len(options.cluster_cidr) == 1 else 0
    return own or both or _DEFAULT_MASKS[network.version]


def make(options: Options) -> NodeIPAMController | None:
    """The controller, for the catalog; None without `--allocate-node-cidrs`. Raises ValueError for a bad network."""
    if not options.allocate_node_cidrs or not options.cluster_cidr:
        return None
    networks = [ipaddress.ip_network(text, strict=False) for text in options.cluster_cidr]
    ranges = [RangeSet(network, _mask(options, network)) for network in networks]
    return NodeIPAMController(ranges, options.service_cluster_ip_range)
