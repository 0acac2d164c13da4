"""The ipvs back end: virtual servers by `ipvsadm --restore`, a dummy interface that holds the Service addresses."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from proxy import tool
from proxy.backend import Desired
from proxy.topology import Endpoint, Front

INTERFACE = "kube-ipvs0"
TABLE = "kube-proxy-ipvs"
_FLAGS = {"tcp": "-t", "udp": "-u", "sctp": "--sctp-service"}


def render(fronts: Iterable[Front], node_addresses: Iterable[str], scheduler: str = "rr") -> str:
    """Every virtual server and its real ones, as `ipvsadm --restore` reads them; masquerading forwarding."""
    lines = []
    nodes = list(node_addresses)
    for front in fronts:
        for address in [front.ip] if front.ip else nodes:
            endpoints = front.endpoints or front.inside or ()
            lines += _virtual(front, address, endpoints, scheduler)
    return "\n".join(lines) + ("\n" if lines else "")


def _virtual(front: Front, address: str, endpoints: tuple[Endpoint, ...], scheduler: str) -> list[str]:
    server = f"{_FLAGS[front.protocol]} {address}:{front.port}"
    persistent = f" -p {front.affinity}" if front.affinity else ""
    found = [f"-A {server} -s {scheduler}{persistent}"]
    return found + [f"-a {server} -r {e.ip}:{e.port} -m -w 1" for e in endpoints]


def addresses(fronts: Iterable[Front]) -> list[str]:
    """The addresses the dummy interface must hold."""
    return sorted({front.ip for front in fronts if front.ip})


def masquerade_table(cluster_cidr: str) -> str:
    """The nftables table that masquerades what IPVS forwards for clients outside the cluster."""
    source = f"ip saddr != {cluster_cidr} " if cluster_cidr else ""
    return "\n".join(
        [
            f"add table ip {TABLE}",
            f"delete table ip {TABLE}",
            f"add table ip {TABLE}",
            f"add chain ip {TABLE} post {{ type nat hook postrouting priority srcnat; }}",
            f"add rule ip {TABLE} post {source}ct status dnat masquerade",
            "",
        ]
    )


class IpvsBackend:
    """Virtual servers in the kernel's load balancer; the whole table is written at each change."""

    name = "ipvs"

    def __init__(self, cluster_cidr: str, node_addresses: Callable[[], Iterable[str]], scheduler: str = "rr") -> None:
        self._cluster_cidr = cluster_cidr
        self._node_addresses = node_addresses
        self._scheduler = scheduler
        self._addresses: set[str] = set()

    async def apply(self, desired: Desired, changed: Collection[str] | None) -> None:
        """Program everything; see `ProxyBackend`."""
        fronts = [front for key in sorted(desired) for front in desired[key]]
        if changed is None:
            await tool.run("ip", "link", "add", INTERFACE, "type", "dummy", check=False)
            await tool.run("ip", "address", "flush", "dev", INTERFACE)
            await tool.run("nft", "-f", "-", text=masquerade_table(self._cluster_cidr))
            self._addresses = set()
        wanted = set(addresses(fronts))
        batch = [f"address add {a}/32 dev {INTERFACE}" for a in sorted(wanted - self._addresses)]
        batch += [f"address del {a}/32 dev {INTERFACE}" for a in sorted(self._addresses - wanted)]
        if batch:
            await tool.run("ip", "-batch", "-", text="\n".join(batch) + "\n")
        self._addresses = wanted
        await tool.run("ipvsadm", "--restore", text="-C\n" + render(fronts, self._node_addresses(), self._scheduler))

    def service_networks(self, cidrs: tuple[str, ...]) -> None:
        """Addresses no Service has are left to the routes."""

    async def cleanup(self) -> None:
        """Remove virtual servers, the interface and the table."""
        await tool.run("ipvsadm", "--clear", check=False)
        await tool.run("ip", "link", "delete", INTERFACE, check=False)
        await tool.run("nft", "delete", "table", "ip", TABLE, check=False)
