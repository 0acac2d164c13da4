"""The command line of every daemon of a machine, with Kubernetes' flags; `extraArgs` of the configuration win."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

from cluster.machines.keys import has_local_etcd
from cluster.machines.kinds import Arg, EnvVar
from cluster.machines.places import ETCD_DATA, Places
from cluster.machines.settings import Settings, bracket, cni_folder
from cluster.processes import environment
from cluster.specs import Spec
from cluster.stages import STAGE_API, STAGE_CONTROL, STAGE_NODE, STAGE_STORE

DNS_PORT = 10053


def control_plane(settings: Settings, places: Places) -> list[Spec]:
    """What a machine of the control plane runs besides what every machine does."""
    found = [etcd(settings, places)] if has_local_etcd(settings) else []
    found += [apiserver(settings, places), controller_manager(settings, places), scheduler(settings, places)]
    if not settings.cluster.dns.disabled and not settings.joined:
        found.append(dns(settings, places))
    if settings.ingress:
        found.append(ingress(settings, places))
    return found


def node(
    places: Places, name: str, address: str, docker: str, extra: list[Arg], backend: str, pod_cidr: str, proxied: bool
) -> list[Spec]:
    """What every machine runs; the network agent and the proxy act as the node, with the kubelet's certificate."""
    kubeconfig = str(places.conf("kubelet"))
    found = [
        kubelet(places, name, address, docker, extra),
        _ours(
            places,
            "network",
            "network",
            {
                "kubeconfig": kubeconfig,
                "hostname-override": name,
                "backend": backend,
                "cluster-cidr": pod_cidr,
                "cni-conf-dir": places.cni_conf,
                "cni-data-dir": places.cni_data,
                "healthz-bind-address": "127.0.0.1:10254",
            },
            stage=STAGE_NODE,
            needs=[kubeconfig],
        ),
    ]
    if proxied:
        flags = {"kubeconfig": kubeconfig, "config": places.proxy_config, "hostname-override": name}
        found.append(_ours(places, "proxy", "proxy", flags, stage=STAGE_NODE, needs=[kubeconfig]))
    return found


def _ours(
    places: Places,
    name: str,
    module: str,
    flags: Mapping[str, Any],
    extra: Iterable[Arg] = (),
    envs: Iterable[EnvVar] = (),
    **more: Any,
) -> Spec:
    argv = [sys.executable, "-m", module, *arguments(flags, extra)]
    env = environment() | {e.name: e.value for e in envs}
    return Spec(name, argv, str(places.layout.log(name)), env=env, **more)


def arguments(flags: Mapping[str, Any], extra: Iterable[Arg] = ()) -> list[str]:
    """Flags as arguments; a further one of the same name takes the place of ours, or of each other's side."""
    given: dict[str, list[str]] = {}
    for arg in extra:
        given.setdefault(arg.name, []).append(arg.value)
    merged = {name: [str(value)] for name, value in flags.items()} | given
    return [f"--{name}={value}" for name, values in merged.items() for value in values]


def etcd(settings: Settings, places: Places) -> Spec:
    """This machine's etcd member."""
    local = settings.cluster.etcd.local
    folder = places.pki / "etcd"
    address = bracket(settings.address)
    flags = {
        "name": settings.node,
        "data-dir": places.chosen(local.data_dir if local else "", ETCD_DATA),
        "listen-client-urls": f"https://127.0.0.1:2379,https://{address}:2379",
        "advertise-client-urls": f"https://{address}:2379",
        "listen-peer-urls": f"https://{address}:2380",
        "initial-advertise-peer-urls": f"https://{address}:2380",
        "initial-cluster": settings.etcd_members or f"{settings.node}=https://{address}:2380",
        "initial-cluster-state": "existing" if settings.etcd_members else "new",
        "cert-file": folder / "server.crt",
        "key-file": folder / "server.key",
        "client-cert-auth": "true",
        "trusted-ca-file": folder / "ca.crt",
        "peer-cert-file": folder / "peer.crt",
        "peer-key-file": folder / "peer.key",
        "peer-client-cert-auth": "true",
        "peer-trusted-ca-file": folder / "ca.crt",
        "snapshot-count": 10000,
        "logger": "zap",
        "log-level": "warn",
    }
    envs = {e.name: e.value for e in local.extra_envs} if local else {}
    return Spec(
        "etcd",
        ["etcd", *arguments(flags, local.extra_args if local else ())],
        str(places.layout.log("etcd")),
        stage=STAGE_STORE,
        env=envs,
    )


def apiserver(settings: Settings, places: Places) -> Spec:
    """The API server."""
    pki = places.pki
    cluster = settings.cluster
    flags: dict[str, Any] = {
        "advertise-address": settings.address,
        "secure-port": settings.port,
        "allow-privileged": "true",
        "authorization-mode": "Node,RBAC",
        "client-ca-file": pki / "ca.crt",
        "enable-admission-plugins": "NodeRestriction",
        "enable-bootstrap-token-auth": "true",
        "kubelet-client-certificate": pki / "apiserver-kubelet-client.crt",
        "kubelet-client-key": pki / "apiserver-kubelet-client.key",
        "kubelet-preferred-address-types": "InternalIP,ExternalIP,Hostname",
        "proxy-client-cert-file": pki / "front-proxy-client.crt",
        "proxy-client-key-file": pki / "front-proxy-client.key",
        "requestheader-allowed-names": "front-proxy-client",
        "requestheader-client-ca-file": pki / "front-proxy-ca.crt",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-username-headers": "X-Remote-User",
        "service-account-issuer": f"https://kubernetes.default.svc.{cluster.networking.dns_domain}",
        "service-account-key-file": pki / "sa.pub",
        "service-account-signing-key-file": pki / "sa.key",
        "service-cluster-ip-range": cluster.networking.service_subnet,
        "tls-cert-file": pki / "apiserver.crt",
        "tls-private-key-file": pki / "apiserver.key",
    }
    flags |= _store(settings, places)
    component = cluster.api_server
    return _ours(
        places,
        "apiserver",
        "apiserver",
        flags,
        component.extra_args,
        component.extra_envs,
        stage=STAGE_API,
        stop_seconds=20,
    )


