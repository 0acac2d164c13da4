"""The command line of every process of a cluster that is ours, with Kubernetes' flags; and which ones there are."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from cluster import foreign, machine
from cluster import ingress as ingresses
from cluster.layout import Layout, Node
from cluster.options import Options
from cluster.specs import Spec
from cluster.stages import STAGE_API, STAGE_CONTROL, STAGE_NODE

DNS_PORT = 10053
METRICS_PORT = 10253
INGRESS_HEALTH_PORT = 10252
HOLLOW_PORT = 10251


def environment() -> dict[str, str]:
    """What our processes find in their environment: where our code is, and a frugal allocator."""
    home = str(Path(__file__).resolve().parent.parent)
    return {"PYTHONPATH": home, "MALLOC_ARENA_MAX": "2", "PYTHONUNBUFFERED": "1"}


def specs(layout: Layout, options: Options, nodes: list[Node], own_docker: bool) -> list[Spec]:
    """All processes; `own_docker` when the machine's Docker engine is ours to run."""
    found = [foreign.containerd(layout)] if own_docker or len(nodes) > 1 else []
    if own_docker:
        found.append(
            foreign.dockerd(layout, nodes[0], Path("/var/lib/docker"), Path("/run/docker"), machine.DOCKER_SOCKET)
        )
    for node in nodes[1:]:
        found.append(foreign.node_dockerd(layout, node))
    if options.store == "etcd":
        found.append(foreign.etcd(layout))
    found += [apiserver(layout, options, nodes), controller_manager(layout, options), scheduler(layout, options)]
    for node in nodes:
        found += node_specs(layout, options, node)
    found += [dns(layout, options, nodes[0]), metrics_server(layout, options, nodes[0])]
    if options.ingress and ingresses.is_installed():
        found.append(ingress(layout, options, nodes[0]))
    if options.hollow_nodes:
        found.append(hollow(layout, options, nodes[0]))
    return found


def node_specs(layout: Layout, options: Options, node: Node) -> list[Spec]:
    """What runs on every node."""
    return [kubelet(layout, options, node), network(layout, options, node), proxy(layout, options, node)]


def _ours(layout: Layout, name: str, module: str, flags: dict[str, Any], options: Options, **more: Any) -> Spec:
    argv = [sys.executable, "-m", module, *(f"--{flag}={value}" for flag, value in flags.items())]
    argv.append(f"--v={options.verbosity}")
    return Spec(name, argv, str(layout.log(name)), env=environment(), **more)


def apiserver(layout: Layout, options: Options, nodes: list[Node]) -> Spec:
    """The API server."""
    pki = layout.pki
    flags: dict[str, Any] = {
        "secure-port": options.secure_port,
        "advertise-address": nodes[0].address,
        "client-ca-file": pki / "ca.crt",
        "tls-cert-file": pki / "apiserver.crt",
        "tls-private-key-file": pki / "apiserver.key",
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",
        "service-account-issuer": f"https://kubernetes.default.svc.{options.cluster_domain}",
        "service-account-key-file": pki / "sa.pub",
        "service-account-signing-key-file": pki / "sa.key",
        "service-cluster-ip-range": options.service_cidr,
        "kubelet-client-certificate": pki / "apiserver-kubelet-client.crt",
        "kubelet-client-key": pki / "apiserver-kubelet-client.key",
        "kubelet-certificate-authority": pki / "ca.crt",
        "kubelet-preferred-address-types": "InternalIP,ExternalIP,Hostname",
        "requestheader-client-ca-file": pki / "front-proxy-ca.crt",
        "requestheader-allowed-names": "front-proxy-client",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-username-headers": "X-Remote-User",
        "proxy-client-cert-file": pki / "front-proxy-client.crt",
        "proxy-client-key-file": pki / "front-proxy-client.key",
    }
    if options.store == "etcd":
        flags |= {
            "etcd-servers": "https://127.0.0.1:2379",
            "etcd-cafile": pki / "etcd" / "ca.crt",
            "etcd-certfile": pki / "apiserver-etcd-client.crt",
            "etcd-keyfile": pki / "apiserver-etcd-client.key",
        }
    else:
        flags["sqlite-path"] = layout.store / "minik8s.db"
    return _ours(
        layout,
        "apiserver",
        "apiserver",
        flags,
        options,
        stage=STAGE_API,
        health=f"https://127.0.0.1:{options.secure_port}/readyz",
        stop_seconds=20,
    )


