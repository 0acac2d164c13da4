"""Keys, certificates and kubeconfig files of a machine of the control plane, in kubeadm's layout."""

from __future__ import annotations

import base64
import ipaddress
from pathlib import Path

from cluster import ingress
from cluster.machines.pins import key_hash
from cluster.machines.places import Places
from cluster.machines.settings import Settings
from cluster.options import ClusterError
from minik8s import pki
from minik8s.client import kubeconfig
from minik8s.daemon.flags import parse_duration
from minik8s.pki import KeyPair, PKIError, Request

ADMIN_GROUP = "kubeadm:cluster-admins"
CLIENTS = {
    "admin": Request("kubernetes-admin", (ADMIN_GROUP,), client=True),
    "super-admin": Request("kubernetes-super-admin", ("system:masters",), client=True),
    "controller-manager": Request("system:kube-controller-manager", client=True),
    "scheduler": Request("system:kube-scheduler", client=True),
    "dns": Request("system:minik8s:dns", client=True),
    "ingress": Request(ingress.USER, client=True),
}
"""Who has a kubeconfig file with a certificate of its own; the daemons of nodes act as the node."""


def days(period: str) -> int:
    """A period of the configuration in whole days, one at least."""
    return max(1, int(parse_duration(period) // 86400))


def certificates(settings: Settings, places: Places) -> dict[str, tuple[str, Request]]:
    """Every certificate of `pki`, by its path there without `.crt`: the authority's path, and what it is for."""
    valid = days(settings.cluster.certificate_validity_period)
    found = {
        "apiserver": ("ca", Request("kube-apiserver", hosts=api_hosts(settings), server=True, days=valid)),
        "apiserver-kubelet-client": (
            "ca",
            Request("kube-apiserver-kubelet-client", (ADMIN_GROUP,), client=True, days=valid),
        ),
        "front-proxy-client": ("front-proxy-ca", Request("front-proxy-client", client=True, days=valid)),
    }
    if has_local_etcd(settings):
        local = settings.cluster.etcd.local
        hosts = ("localhost", "127.0.0.1", "::1", settings.node, settings.address)
        server = hosts + tuple(local.server_cert_sans if local else ())
        peer = hosts + tuple(local.peer_cert_sans if local else ())
        found |= {
            "etcd/server": ("etcd/ca", Request(settings.node, (), server, True, True, valid)),
            "etcd/peer": ("etcd/ca", Request(settings.node, (), peer, True, True, valid)),
            "etcd/healthcheck-client": ("etcd/ca", Request("kube-etcd-healthcheck-client", client=True, days=valid)),
            "apiserver-etcd-client": ("etcd/ca", Request("kube-apiserver-etcd-client", client=True, days=valid)),
        }
    return found


def has_local_etcd(settings: Settings) -> bool:
    """Whether this machine runs etcd."""
    return not settings.sqlite and settings.cluster.etcd.external is None


def ensure(settings: Settings, places: Places) -> None:
    """Make what is missing; authorities that are there are used. Raises PKIError.

    The kubelet's certificate is made on the first machine alone: a further one asks for it as every node does.
    """
    folder = places.pki
    authorities = {"ca": "kubernetes", "front-proxy-ca": "front-proxy-ca"}
    if has_local_etcd(settings):
        authorities["etcd/ca"] = "etcd-ca"
    valid = days(settings.cluster.ca_certificate_validity_period)
    held = {stem: _authority(folder, stem, name, valid) for stem, name in authorities.items()}
    for stem, (signer, request) in certificates(settings, places).items():
        path = folder / stem
        pki.ensure_cert(path.parent, path.name, held[signer], request)
    pki.ensure_service_account_keys(folder)
    ca = held["ca"]
    for who in ("controller-manager", "scheduler"):
        serving = Request(who, hosts=("localhost", "127.0.0.1", settings.node), server=True)
        pki.ensure_cert(places.serving, who, ca, serving)
    if settings.ingress:
        name = ingress.FALLBACK_HOST
        pki.ensure_cert(places.serving, "ingress", ca, Request(name, hosts=(name,), server=True))
    for who in CLIENTS:
        if who != "ingress" or settings.ingress:
            write_client(settings, places, ca, who)
    if not settings.joined:
        ensure_kubelet(settings, places, ca)


def _authority(folder: Path, stem: str, name: str, valid: int) -> KeyPair:
    path = folder / stem
    cert, key = path.with_name(f"{path.name}.crt"), path.with_name(f"{path.name}.key")
    if not cert.exists() and not key.exists():
        made = pki.new_ca(name, valid)
        pki.write_pair(cert, key, made)
        return made
    return pki.ensure_ca(path.parent, path.name, name)


def server_of(settings: Settings, who: str) -> str:
    """The URL in a kubeconfig file: the machine's own daemons call the machine's own API server."""
    return settings.local_server if who in ("controller-manager", "scheduler", "dns", "ingress") else settings.server


def write_client(settings: Settings, places: Places, ca: KeyPair, who: str, force: bool = False) -> None:
    """A kubeconfig file with a fresh certificate; one that is there and fits is left alone unless `force`."""
    path = places.conf(who)
    asked = CLIENTS[who]
    request = Request(asked.name, asked.groups, client=True, days=days(settings.cluster.certificate_validity_period))
    url = server_of(settings, who)
    if path.exists() and not force:
        found = kubeconfig.to_client_config(kubeconfig.read(path))
        if found.server != url:
            raise ClusterError(f"{path} leads to {found.server}, not to {url}: remove it, or minik8s reset")
        return
    pair = pki.issue(ca, request)
    user = kubeconfig.User(client_certificate_data=_base64(pair.cert_pem), client_key_data=_base64(pair.key_pem))
    name = settings.cluster.cluster_name
    kubeconfig.write_private(path, kubeconfig.encode(document(url, ca.cert_pem, user, asked.name, name)))


def ensure_kubelet(settings: Settings, places: Places, ca: KeyPair) -> None:
    """The kubelet's own certificate and kubeconfig on a machine that signs for itself; it is rotated from then on."""
    current = places.kubelet_client
    if not current.exists():
        name = f"system:node:{settings.node}"
        valid = days(settings.cluster.certificate_validity_period)
        pair = pki.issue(ca, Request(name, ("system:nodes",), client=True, days=valid))
        dated = current.with_name("kubelet-client-init.pem")
        pki.write(dated, pair.cert_pem + pair.key_pem, 0o600)
        current.symlink_to(dated.name)
    user = kubeconfig.User(client_certificate=str(current), client_key=str(current))
    made = document(settings.server, ca.cert_pem, user, f"system:node:{settings.node}", settings.cluster.cluster_name)
    kubeconfig.write_private(places.conf("kubelet"), kubeconfig.encode(made))


def document(server: str, ca: bytes, user: kubeconfig.User, name: str, cluster: str) -> kubeconfig.Kubeconfig:
    """A kubeconfig file of one user and one cluster."""
    where = kubeconfig.Cluster(server=server, certificate_authority_data=_base64(ca) if ca else "")
    context = f"{name}@{cluster}"
    return kubeconfig.Kubeconfig(
        clusters=[kubeconfig.NamedCluster(name=cluster, cluster=where)],
        users=[kubeconfig.NamedUser(name=name, user=user)],
        contexts=[kubeconfig.NamedContext(name=context, context=kubeconfig.Context(cluster=cluster, user=name))],
        current_context=context,
    )


def api_hosts(settings: Settings) -> tuple[str, ...]:
    """Every name and address the API server may be called by."""
    networking = settings.cluster.networking
    service = str(ipaddress.ip_network(networking.service_subnet.partition(",")[0])[1])
    names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"]
    names += [f"kubernetes.default.svc.{networking.dns_domain}", settings.node, service, settings.address]
    host = settings.endpoint.rpartition(":")[0].strip("[]")
    return tuple(dict.fromkeys([*names, host, "localhost", "127.0.0.1", *settings.cluster.api_server.cert_sans]))


def hashes_of(ca_pem: bytes) -> list[str]:
    """The hashes of the keys of a CA bundle, for `--discovery-token-ca-cert-hash`. Raises PKIError."""
    from cryptography import x509

    try:
        return [key_hash(certificate) for certificate in x509.load_pem_x509_certificates(ca_pem)]
    except ValueError as error:
        raise PKIError(f"the CA is no certificate: {error}") from None


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
