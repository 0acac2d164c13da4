"""nftables, the part that stays: tables, maps and the chains hooked into the kernel."""

from __future__ import annotations

from collections.abc import Iterable

from proxy.backends.nft_elements import AffinityChain, pick_chain, slot_name

TABLE = "kube-proxy"
MASQUERADE_MARK = 0x4000
_PROTOCOLS = "meta l4proto { tcp, udp, sctp }"
_KEYS = {"ip": "ip daddr . meta l4proto . th dport", "np": "meta l4proto . th dport"}
_TYPES = {"ip": "ipv4_addr . inet_proto . inet_service", "np": "inet_proto . inet_service"}


def base(cluster_cidr: str, nodeport_addresses: Iterable[str] = (), service_networks: Iterable[str] = ()) -> str:
    """The whole table, empty of Services; replaces one that is there, in one transaction."""
    lines = [f"add table ip {TABLE}", f"delete table ip {TABLE}", f"add table ip {TABLE}"]

    def add(what: str) -> None:
        lines.append(f"add {what}")

    for kind, key in _TYPES.items():
        for view in ("any", "in"):
            add(f"map ip {TABLE} {view}_{kind}_svc {{ type {key} : verdict; }}")
        add(f"map ip {TABLE} empty_{kind} {{ type {key} : verdict; }}")
    add(f"set ip {TABLE} cluster_ips {{ type ipv4_addr; }}")
    add(f"set ip {TABLE} hairpin {{ type ipv4_addr . ipv4_addr; }}")
    add(f"set ip {TABLE} guarded {{ type {_TYPES['ip']}; }}")
    add(f"set ip {TABLE} allowed {{ type {_TYPES['ip']} . ipv4_addr; flags interval; }}")
    hooks = {
        "guard-prerouting": "type filter hook prerouting priority dstnat - 10",
        "empty-input": "type filter hook input priority filter",
        "empty-forward": "type filter hook forward priority filter",
        "empty-output": "type filter hook output priority filter",
        "nat-prerouting": "type nat hook prerouting priority dstnat",
        "nat-output": "type nat hook output priority -100",
        "nat-postrouting": "type nat hook postrouting priority srcnat",
    }
    for name, hook in hooks.items():
        add(f"chain ip {TABLE} {name} {{ {hook}; }}")
    for name in ("services", "services-inside", "empty", "reject-it"):
        add(f"chain ip {TABLE} {name}")

    def rule(chain: str, text: str) -> None:
        lines.append(f"add rule ip {TABLE} {chain} {text}")

    rule(
        "guard-prerouting",
        f"ct state new {_KEYS['ip']} @guarded {_KEYS['ip']} . ip saddr != @allowed drop",
    )
    for hook in ("input", "forward", "output"):
        rule(f"empty-{hook}", "ct state new jump empty")
        # What is still for a cluster address after the look-ups is for a port that no Service has: it would leave the
        # cluster by the default route (kube-proxy refuses it in its nftables mode too).
        rule(f"empty-{hook}", "ct state new ip daddr @cluster_ips goto reject-it")
    if networks := ", ".join(service_networks):
        for hook in ("forward", "output"):
            rule(f"empty-{hook}", f"ct state new ip daddr {{ {networks} }} drop")
    rule("empty", f"{_KEYS['ip']} vmap @empty_ip")
    rule("empty", f"fib daddr type local ip daddr != 127.0.0.0/8 {_KEYS['np']} vmap @empty_np")
    rule("reject-it", "meta l4proto tcp reject with tcp reset")
    rule("reject-it", "reject with icmp port-unreachable")
    here = "fib daddr type local ip daddr != 127.0.0.0/8"
    allowed = ", ".join(nodeport_addresses)
    if allowed:
        here += f" ip daddr {{ {allowed} }}"
    if cluster_cidr:
        # Before the look-ups: they go to a pick chain and do not come back.
        rule("services", f"ip daddr @cluster_ips ip saddr != {cluster_cidr} {_mark()}")
        rule("nat-prerouting", f"ip saddr {cluster_cidr} jump services-inside")
    for view, chain in (("in", "services-inside"), ("any", "services")):
        rule(chain, f"{_KEYS['ip']} vmap @{view}_ip_svc")
        rule(chain, f"{here} {_KEYS['np']} vmap @{view}_np_svc")
    rule("nat-prerouting", "jump services")
    rule("nat-output", "jump services-inside")
    rule("nat-output", "jump services")
    rule("nat-postrouting", "ip saddr . ip daddr @hairpin ct status dnat masquerade")
    rule("nat-postrouting", f"meta mark & {MASQUERADE_MARK:#x} == 0 return")
    rule("nat-postrouting", f"meta mark set meta mark ^ {MASQUERADE_MARK:#x} masquerade fully-random")
    return "\n".join(lines) + "\n"