def _serving(layout: Layout, who: str) -> dict[str, Any]:
    kubeconfig = layout.kubeconfig(who)
    return {
        "kubeconfig": kubeconfig,
        "authentication-kubeconfig": kubeconfig,
        "authorization-kubeconfig": kubeconfig,
        "client-ca-file": layout.pki / "ca.crt",
        "tls-cert-file": layout.pki / f"{who}-serving.crt",
        "tls-private-key-file": layout.pki / f"{who}-serving.key",
        "bind-address": "127.0.0.1",
        # One of each on this machine: an election would only delay the restart of a killed one by its lease.
        "leader-elect": "false",
    }


def controller_manager(layout: Layout, options: Options) -> Spec:
    """The controller manager."""
    pki = layout.pki
    flags = _serving(layout, "controller-manager") | {
        "allocate-node-cidrs": "true",
        "cluster-cidr": options.pod_cidr,
        "service-cluster-ip-range": options.service_cidr,
        "cluster-name": layout.name,
        "root-ca-file": pki / "ca.crt",
        "service-account-private-key-file": pki / "sa.key",
        "cluster-signing-cert-file": pki / "ca.crt",
        "cluster-signing-key-file": pki / "ca.key",
        # What is off by default and works on bootstrap tokens is on, as kubeadm has it.
        "controllers": "*,bootstrapsigner,tokencleaner",
        "use-service-account-credentials": "true",
    }
    health = "https://127.0.0.1:10257/healthz"
    return _ours(layout, "controller-manager", "controllers", flags, options, stage=STAGE_CONTROL, health=health)


def scheduler(layout: Layout, options: Options) -> Spec:
    """The scheduler."""
    health = "https://127.0.0.1:10259/healthz"
    flags = _serving(layout, "scheduler")
    return _ours(layout, "scheduler", "scheduler", flags, options, stage=STAGE_CONTROL, health=health)


def docker_endpoint(node: Node) -> str:
    """Where the node's kubelet finds its Docker engine."""
    return f"unix://{machine.DOCKER_SOCKET if node.is_machine else node.docker_socket}"


def kubelet(layout: Layout, options: Options, node: Node) -> Spec:
    """A node's kubelet."""
    flags = {
        "kubeconfig": layout.kubeconfig(f"kubelet-{node.name}"),
        "config": node.run / "kubelet.yaml",
        "hostname-override": node.name,
        "node-ip": node.address,
        "docker-endpoint": docker_endpoint(node),
        "root-dir": node.kubelet_root,
        "cni-conf-dir": node.cni_conf,
        "cni-bin-dir": machine.cni_folder() or machine.CNI_FOLDERS[0],
    }
    return _ours(
        layout,
        f"kubelet-{node.name}",
        "kubelet",
        flags,
        options,
        stage=STAGE_NODE,
        node=node.name,
        netns=node.netns,
        needs=[docker_endpoint(node).removeprefix("unix://")],
        health=f"https://{node.address}:10250/healthz",
        stop_seconds=15,
    )


_EVICTION = {
    "memory.available": "100Mi",
    "nodefs.available": "0%",
    "nodefs.inodesFree": "0%",
    "imagefs.available": "0%",
    "imagefs.inodesFree": "0%",
}


def kubelet_config(layout: Layout, options: Options, node: Node) -> dict[str, Any]:
    """A kubelet's KubeletConfiguration."""
    folder = layout.pki / "nodes" / node.name
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(layout.pki / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "clusterDNS": [options.dns_ip],
        "clusterDomain": options.cluster_domain,
        "tlsCertFile": str(folder / "kubelet.crt"),
        "tlsPrivateKeyFile": str(folder / "kubelet.key"),
        "staticPodPath": str(node.state / "manifests"),
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{layout.name}/{node.name}",
        # The disk and the images are the person's own: a full disk is no reason to remove images that may be nowhere
        # else, nor to end Pods. Nobody's room but this machine's would be won.
        "imageGCHighThresholdPercent": 100,
        "evictionHard": _EVICTION,
    }


def network(layout: Layout, options: Options, node: Node) -> Spec:
    """A node's Pod network agent."""
    flags = {
        "kubeconfig": layout.kubeconfig("network"),
        "hostname-override": node.name,
        "cluster-cidr": options.pod_cidr,
        "cni-conf-dir": node.cni_conf,
        "cni-data-dir": node.cni_data,
        "healthz-bind-address": f"{node.address}:10254",
    }
    return _ours(
        layout,
        f"network-{node.name}",
        "network",
        flags,
        options,
        stage=STAGE_NODE,
        node=node.name,
        netns=node.netns,
        health=f"http://{node.address}:10254/healthz",
    )


