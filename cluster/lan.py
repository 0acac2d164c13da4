"""The cables: a switch in a network namespace of its own, this machine and every further node plugged into it."""

from __future__ import annotations

import ipaddress
from pathlib import Path

from cluster import shell
from cluster.layout import NETNS, Layout, Node
from cluster.machine import Changes
from cluster.options import Options

_BRIDGE = "lan0"
MACHINE_SYSCTLS = (
    ("net.ipv4.ip_forward", "1"),
    ("net.ipv4.conf.all.rp_filter", "0"),
    ("net.ipv4.conf.default.rp_filter", "0"),
    ("net.bridge.bridge-nf-call-iptables", "1"),
    # As kube-proxy has them: a connection that one side closed must not lose its translation after a minute.
    ("net.netfilter.nf_conntrack_tcp_timeout_established", "86400"),
    ("net.netfilter.nf_conntrack_tcp_timeout_close_wait", "3600"),
)
_NODE_SYSCTLS = (*MACHINE_SYSCTLS, ("net.ipv4.ip_unprivileged_port_start", "0"))
_LAN_SYSCTLS = (("net.bridge.bridge-nf-call-iptables", "0"), ("net.bridge.bridge-nf-call-ip6tables", "0"))


def exists(layout: Layout) -> bool:
    """Whether the switch is there."""
    return (NETNS / layout.lan_namespace).exists()


def build(layout: Layout, options: Options, all_nodes: list[Node], changes: Changes) -> None:
    """Make what is missing of the switch, the namespaces and the cables. Raises ClusterError."""
    changes.set_sysctls(MACHINE_SYSCTLS)
    lan = layout.lan_namespace
    if not exists(layout):
        shell.run("ip", "netns", "add", lan)
        shell.batch(["link set lo up", f"link add {_BRIDGE} type bridge", f"link set {_BRIDGE} up"], lan)
        _set_in(lan, _LAN_SYSCTLS)
    width = ipaddress.ip_network(options.node_cidr).prefixlen
    for node in all_nodes:
        if node.is_machine:
            _plug_machine(layout, node, width)
        else:
            _plug_node(layout, node, width, gateway=all_nodes[0].address)
    _let_nodes_out(layout, options)


def _plug_machine(layout: Layout, node: Node, width: int) -> None:
    device = layout.lan_device
    if Path(f"/sys/class/net/{device}").exists():
        return
    shell.batch(
        [
            f"link add {device} type veth peer name {node.cable} netns {layout.lan_namespace}",
            f"address add {node.address}/{width} dev {device}",
            f"link set {device} up",
        ]
    )
    shell.batch([f"link set {node.cable} master {_BRIDGE}", f"link set {node.cable} up"], layout.lan_namespace)


def _plug_node(layout: Layout, node: Node, width: int, gateway: str) -> None:
    if (NETNS / node.namespace).exists():
        return
    shell.run("ip", "netns", "add", node.namespace)
    _set_in(node.namespace, _NODE_SYSCTLS)
    shell.batch(
        [
            f"link add eth0 type veth peer name {node.cable} netns {layout.lan_namespace}",
            "link set lo up",
            f"address add {node.address}/{width} dev eth0",
            "link set eth0 up",
            f"route add default via {gateway}",
        ],
        node.namespace,
    )
    shell.batch([f"link set {node.cable} master {_BRIDGE}", f"link set {node.cable} up"], layout.lan_namespace)


def _set_in(namespace: str, wanted: tuple[tuple[str, str], ...]) -> None:
    lines = []
    for name, value in wanted:
        path = f"/proc/sys/{name.replace('.', '/')}"
        lines.append(f"[ ! -e {path} ] || echo {value} > {path}")
    shell.run("nsenter", f"--net={NETNS / namespace}", "sh", "-c", "; ".join(lines))


def remove(layout: Layout) -> None:
    """Take away the switch, the cables, all node namespaces and the rules for them."""
    for entry in list(NETNS.glob(f"{layout.name}-*")) if NETNS.exists() else []:
        if entry.name == layout.lan_namespace or entry.name.removeprefix(f"{layout.name}-").isdigit():
            shell.run("ip", "netns", "del", entry.name, check=False)
    if Path(f"/sys/class/net/{layout.lan_device}").exists():
        shell.run("ip", "link", "del", layout.lan_device, check=False)
    shell.run("nft", "delete", "table", "ip", _table(layout), check=False)
    _forward_rules(layout, "-D")


def _let_nodes_out(layout: Layout, options: Options) -> None:
    """Let the further nodes reach the world through this machine, as machines behind a router do."""
    table, lan = _table(layout), options.node_cidr
    shell.run(
        "nft",
        "-f",
        "-",
        input=f"""
        table ip {table} {{}}
        delete table ip {table}
        table ip {table} {{
          chain postrouting {{
            type nat hook postrouting priority srcnat - 5; policy accept;
            ip saddr {lan} ip daddr != {{ {lan}, {options.pod_cidr}, {options.service_cidr} }} \
oifname != "{layout.lan_device}" masquerade
          }}
        }}
        """,
    )
    if _forwarding_is_closed():
        _forward_rules(layout, "-D")
        _forward_rules(layout, "-I")


def _forwarding_is_closed() -> bool:
    """Docker closes forwarding for everything it does not know; only its own kind of rule opens it again."""
    return "-P FORWARD DROP" in shell.run("iptables", "-S", "FORWARD", check=False)


def _forward_rules(layout: Layout, action: str) -> None:
    for direction in ("-i", "-o"):
        rule = ["FORWARD", direction, layout.lan_device, "-m", "comment", "--comment", _table(layout), "-j", "ACCEPT"]
        if action == "-D" and not shell.works("iptables", "-w", "-C", *rule):
            continue
        shell.run("iptables", "-w", action, *rule, check=False)


def _table(layout: Layout) -> str:
    return f"{layout.name}-lan"
