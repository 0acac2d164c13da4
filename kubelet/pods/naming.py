"""Names inside a Pod: its host name, /etc/hosts and /etc/resolv.conf."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from kubelet.options import KubeletConfiguration
from minik8s.api.core_v1 import Pod

_LOOPBACK = (
    "127.0.0.1\tlocalhost\n"
    "::1\tlocalhost ip6-localhost ip6-loopback\n"
    "fe00::0\tip6-localnet\n"
    "fe00::0\tip6-mcastprefix\n"
    "fe00::1\tip6-allnodes\n"
    "fe00::2\tip6-allrouters\n"
)
MAX_NAMESERVERS, MAX_SEARCHES = 3, 32


def host_name(pod: Pod, cluster_domain: str, node: str) -> tuple[str, str]:
    """The Pod's host name and its domain ("" when it has none)."""
    spec = pod.spec
    if spec.hostname_override:
        return spec.hostname_override, ""
    if spec.host_network:
        return node, ""
    name = spec.hostname or pod.metadata.name
    if len(name) > 63:
        name = name[:63].rstrip("-.")
    domain = f"{spec.subdomain}.{pod.metadata.namespace}.svc.{cluster_domain}" if spec.subdomain else ""
    return name, domain


def sandbox_host_name(pod: Pod, cluster_domain: str, node: str) -> str:
    """What `hostname` prints inside: with its domain where the Pod asks for that."""
    name, domain = host_name(pod, cluster_domain, node)
    return f"{name}.{domain}" if pod.spec.set_hostname_as_fqdn and domain else name


def hosts_file(pod: Pod, ips: tuple[str, ...], cluster_domain: str, node: str) -> str:
    """The text of /etc/hosts."""
    if pod.spec.host_network:
        text = "# Kubernetes-managed hosts file (host network).\n"
        with contextlib.suppress(OSError):
            text += Path("/etc/hosts").read_text()
    else:
        name, domain = host_name(pod, cluster_domain, node)
        names = f"{name}.{domain}\t{name}" if domain else name
        text = "# Kubernetes-managed hosts file.\n" + _LOOPBACK + "".join(f"{ip}\t{names}\n" for ip in ips)
    if pod.spec.host_aliases:
        text += "\n# Entries added by HostAliases.\n"
        for alias in pod.spec.host_aliases:
            text += "\t".join([alias.ip, *alias.hostnames]) + "\n"
    return text


def resolv_conf(pod: Pod, config: KubeletConfiguration) -> str:
    """The text of /etc/resolv.conf, as dnsPolicy and dnsConfig say."""
    servers, searches, options = _host_resolver(config.resolv_conf)
    policy = pod.spec.dns_policy or "ClusterFirst"
    if policy == "ClusterFirst" and pod.spec.host_network:
        policy = "Default"
    if policy.startswith("ClusterFirst") and config.cluster_dns:
        domain = config.cluster_domain
        servers = list(config.cluster_dns)
        if domain:
            searches = [f"{pod.metadata.namespace}.svc.{domain}", f"svc.{domain}", domain, *searches]
        options = ["ndots:5"]
    elif policy == "None":
        servers, searches, options = [], [], []
    own = pod.spec.dns_config
    if own is not None:
        servers += own.nameservers
        searches += own.searches
        named = {o.name: f"{o.name}:{o.value}" if o.value else o.name for o in own.options}
        options = [o for o in options if o.partition(":")[0] not in named] + list(named.values())
    servers = list(dict.fromkeys(servers))[:MAX_NAMESERVERS]
    searches = list(dict.fromkeys(searches))[:MAX_SEARCHES]
    lines = [f"nameserver {server}" for server in servers]
    if searches:
        lines.append("search " + " ".join(searches))
    if options:
        lines.append("options " + " ".join(options))
    return "\n".join(lines) + "\n"


def misses_cluster_dns(pod: Pod, config: KubeletConfiguration) -> bool:
    """Whether the Pod is to ask the cluster's DNS and this kubelet was not told where that is."""
    policy = pod.spec.dns_policy or "ClusterFirst"
    wanted = policy == "ClusterFirstWithHostNet" or (policy == "ClusterFirst" and not pod.spec.host_network)
    return wanted and not config.cluster_dns


def _host_resolver(path: str) -> tuple[list[str], list[str], list[str]]:
    servers: list[str] = []
    searches: list[str] = []
    options: list[str] = []
    if not path:
        return servers, searches, options
    with contextlib.suppress(OSError):
        for line in Path(path).read_text(errors="replace").splitlines():
            word, *rest = line.split() or [""]
            if word == "nameserver" and rest:
                servers.append(rest[0])
            elif word in ("search", "domain"):
                searches = [s for s in rest if s != "."]
            elif word == "options":
                options += rest
    return servers, searches, options


def write_files(folder: Path, hosts: str, resolver: str) -> None:
    """Put both files in a Pod's folder, for its containers to mount. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("etc-hosts", hosts), ("resolv.conf", resolver)):
        path = folder / name
        if not path.exists() or path.read_text() != text:
            # Written in place: it may be mounted in containers already.
            path.write_text(text)
            os.chmod(path, 0o644)