def proxy(layout: Layout, options: Options, node: Node) -> Spec:
    """A node's Service proxy."""
    flags = {
        "kubeconfig": layout.kubeconfig("proxy"),
        "hostname-override": node.name,
        "proxy-mode": options.proxy_mode,
        "cluster-cidr": options.pod_cidr,
        "detect-local-mode": "NodeCIDR",
        # Load balancers ask on any address of the node, and those on it on localhost.
        "healthz-bind-address": "0.0.0.0:10256",
    }
    return _ours(
        layout,
        f"proxy-{node.name}",
        "proxy",
        flags,
        options,
        stage=STAGE_NODE,
        node=node.name,
        netns=node.netns,
        health=f"http://{node.address}:10256/readyz",
    )


def dns(layout: Layout, options: Options, node: Node) -> Spec:
    """Cluster DNS: a process on the first node, behind the Service kube-dns."""
    flags = {
        "kubeconfig": layout.kubeconfig("dns"),
        "bind-address": node.address,
        "port": DNS_PORT,
        "cluster-domain": options.cluster_domain,
        "healthz-bind-address": f"{node.address}:10255",
    }
    return _ours(
        layout,
        "dns",
        "clusterdns",
        flags,
        options,
        stage=STAGE_CONTROL,
        node=node.name,
        health=f"http://{node.address}:10255/healthz",
    )


def metrics_server(layout: Layout, options: Options, node: Node) -> Spec:
    """The metrics server: a process on the first node, behind the Service metrics-server."""
    pki = layout.pki
    flags = {
        "kubeconfig": layout.kubeconfig("metrics-server"),
        "bind-address": node.address,
        "secure-port": METRICS_PORT,
        "tls-cert-file": pki / "metrics-server-serving.crt",
        "tls-private-key-file": pki / "metrics-server-serving.key",
        "client-ca-file": pki / "ca.crt",
        "requestheader-client-ca-file": pki / "front-proxy-ca.crt",
        "requestheader-allowed-names": "front-proxy-client",
        # Hollow nodes have addresses that lead nowhere: where their metrics are is their internal name.
        "kubelet-preferred-address-types": "InternalDNS,InternalIP,ExternalIP,Hostname",
        "kubelet-use-node-status-port": "true",
    }
    return _ours(
        layout,
        "metrics-server",
        "metrics_server",
        flags,
        options,
        stage=STAGE_CONTROL,
        node=node.name,
        health=f"https://{node.address}:{METRICS_PORT}/livez",
    )


def ingress_folder(layout: Layout) -> Path:
    """Where the ingress controller keeps nginx's files."""
    return layout.run / "ingress"


def ingress(layout: Layout, options: Options, node: Node) -> Spec:
    """The ingress controller: a process on the first node, whose addresses Ingresses are reached at."""
    flags = {
        "kubeconfig": layout.kubeconfig("ingress"),
        "http-port": options.ingress_http_port,
        "https-port": options.ingress_https_port,
        "publish-status-address": node.address,
        "state-dir": ingress_folder(layout),
        "default-tls-cert-file": layout.pki / "ingress-fallback.crt",
        "default-tls-private-key-file": layout.pki / "ingress-fallback.key",
        # Names of Services as well as others.
        "resolver": f"{node.address}:{DNS_PORT}",
        "healthz-bind-address": f"{node.address}:{INGRESS_HEALTH_PORT}",
        "leader-elect": "false",
    }
    return _ours(
        layout,
        ingresses.PROCESS,
        "ingress",
        flags,
        options,
        stage=STAGE_CONTROL,
        node=node.name,
        health=f"http://{node.address}:{INGRESS_HEALTH_PORT}/healthz",
    )


def hollow(layout: Layout, options: Options, node: Node) -> Spec:
    """Nodes that run nothing, all in one process."""
    flags = {
        "kubeconfig": layout.kubeconfig("hollow"),
        "nodes": options.hollow_nodes,
        "name-prefix": f"{layout.name}-hollow",
        "address": node.address,
        "port": HOLLOW_PORT,
        "tls-cert-file": layout.pki / "hollow-serving.crt",
        "tls-private-key-file": layout.pki / "hollow-serving.key",
        "client-ca-file": layout.pki / "ca.crt",
    }
    return _ours(layout, "hollow-nodes", "kubelet.hollow", flags, options, stage=STAGE_NODE)