def _mark() -> str:
    return f"meta mark set meta mark | {MASQUERADE_MARK:#x}"


def slot(view: str, number: int) -> list[str]:
    """The commands that make the map of every front's endpoint of one number, and the chain that goes there.

    A map for each number, and not the number in the key: nft 1.0 cannot add a rule to a table with a map whose key
    or value holds a port declared by `typeof`.
    """
    name, kind = slot_name(view, number), view.partition("_")[2]
    return [
        f"add map ip {TABLE} {name} {{ type {_TYPES[kind]} : ipv4_addr . inet_service; }}",
        f"add chain ip {TABLE} to-{name}",
        f"flush chain ip {TABLE} to-{name}",
        f"add rule ip {TABLE} to-{name} {_PROTOCOLS} dnat ip to {_KEYS[kind]} map @{name}",
    ]


def pick(view: str, count: int, masquerade: str) -> list[str]:
    """The commands that make the chain which picks one of `count` endpoints; their slots must be there."""
    name = pick_chain(view, count, masquerade)
    lines = [f"add chain ip {TABLE} {name}", f"flush chain ip {TABLE} {name}"]
    if masquerade == "always":
        lines.append(f"add rule ip {TABLE} {name} {_mark()}")
    if count == 1:
        return [*lines, f"add rule ip {TABLE} {name} goto to-{slot_name(view, 0)}"]
    choices = ", ".join(f"{number} : goto to-{slot_name(view, number)}" for number in range(count))
    return [*lines, f"add rule ip {TABLE} {name} numgen random mod {count} vmap {{ {choices} }}"]


def affinity(chain: AffinityChain) -> list[str]:
    """The commands that make, or make anew, an affinity front's chains; sets of clients are kept."""
    lines = []
    members = [(chain.member(e), e) for e in chain.endpoints]
    for name, endpoint in members:
        lines += [
            f"add set ip {TABLE} {name} {{ type ipv4_addr; flags dynamic,timeout; timeout {chain.seconds}s; }}",
            f"add chain ip {TABLE} {name}",
            f"flush chain ip {TABLE} {name}",
            f"add rule ip {TABLE} {name} update @{name} {{ ip saddr }}",
            f"add rule ip {TABLE} {name} meta l4proto {chain.protocol} dnat to {endpoint.ip}:{endpoint.port}",
        ]
    lines += [f"add chain ip {TABLE} {chain.name}", f"flush chain ip {TABLE} {chain.name}"]
    if chain.masquerade == "always":
        lines.append(f"add rule ip {TABLE} {chain.name} {_mark()}")
    lines += [f"add rule ip {TABLE} {chain.name} ip saddr @{name} goto {name}" for name, _ in members]
    choices = ", ".join(f"{i} : goto {name}" for i, (name, _) in enumerate(members))
    lines.append(f"add rule ip {TABLE} {chain.name} numgen random mod {len(members)} vmap {{ {choices} }}")
    return lines
