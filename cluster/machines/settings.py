"""The whole of a cluster's configuration with its defaults worked out for one machine."""

from __future__ import annotations

import contextlib
import dataclasses
import ipaddress
import socket
from pathlib import Path
from typing import Any

from cluster import machine
from cluster.machines import files
from cluster.machines.kinds import Arg, ClusterConfiguration, InitConfiguration, NodeRegistration, Taint
from cluster.machines.places import MANIFESTS, Places
from cluster.options import PROXY_MODES, ClusterError

BACKENDS = ("host-gw", "vxlan")
CONTROL_PLANE_ROLE = "node-role.kubernetes.io/control-plane"
DEFAULT_TAINT = Taint(key=CONTROL_PLANE_ROLE, effect="NoSchedule")
DOCKER = "unix:///var/run/docker.sock"
_RESOLVED = Path("/run/systemd/resolve/resolv.conf")


@dataclasses.dataclass(slots=True)
class Settings:
    """What a machine of the control plane works with.

    `sqlite` keeps objects in a file in place of etcd, `backend` wires Pods of machines. `joined` says that this is a
    further machine of the control plane, `etcd_members` (as `--initial-cluster`) whose etcd it joins. `ingress`
    says that this machine serves Ingresses.
    """

    init: InitConfiguration
    cluster: ClusterConfiguration
    kubelet: dict[str, Any]
    proxy: dict[str, Any]
    sqlite: bool = False
    backend: str = "host-gw"
    etcd_members: str = ""
    joined: bool = False
    ingress: bool = False

    @property
    def node(self) -> str:
        """This machine's name in the cluster."""
        return self.init.node_registration.name

    @property
    def address(self) -> str:
        """The address this machine's API server advertises."""
        return self.init.local_api_endpoint.advertise_address

    @property
    def port(self) -> int:
        """Its port."""
        return self.init.local_api_endpoint.bind_port

    @property
    def local_server(self) -> str:
        """The URL of this machine's API server."""
        return f"https://{bracket(self.address)}:{self.port}"

    @property
    def endpoint(self) -> str:
        """HOST:PORT by which all machines call the control plane."""
        chosen = self.cluster.control_plane_endpoint
        if not chosen:
            return f"{bracket(self.address)}:{self.port}"
        has_port = chosen.rpartition(":")[2].isdigit() and not chosen.endswith("]")
        return chosen if has_port else f"{chosen}:{self.port}"

    @property
    def server(self) -> str:
        """Its URL."""
        return f"https://{self.endpoint}"

    @property
    def taints(self) -> list[Taint]:
        """The taints of this machine of the control plane."""
        chosen = self.init.node_registration.taints
        return [DEFAULT_TAINT] if chosen is None else chosen


def work_out(settings: Settings) -> None:
    """Fill in what was left open. Raises ClusterError for what cannot be."""
    register = settings.init.node_registration
    complete(register)
    endpoint = settings.init.local_api_endpoint
    if not endpoint.advertise_address:
        endpoint.advertise_address = way_out()
        if not endpoint.advertise_address:
            raise ClusterError(
                "this machine has no default route, so its address cannot be told: "
                "give --apiserver-advertise-address (localAPIEndpoint.advertiseAddress)"
            )
    if settings.sqlite and (settings.cluster.etcd.external or settings.cluster.etcd.local):
        raise ClusterError(
            "--store=sqlite and an etcd in the configuration (etcd.local, etcd.external) exclude each other"
        )
    mode = str(settings.proxy.get("mode") or "nftables")
    if mode not in PROXY_MODES:
        raise ClusterError(f"KubeProxyConfiguration: mode must be one of {', '.join(PROXY_MODES)}, not {mode!r}")
    if settings.backend not in BACKENDS:
        raise ClusterError(f"--pod-network-backend must be one of {', '.join(BACKENDS)}, not {settings.backend!r}")
    networking = settings.cluster.networking
    pods, services = (_first(n) for n in (networking.pod_subnet, networking.service_subnet))
    if pods.overlaps(services):
        raise ClusterError(f"the networks of Pods ({pods}) and of Services ({services}) overlap")
    address = ipaddress.ip_address(endpoint.advertise_address)
    for what, network in (("Pods", pods), ("Services", services)):
        if address in network:
            raise ClusterError(f"this machine's address {address} lies in the network of {what} ({network})")


def _first(subnet: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(subnet.partition(",")[0])


def complete(register: NodeRegistration) -> None:
    """The machine's own name and Docker engine, where none is given."""
    register.name = register.name or socket.gethostname().lower()
    register.cri_socket = register.cri_socket or DOCKER


def way_out(towards: str = "192.0.2.1") -> str:
    """The address this machine uses towards another, "" when it has no way there; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect((towards, 9))
        return str(probe.getsockname()[0])
    return ""


def bracket(host: str) -> str:
    """A host as it stands in a URL."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def cluster_kubelet(settings: Settings) -> dict[str, Any]:
    """The KubeletConfiguration of all machines, as it is kept in the cluster."""
    networking = settings.cluster.networking
    certificates = settings.cluster.certificates_dir
    default: dict[str, Any] = {
        "apiVersion": files.KUBELET,
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": f"{certificates}/ca.crt"},
        },
        "authorization": {"mode": "Webhook"},
        "clusterDNS": [networking.dns_ip],
        "clusterDomain": networking.dns_domain,
        "rotateCertificates": True,
        "staticPodPath": MANIFESTS,
    }
    return {**default, **settings.kubelet}


def own_kubelet(shared: dict[str, Any], places: Places, taints: list[Taint], cgroup_root: str) -> dict[str, Any]:
    """The KubeletConfiguration of this machine: the cluster's, with its own paths and taints."""
    document = dict(shared)
    document.setdefault("apiVersion", files.KUBELET)
    document.setdefault("kind", "KubeletConfiguration")
    if document.get("staticPodPath") == MANIFESTS:
        document["staticPodPath"] = str(places.manifests)
    x509 = dict((document.get("authentication") or {}).get("x509") or {})
    x509["clientCAFile"] = str(places.pki / "ca.crt")
    document["authentication"] = {**(document.get("authentication") or {}), "x509": x509}
    if "resolvConf" not in document and _RESOLVED.exists():
        document["resolvConf"] = str(_RESOLVED)
    if taints:
        document["registerWithTaints"] = [t.model_dump(exclude_none=True, exclude_defaults=True) for t in taints]
    if cgroup_root:
        document["cgroupRoot"] = cgroup_root
    return document


def cluster_proxy(settings: Settings) -> dict[str, Any]:
    """The KubeProxyConfiguration of all machines."""
    default = {
        "apiVersion": files.PROXY,
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clusterCIDR": settings.cluster.networking.pod_subnet,
        "healthzBindAddress": "0.0.0.0:10256",
    }
    return {**default, **{key: value for key, value in settings.proxy.items() if value not in ("", None)}}


def cgroup_root(places: Places, node: str, extra: list[Arg]) -> str:
    """The cgroup of this machine's Pods: its own where one kernel serves several machines."""
    for arg in extra:
        if arg.name == "cgroup-root":
            return arg.value
    return "" if places.is_computer else f"/minik8s-{node}"


def cni_folder() -> str:
    """Where the CNI plugins are. Raises ClusterError."""
    found = machine.cni_folder()
    if found is None:
        raise ClusterError(
            f"the CNI plugins {', '.join(machine.CNI_PLUGINS)} are not in {' or '.join(machine.CNI_FOLDERS)}: "
            "apt-get install containernetworking-plugins"
        )
    return found
