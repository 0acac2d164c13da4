"""What the type of a service means for its fields, and what becomes of them when the type changes."""

from __future__ import annotations

from minik8s.api.core_v1 import Service, ServiceSpec


def externally_accessible(spec: ServiceSpec) -> bool:
    """Whether traffic from outside of the cluster can reach the service."""
    return spec.type in ("LoadBalancer", "NodePort") or (spec.type == "ClusterIP" and bool(spec.external_ips))


def needs_cluster_ip(spec: ServiceSpec) -> bool:
    """Whether a service of this type has an address in the cluster."""
    return spec.type != "ExternalName"


def needs_node_port(spec: ServiceSpec) -> bool:
    """Whether a service of this type has ports on the nodes."""
    return spec.type in ("NodePort", "LoadBalancer")


def needs_health_check(spec: ServiceSpec) -> bool:
    """Whether load balancers must ask nodes if they have a pod of the service."""
    return spec.type == "LoadBalancer" and spec.external_traffic_policy == "Local"


def is_headless(spec: ServiceSpec) -> bool:
    """Whether the service is a name only."""
    return spec.cluster_ips == ["None"]


def _same_cluster_ips(new: ServiceSpec, old: ServiceSpec) -> bool:
    return new.cluster_ips == old.cluster_ips


def normalize_cluster_ips(new: Service, old: Service | None) -> None:
    """Keep the one address and the list of addresses in step, for clients that know only one of them."""
    mine = new.spec
    if old is None:
        if mine.cluster_ip and not mine.cluster_ips:
            mine.cluster_ips = [mine.cluster_ip]
        return
    theirs = old.spec
    if theirs.cluster_ips and not mine.cluster_ips and mine.cluster_ip == theirs.cluster_ip:
        mine.cluster_ips = list(theirs.cluster_ips)
    if mine.cluster_ip != theirs.cluster_ip and _same_cluster_ips(mine, theirs):
        if theirs.cluster_ip and not mine.cluster_ip:
            mine.cluster_ips = []
        else:
            mine.cluster_ips = [mine.cluster_ip]


def keep_allocated_values(new: Service, old: Service) -> None:
    """A writer that leaves out what was handed out means to keep it."""
    mine, theirs = new.spec, old.spec
    if needs_cluster_ip(theirs) and needs_cluster_ip(mine):
        mine.cluster_ip = mine.cluster_ip or theirs.cluster_ip
        if not mine.cluster_ips:
            mine.cluster_ips = list(theirs.cluster_ips)
    if needs_node_port(theirs) and needs_node_port(mine):
        before = {port.node_port for port in theirs.ports if port.node_port}
        used = {port.node_port for port in mine.ports if port.node_port} & before
        by_name = {port.name: port.node_port for port in theirs.ports}
        for port in mine.ports:
            if not port.node_port:
                kept = by_name.get(port.name, 0)
                if kept not in used:
                    port.node_port = kept
    if needs_health_check(theirs) and needs_health_check(mine) and not mine.health_check_node_port:
        mine.health_check_node_port = theirs.health_check_node_port


def drop_type_dependent(new: Service, old: Service) -> None:
    """Fields that the old type needed and the new one does not go, unless the writer changed them."""
    mine, theirs = new.spec, old.spec
    if needs_cluster_ip(theirs) and not needs_cluster_ip(mine):
        if mine.cluster_ip == theirs.cluster_ip and _same_cluster_ips(mine, theirs):
            mine.cluster_ip, mine.cluster_ips = "", []
        if mine.ip_families == theirs.ip_families:
            mine.ip_families = []
        if (mine.ip_family_policy or "") == (theirs.ip_family_policy or ""):
            mine.ip_family_policy = None
    if needs_node_port(theirs) and not needs_node_port(mine):
        before = {port.node_port for port in theirs.ports if port.node_port}
        if {port.node_port for port in mine.ports if port.node_port} <= before:
            for port in mine.ports:
                port.node_port = 0
    if needs_health_check(theirs) and not needs_health_check(mine):
        if mine.health_check_node_port == theirs.health_check_node_port:
            mine.health_check_node_port = 0
    if theirs.type == "LoadBalancer" and mine.type != "LoadBalancer":
        if mine.allocate_load_balancer_node_ports == theirs.allocate_load_balancer_node_ports:
            mine.allocate_load_balancer_node_ports = None
        if mine.load_balancer_class == theirs.load_balancer_class:
            mine.load_balancer_class = None
    if externally_accessible(theirs) and not externally_accessible(mine):
        if mine.external_traffic_policy == theirs.external_traffic_policy:
            mine.external_traffic_policy = ""