def _store(settings: Settings, places: Places) -> dict[str, Any]:
    external = settings.cluster.etcd.external
    if settings.sqlite:
        return {"sqlite-path": places.sqlite}
    if external is None:
        return {
            "etcd-servers": "https://127.0.0.1:2379",
            "etcd-cafile": places.pki / "etcd" / "ca.crt",
            "etcd-certfile": places.pki / "apiserver-etcd-client.crt",
            "etcd-keyfile": places.pki / "apiserver-etcd-client.key",
        }
    files = {"etcd-cafile": external.ca_file, "etcd-certfile": external.cert_file, "etcd-keyfile": external.key_file}
    return {"etcd-servers": ",".join(external.endpoints)} | {flag: file for flag, file in files.items() if file}


def _serving(settings: Settings, places: Places, who: str) -> dict[str, Any]:
    kubeconfig = places.conf(who)
    return {
        "kubeconfig": kubeconfig,
        "authentication-kubeconfig": kubeconfig,
        "authorization-kubeconfig": kubeconfig,
        "client-ca-file": places.pki / "ca.crt",
        "tls-cert-file": places.serving / f"{who}.crt",
        "tls-private-key-file": places.serving / f"{who}.key",
        "bind-address": "127.0.0.1",
        # With SQLite there can be no other: an election would only delay the restart of a killed one by its lease.
        "leader-elect": "false" if settings.sqlite else "true",
    }


def controller_manager(settings: Settings, places: Places) -> Spec:
    """The controller manager, with the controllers that let machines join."""
    pki = places.pki
    cluster = settings.cluster
    flags = _serving(settings, places, "controller-manager") | {
        "allocate-node-cidrs": "true",
        "cluster-cidr": cluster.networking.pod_subnet,
        "service-cluster-ip-range": cluster.networking.service_subnet,
        "cluster-name": cluster.cluster_name,
        "cluster-signing-cert-file": pki / "ca.crt",
        "cluster-signing-key-file": pki / "ca.key",
        "controllers": "*,bootstrapsigner,tokencleaner",
        "root-ca-file": pki / "ca.crt",
        "service-account-private-key-file": pki / "sa.key",
        "use-service-account-credentials": "true",
    }
    component = cluster.controller_manager
    return _ours(
        places,
        "controller-manager",
        "controllers",
        flags,
        component.extra_args,
        component.extra_envs,
        stage=STAGE_CONTROL,
    )


def scheduler(settings: Settings, places: Places) -> Spec:
    """The scheduler."""
    flags = _serving(settings, places, "scheduler")
    component = settings.cluster.scheduler
    return _ours(
        places, "scheduler", "scheduler", flags, component.extra_args, component.extra_envs, stage=STAGE_CONTROL
    )


def dns(settings: Settings, places: Places) -> Spec:
    """Cluster DNS: a process of the control plane that keeps the Service kube-dns leading to it."""
    networking = settings.cluster.networking
    flags = {
        "kubeconfig": places.conf("dns"),
        "bind-address": settings.address,
        "port": DNS_PORT,
        "cluster-domain": networking.dns_domain,
        "publish-service": networking.dns_ip,
        "healthz-bind-address": "127.0.0.1:10255",
    }
    return _ours(places, "dns", "clusterdns", flags, stage=STAGE_CONTROL)


def ingress(settings: Settings, places: Places) -> Spec:
    """The ingress controller: a process of the control plane that serves on the machine's own ports."""
    flags = {
        "kubeconfig": places.conf("ingress"),
        "publish-status-address": settings.address,
        "state-dir": places.layout.run / "ingress",
        "default-tls-cert-file": places.serving / "ingress.crt",
        "default-tls-private-key-file": places.serving / "ingress.key",
        "resolver": f"{bracket(settings.address)}:{DNS_PORT}",
        "healthz-bind-address": "127.0.0.1:10252",
    }
    if settings.cluster.dns.disabled:
        del flags["resolver"]
    return _ours(places, "ingress", "ingress", flags, stage=STAGE_CONTROL)


def kubelet(places: Places, name: str, address: str, docker: str, extra: list[Arg]) -> Spec:
    """The kubelet."""
    flags = {
        "bootstrap-kubeconfig": places.conf("bootstrap-kubelet"),
        "kubeconfig": places.conf("kubelet"),
        "config": places.kubelet_config,
        "hostname-override": name,
        "node-ip": address,
        "docker-endpoint": docker,
        "root-dir": places.kubelet,
        "cert-dir": places.kubelet / "pki",
        "cni-conf-dir": places.cni_conf,
        "cni-bin-dir": cni_folder(),
    }
    return _ours(places, "kubelet", "kubelet", flags, extra, stage=STAGE_NODE, stop_seconds=15)
