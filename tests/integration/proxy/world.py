"""A node between its Pods, another node and the outside, with a proxy back end programmed from real objects."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from minik8s.api.core_v1 import (
    ClientIPConfig,
    LoadBalancerIngress,
    LoadBalancerStatus,
    Service,
    ServicePort,
    ServiceSpec,
    ServiceStatus,
    SessionAffinityConfig,
)
from minik8s.api.discovery_v1 import Endpoint, EndpointConditions, EndpointPort, EndpointSlice
from minik8s.api.object_meta import ObjectMeta
from proxy import conntrack
from proxy.backend import ProxyBackend
from proxy.topology import Front, NodeView, fronts_of
from tests.integration.netlab import Heard, Lab

CLUSTER_CIDR = "10.244.0.0/16"
NODE = "192.0.2.1"
OUTSIDE = "192.0.2.18"
VIP = "10.96.0.10"
A, B, FAR = "10.244.1.2", "10.244.1.3", "10.244.2.2"
"""Two Pods of this node and one of another."""
WHERE = {A: "node", B: "node", FAR: "far"}


def build(lab: Lab) -> None:
    """Cable everything; a server answers at each Pod on port 8080."""
    lab.machine("node", "a", "b", "far", "outside")
    lab.ip("node", "link add cni0 type bridge", "address add 10.244.1.1/24 dev cni0", "link set cni0 up")
    for pod, address in (("a", A), ("b", B)):
        lab.cable("node", f"v-{pod}", pod, "eth0")
        lab.ip("node", f"link set v-{pod} master cni0", f"link set v-{pod} type bridge_slave hairpin on")
        lab.ip(pod, f"address add {address}/24 dev eth0", "route add default via 10.244.1.1")
    lab.cable("node", "to-far", "far", "eth0")
    lab.ip("node", f"address add {NODE}/28 dev to-far", "route add 10.244.2.0/24 via 192.0.2.2")
    lab.ip(
        "far", "address add 192.0.2.2/28 dev eth0", "route add default via 192.0.2.1", f"address add {FAR}/32 dev lo"
    )
    lab.cable("node", "to-out", "outside", "eth0")
    lab.ip("node", "address add 192.0.2.17/28 dev to-out")
    lab.ip("outside", f"address add {OUTSIDE}/28 dev eth0", "address add 192.0.2.19/28 dev eth0")
    lab.ip("outside", "route add default via 192.0.2.17")
    lab.ip("node", f"route add default via {OUTSIDE}")
    lab.run("outside", "sysctl", "-q", "-w", "net.ipv4.ip_forward=0")
    with lab.inside("node"), open("/proc/sys/net/bridge/bridge-nf-call-iptables", "w") as file:
        file.write("1")
    for name, who, address in (("a", "a", A), ("b", "b", B), ("far", "far", FAR)):
        lab.serve(name, who, address, 8080)
        lab.serve(name, f"{who}-other", address, 9090)


class World:
    """The Services there are; `put` and `remove` program the node as the daemon would."""

    def __init__(self, lab: Lab, make: Callable[[], ProxyBackend]) -> None:
        self.lab, self.make = lab, make
        self.backend = make()
        self.desired: dict[str, tuple[Front, ...]] = {}
        self._synced = False

    def put(self, *pairs: tuple[Service, Sequence[EndpointSlice]]) -> None:
        """Set Services and what is behind them, in one transaction."""
        stale: list[tuple[str, ...]] = []
        changed = []
        for service, slices in pairs:
            key = f"{service.metadata.namespace}/{service.metadata.name}"
            after = fronts_of(service, slices, NodeView("node"))
            stale += conntrack.stale(self.desired.get(key, ()), after)
            self.desired[key] = after
            changed.append(key)
        self._apply(changed, stale)

    def remove(self, *names: str) -> None:
        """Take Services away."""
        keys = [f"default/{name}" for name in names]
        stale = [arguments for key in keys for arguments in conntrack.stale(self.desired.pop(key), ())]
        self._apply(keys, stale)

    def restart(self) -> None:
        """A new process of the proxy, which knows nothing and programs everything."""
        self.backend, self._synced = self.make(), False
        self._apply([], [])

    def _apply(self, changed: list[str], stale: list[tuple[str, ...]]) -> None:
        async def work() -> None:
            await self.backend.apply(self.desired, changed if self._synced else None)
            await conntrack.flush(stale)

        with self.lab.inside("node"):
            asyncio.run(work())
        self._synced = True

    def rules(self) -> str:
        """Everything in the kernel of the node, without counters."""
        with self.lab.inside("node"):
            kept = self.lab.run("node", "nft", "-s", "list", "ruleset")
        return "\n".join(line for line in kept.splitlines() if not line.startswith("#"))

    def heard(self, name: str, address: str, port: int, times: int = 24, udp: bool = False) -> set[str]:
        """Who answers when asked several times."""
        return {self.lab.ask(name, address, port, udp).who for _ in range(times)}

    def ask(self, name: str, address: str, port: int, udp: bool = False, source: str = "") -> Heard:
        """Ask once."""
        return self.lab.ask(name, address, port, udp, source)


def service(
    name: str = "web",
    ip: str = VIP,
    port: int = 80,
    protocol: str = "TCP",
    node_port: int = 0,
    affinity: int = 0,
    balancers: Iterable[str] = (),
    **spec: object,
) -> Service:
    """A Service with one port; `affinity` in seconds."""
    made = ServiceSpec(
        cluster_ip=ip,
        cluster_ips=[ip],
        type="LoadBalancer" if balancers else "NodePort" if node_port else "ClusterIP",
        ports=[ServicePort(name="http", protocol=protocol, port=port, node_port=node_port)],
        session_affinity="ClientIP" if affinity else "None",
        **spec,  # type: ignore[arg-type]
    )
    if affinity:
        made.session_affinity_config = SessionAffinityConfig(client_ip=ClientIPConfig(timeout_seconds=affinity))
    status = ServiceStatus(load_balancer=LoadBalancerStatus(ingress=[LoadBalancerIngress(ip=i) for i in balancers]))
    return Service(metadata=ObjectMeta(name=name, namespace="default"), spec=made, status=status)


def slices(*addresses: str, port: int = 8080, protocol: str = "TCP", ready: bool = True) -> list[EndpointSlice]:
    """One EndpointSlice with these Pods."""
    return [
        EndpointSlice(
            metadata=ObjectMeta(name="s", namespace="default"),
            address_type="IPv4",
            ports=[EndpointPort(name="http", port=port, protocol=protocol)],
            endpoints=[
                Endpoint(addresses=[a], conditions=EndpointConditions(ready=ready), node_name=WHERE.get(a, "far"))
                for a in addresses
            ],
        )
    ]
