"""iptables, pure: the nat and filter chains that fronts stand for, as `iptables-restore --noflush` reads them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from proxy.topology import Endpoint, Front

MARK = "0x4000/0x4000"


def _name(prefix: str, text: str) -> str:
    return f"{prefix}-{hashlib.sha256(text.encode()).hexdigest()[:16].upper()}"


def _id(front: Front) -> str:
    return f"{front.service}:{front.port_name}/{front.protocol}/{front.kind}/{front.ip}:{front.port}"


def chain_name(front: Front, view: str = "any") -> str:
    """The chain that chooses an endpoint of a front."""
    return _name("KUBE-SVC", f"{view} {_id(front)}")


def endpoint_chain(front: Front, endpoint: Endpoint, view: str) -> str:
    """The chain of one endpoint of a front."""
    return _name("KUBE-SEP", f"{view} {_id(front)} {endpoint.ip}:{endpoint.port}")


def front_chains(front: Front) -> dict[str, list[str]]:
    """The nat chains of one front and the rules inside them."""
    found: dict[str, list[str]] = {}
    views = [("any", front.endpoints, front.masquerade)]
    if front.inside:
        views.append(("in", front.inside, "always"))
    for view, endpoints, masquerade in views:
        if endpoints:
            found.update(_view(front, view, endpoints, masquerade))
    return found


def _view(front: Front, view: str, endpoints: tuple[Endpoint, ...], masquerade: str) -> dict[str, list[str]]:
    rules: list[str] = []
    found = {chain_name(front, view): rules}
    if masquerade == "always":
        rules.append("-j KUBE-MARK-MASQ")
    names = [endpoint_chain(front, e, view) for e in endpoints]
    if front.affinity:
        rules += [f"-m recent --name {name} --rcheck --seconds {front.affinity} --reap -j {name}" for name in names]
    for number, name in enumerate(names):
        left = len(names) - number
        chance = f"-m statistic --mode random --probability {1 / left:.10f} " if left > 1 else ""
        rules.append(f"{chance}-j {name}")
    for name, endpoint in zip(names, endpoints, strict=True):
        recent = f"-m recent --name {name} --set " if front.affinity else ""
        found[name] = [
            f"-s {endpoint.ip}/32 -j KUBE-MARK-MASQ",
            f"-p {front.protocol} {recent}-m {front.protocol} -j DNAT --to-destination {endpoint.ip}:{endpoint.port}",
        ]
    return found


def dispatch(front: Front, cluster_cidr: str) -> tuple[list[str], list[str]]:
    """The rules of one front in KUBE-SERVICES (address) or KUBE-NODEPORTS: (nat rules, filter rules)."""
    where = f"-d {front.ip}/32 " if front.ip else ""
    match = f"{where}-p {front.protocol} -m {front.protocol} --dport {front.port}"
    nat: list[str] = []
    if front.inside and cluster_cidr:
        nat.append(f"-s {cluster_cidr} {match} -j {chain_name(front, 'in')}")
    if front.inside:
        nat.append(f"{match} -m addrtype --src-type LOCAL -j {chain_name(front, 'in')}")
    filters: list[str] = []
    if front.endpoints:
        if front.masquerade == "off-cluster" and cluster_cidr:
            nat.append(f"! -s {cluster_cidr} {match} -j KUBE-MARK-MASQ")
        guards = [f"-s {network} " for network in front.sources] or [""]
        nat += [f"{guard}{match} -j {chain_name(front)}" for guard in guards]
        if front.sources:
            filters.append(f"{match} -j DROP")
    else:
        filters.append(f"{match} -j {_refusal(front) if front.empty == 'reject' else 'DROP'}")
    return nat, filters


def _refusal(front: Front) -> str:
    # A reset, because the kernel limits how many ICMP errors it sends to one client.
    return "REJECT --reject-with tcp-reset" if front.protocol == "tcp" else "REJECT"


def base() -> str:
    """The chains that are always there and what they do."""
    return "\n".join(
        [
            "*nat",
            *(f":{c} - [0:0]" for c in ("KUBE-SERVICES", "KUBE-NODEPORTS", "KUBE-POSTROUTING", "KUBE-MARK-MASQ")),
            f"-A KUBE-MARK-MASQ -j MARK --or-mark {MARK.partition('/')[0]}",
            f"-A KUBE-POSTROUTING -m mark ! --mark {MARK} -j RETURN",
            f"-A KUBE-POSTROUTING -j MARK --xor-mark {MARK.partition('/')[0]}",
            "-A KUBE-POSTROUTING -j MASQUERADE --random-fully",
            "COMMIT",
            "*filter",
            ":KUBE-PROXY-FIREWALL - [0:0]",
            ":KUBE-PROXY-NODEPORTS - [0:0]",
            "COMMIT",
            "",
        ]
    )


JUMPS: tuple[tuple[str, str, str], ...] = (
    ("nat", "PREROUTING", "-j KUBE-SERVICES"),
    ("nat", "OUTPUT", "-j KUBE-SERVICES"),
    ("nat", "POSTROUTING", "-j KUBE-POSTROUTING"),
    ("filter", "INPUT", "-m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL"),
    ("filter", "FORWARD", "-m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL"),
    ("filter", "OUTPUT", "-m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL"),
)
"""Hooks into the built-in chains: table, chain, rule."""


def restore(chains: dict[str, list[str]], gone: Iterable[str], fronts: Iterable[Front], cluster_cidr: str) -> str:
    """One `iptables-restore --noflush` input: `chains` written anew, the dispatch chains whole, `gone` deleted."""
    services: list[str] = []
    ports: list[str] = []
    firewall: list[str] = []
    port_firewall: list[str] = []
    for front in fronts:
        nat, filters = dispatch(front, cluster_cidr)
        services += nat if front.ip else []
        ports += [] if front.ip else nat
        firewall += filters if front.ip else []
        port_firewall += [] if front.ip else filters
    removed = sorted(gone)
    lines = ["*nat", ":KUBE-SERVICES - [0:0]", ":KUBE-NODEPORTS - [0:0]"]
    lines += [f":{name} - [0:0]" for name in (*chains, *removed)]
    lines += [f"-A {name} {rule}" for name, rules in chains.items() for rule in rules]
    lines += [f"-A KUBE-SERVICES {rule}" for rule in services]
    if ports:
        lines.append("-A KUBE-SERVICES ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS")
        lines += [f"-A KUBE-NODEPORTS {rule}" for rule in ports]
    lines += [f"-X {name}" for name in removed]
    lines += ["COMMIT", "*filter", ":KUBE-PROXY-FIREWALL - [0:0]", ":KUBE-PROXY-NODEPORTS - [0:0]"]
    lines += [f"-A KUBE-PROXY-FIREWALL {rule}" for rule in firewall]
    if port_firewall:
        lines.append("-A KUBE-PROXY-FIREWALL ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j KUBE-PROXY-NODEPORTS")
        lines += [f"-A KUBE-PROXY-NODEPORTS {rule}" for rule in port_firewall]
    return "\n".join([*lines, "COMMIT", ""])
