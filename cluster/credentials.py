"""Keys, certificates and kubeconfig files of one cluster, in kubeadm's layout."""

from __future__ import annotations

import base64
import ipaddress
import socket
from pathlib import Path

from cluster import ingress
from cluster.layout import Layout, Node
from cluster.options import Options
from minik8s import pki
from minik8s.client import kubeconfig
from minik8s.pki import KeyPair, Request

ADMIN_GROUP = "kubeadm:cluster-admins"
DAEMONS = {
    "controller-manager": Request("system:kube-controller-manager", client=True),
    "scheduler": Request("system:kube-scheduler", client=True),
    "proxy": Request("system:kube-proxy", client=True),
    "network": Request("system:minik8s:network", client=True),
    "dns": Request("system:minik8s:dns", client=True),
    # The one whose Pods Kubernetes' own manifests give these rights: bindings name its service account.
    "metrics-server": Request(
        "system:serviceaccount:kube-system:metrics-server",
        ("system:serviceaccounts", "system:serviceaccounts:kube-system"),
        client=True,
    ),
    "ingress": Request(ingress.USER, client=True),
    "hollow": Request("system:minik8s:hollow", client=True),
    "admin": Request("kubernetes-admin", (ADMIN_GROUP,), client=True),
    "super-admin": Request("kubernetes-super-admin", ("system:masters",), client=True),
}
"""Who has a kubeconfig file of its own, and as whom; none of the daemons is in system:masters."""


def ensure(layout: Layout, options: Options, nodes: list[Node]) -> None:
    """Make what is missing or running out. Raises PKIError."""
    folder = layout.pki
    ca = pki.ensure_ca(folder, "ca", "kubernetes")
    front = pki.ensure_ca(folder, "front-proxy-ca", "front-proxy-ca")
    pki.ensure_cert(folder, "apiserver", ca, Request("kube-apiserver", hosts=api_hosts(options, nodes), server=True))
    reader = Request("kube-apiserver-kubelet-client", (ADMIN_GROUP,), client=True)
    pki.ensure_cert(folder, "apiserver-kubelet-client", ca, reader)
    pki.ensure_cert(folder, "front-proxy-client", front, Request("front-proxy-client", client=True))
    pki.ensure_service_account_keys(folder)
    for who in ("controller-manager", "scheduler", "network", "proxy", "dns", "hollow"):
        serving = Request(f"{who}.{layout.name}", hosts=("localhost", "127.0.0.1", nodes[0].address), server=True)
        pki.ensure_cert(folder, f"{who}-serving", ca, serving)
    serving = Request("metrics-server", hosts=("metrics-server.kube-system.svc", nodes[0].address), server=True)
    pki.ensure_cert(folder, "metrics-server-serving", ca, serving)
    fallback = Request(ingress.FALLBACK_HOST, hosts=(ingress.FALLBACK_HOST,), server=True)
    pki.ensure_cert(folder, "ingress-fallback", ca, fallback)
    if options.store == "etcd":
        _ensure_etcd(folder)
    server = f"https://{nodes[0].address}:{options.secure_port}"
    for who, request in DAEMONS.items():
        if who == "hollow" and not options.hollow_nodes:
            continue
        local = who in ("admin", "super-admin")
        url = f"https://127.0.0.1:{options.secure_port}" if local else server
        _write(layout, layout.kubeconfig(who), ca, pki.ensure_cert(folder / "clients", who, ca, request), url)
    for node in nodes:
        _ensure_node(layout, node, ca, server)


def _ensure_node(layout: Layout, node: Node, ca: KeyPair, server: str) -> None:
    name = f"system:node:{node.name}"
    folder = layout.pki / "nodes" / node.name
    client = pki.ensure_cert(folder, "kubelet-client", ca, Request(name, ("system:nodes",), client=True))
    hosts = (node.name, node.address, "127.0.0.1", "localhost")
    pki.ensure_cert(folder, "kubelet", ca, Request(name, ("system:nodes",), hosts=hosts, server=True))
    _write(layout, layout.kubeconfig(f"kubelet-{node.name}"), ca, client, server)


def _ensure_etcd(folder: Path) -> None:
    ca = pki.ensure_ca(folder / "etcd", "ca", "etcd-ca")
    hosts = ("localhost", "127.0.0.1")
    for stem in ("server", "peer"):
        request = Request(f"etcd-{stem}", hosts=hosts, server=True, client=True)
        pki.ensure_cert(folder / "etcd", stem, ca, request)
    pki.ensure_cert(folder / "etcd", "healthcheck-client", ca, Request("kube-etcd-healthcheck-client", client=True))
    pki.ensure_cert(folder, "apiserver-etcd-client", ca, Request("kube-apiserver-etcd-client", client=True))


def api_hosts(options: Options, nodes: list[Node]) -> tuple[str, ...]:
    """Every name and address the API server may be called by."""
    service = str(ipaddress.ip_network(options.service_cidr)[1])
    names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"]
    names += [f"kubernetes.default.svc.{options.cluster_domain}", "localhost", nodes[0].name]
    hostname = socket.gethostname().lower()
    if _is_dns_name(hostname):
        names.append(hostname)
    return (*dict.fromkeys(names), service, "127.0.0.1", nodes[0].address, *own_addresses())


def own_addresses() -> list[str]:
    """The address this machine uses towards the world, if it has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return [str(probe.getsockname()[0])]
        except OSError:
            return []


def context(layout: Layout, name: str) -> kubeconfig.Kubeconfig:
    """The user's kubeconfig entries for this cluster, with the certificates inside. Raises ConfigError."""
    found = kubeconfig.read(layout.kubeconfig("admin"))
    cluster, user = found.clusters[0].cluster, found.users[0].user
    user_name = f"{name}-admin"
    return kubeconfig.Kubeconfig(
        clusters=[kubeconfig.NamedCluster(name=name, cluster=cluster)],
        users=[kubeconfig.NamedUser(name=user_name, user=user)],
        contexts=[kubeconfig.NamedContext(name=name, context=kubeconfig.Context(cluster=name, user=user_name))],
        current_context=name,
    )


def _write(layout: Layout, path: Path, ca: KeyPair, pair: KeyPair, server: str) -> None:
    name = layout.name
    cluster = kubeconfig.Cluster(server=server, certificate_authority_data=_base64(ca.cert_pem))
    user = kubeconfig.User(client_certificate_data=_base64(pair.cert_pem), client_key_data=_base64(pair.key_pem))
    config = kubeconfig.Kubeconfig(
        clusters=[kubeconfig.NamedCluster(name=name, cluster=cluster)],
        users=[kubeconfig.NamedUser(name=path.stem, user=user)],
        contexts=[kubeconfig.NamedContext(name=name, context=kubeconfig.Context(cluster=name, user=path.stem))],
        current_context=name,
    )
    content = kubeconfig.encode(config)
    if not path.exists() or path.read_bytes() != content:
        kubeconfig.write_private(path, content)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _is_dns_name(name: str) -> bool:
    return bool(name) and all(c.isalnum() or c in "-." for c in name) and name.isascii()
