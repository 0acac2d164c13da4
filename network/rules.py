"""Masquerade of what leaves the cluster, and acceptance of Pod traffic where the firewall drops by default."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable

TABLE = "minik8s-network"
CHAIN = "MINIK8S-FORWARD"


class RulesError(Exception):
    """The kernel's tool refused a rule or is not installed; the message is for people."""


def masquerade(cluster_cidr: str, node_addresses: Iterable[str]) -> str:
    """The nftables table, replaced as a whole: Pods keep their address towards Pods and nodes, and nowhere else."""
    nodes = ", ".join(node_addresses)
    lines = [
        f"add table ip {TABLE}",
        f"delete table ip {TABLE}",
        f"add table ip {TABLE}",
        f"add set ip {TABLE} inside {{ type ipv4_addr; flags interval; auto-merge; }}",
        f"add element ip {TABLE} inside {{ {cluster_cidr}, 224.0.0.0/4 }}",
        f"add chain ip {TABLE} postrouting {{ type nat hook postrouting priority srcnat + 1; }}",
        f"add rule ip {TABLE} postrouting ip saddr {cluster_cidr} ip daddr != @inside masquerade fully-random",
    ]
    if nodes:
        lines.insert(5, f"add element ip {TABLE} inside {{ {nodes} }}")
    return "\n".join(lines) + "\n"


def run(*argv: str, text: str = "", check: bool = True) -> tuple[int, str]:
    """Run a tool; returns its exit code and output. Raises RulesError."""
    try:
        done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False, timeout=60)
    except FileNotFoundError:
        raise RulesError(f"{argv[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise RulesError(f"{argv[0]} did not answer within 60 s") from None
    if check and done.returncode:
        raise RulesError(f"{argv[0]} failed with {done.returncode}: {done.stderr.strip()[:2000]}")
    return done.returncode, done.stdout


def apply(cluster_cidr: str, node_addresses: Iterable[str]) -> None:
    """Program masquerade and forwarding. Raises RulesError."""
    run("nft", "-f", "-", text=masquerade(cluster_cidr, node_addresses))
    accept_forwarding(cluster_cidr)


def accept_forwarding(cluster_cidr: str) -> None:
    """Where iptables' FORWARD policy is DROP (Docker sets it), accept what comes from Pods or goes to them."""
    if shutil.which("iptables") is None:
        return
    _, listed = run("iptables", "-w", "5", "-S", "FORWARD", check=False)
    if "-P FORWARD DROP" not in listed:
        return
    run(
        "iptables-restore", "-w", "5", "--noflush",
        text=f"*filter\n:{CHAIN} - [0:0]\n-A {CHAIN} -s {cluster_cidr} -j ACCEPT\n"
        f"-A {CHAIN} -d {cluster_cidr} -j ACCEPT\nCOMMIT\n",
    )  # fmt: skip
    if f"-A FORWARD -j {CHAIN}" not in listed:
        run("iptables", "-w", "5", "-I", "FORWARD", "-j", CHAIN)


def cleanup() -> None:
    """Remove tables and chains; what is not there is no error."""
    from network.policy_rules import TABLE as POLICY_TABLE

    for table in (TABLE, POLICY_TABLE):
        run("nft", "delete", "table", "ip", table, check=False)
    if shutil.which("iptables") is not None:
        code, _ = run("iptables", "-w", "5", "-D", "FORWARD", "-j", CHAIN, check=False)
        if code == 0:
            run("iptables", "-w", "5", "-F", CHAIN, check=False)
            run("iptables", "-w", "5", "-X", CHAIN, check=False)
