"""What a machine holds that a cluster could leave behind: take one picture before, one after, and compare."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from minik8s.daemon.mount_table import mounts

Picture = dict[str, set[str]]


def picture() -> Picture:
    """Processes, containers, namespaces, interfaces, routes, mounts, rules, cgroups, folders and parameters."""
    return {
        "process": _processes(),
        "container": _lines("docker", "ps", "--all", "--format", "{{.ID}} {{.Names}}"),
        "network namespace": _names(Path("/run/netns")),
        "interface": {entry["ifname"] for entry in _json("ip", "-json", "link", "show")},
        "address": {
            f"{entry['ifname']} {address['local']}"
            for entry in _json("ip", "-json", "address", "show")
            for address in entry.get("addr_info", [])
        },
        "route": _lines("ip", "route", "show", "table", "all"),
        "rule of routing": _lines("ip", "rule", "show"),
        "mount": {place for place, _ in mounts()},
        "nftables": _without_counters(_lines("nft", "list", "ruleset")),
        "iptables-legacy": _lines("iptables-legacy-save"),
        "ipset": _lines("ipset", "list", "-name"),
        "cgroup": _cgroups(),
        "folder": _names(Path("/run/minik8s")) | _names(Path("/var/lib/minik8s")) | _names(Path("/var/log/minik8s")),
        "socket": {str(p) for p in (Path("/var/run/docker.sock"),) if p.exists()},
        "kernel parameter": _parameters(),
    }


def compare(before: Picture, after: Picture) -> list[str]:
    """What is there after and was not before, and what changed, one line each; empty when all is as it was."""
    return [
        f"{what} left behind: {entry}" for what in before for entry in sorted(after.get(what, set()) - before[what])
    ] + [
        f"{what} gone: {entry}"
        for what in ("interface", "address", "mount", "nftables", "iptables-legacy")
        for entry in sorted(before[what] - after.get(what, set()))
    ]


def _processes() -> set[str]:
    """Processes that are a cluster's kind; the machine's other comings and goings are not our business."""
    kinds = (
        "containerd", "dockerd", "etcd", "runc", "apiserver", "controllers", "scheduler",
        "kubelet", "network", "proxy", "clusterdns", "metrics_server", "cluster", "ingress", "nginx", "pause",
    )  # fmt: skip
    found = set()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        program = os.path.basename(words[0])
        module = words[words.index("-m") + 1].partition(".")[0] if "-m" in words[:4] else ""
        if program.startswith(kinds) or module in kinds:
            found.add(f"{folder.name} {' '.join(words)[:200].strip()}")
    return found


def _cgroups() -> set[str]:
    found = set()
    for root in (Path("/sys/fs/cgroup"),):
        for folder, names, _ in os.walk(root):
            if Path(folder) != root and len(Path(folder).relative_to(root).parts) > 4:
                names.clear()
            found.add(folder)
    return found


def _parameters() -> set[str]:
    names = (
        "net/ipv4/ip_forward",
        "net/ipv4/conf/all/rp_filter",
        "net/ipv4/conf/default/rp_filter",
        "net/ipv4/conf/all/route_localnet",
        "net/bridge/bridge-nf-call-iptables",
        "net/ipv4/conf/all/arp_ignore",
        "net/ipv4/conf/all/arp_announce",
    )
    found = set()
    for name in names:
        path = Path("/proc/sys") / name
        if path.exists():
            found.add(f"{name}={path.read_text().strip()}")
    return found


def _names(folder: Path) -> set[str]:
    return {str(entry) for entry in folder.iterdir()} if folder.is_dir() else set()


def _without_counters(lines: set[str]) -> set[str]:
    return {line for line in lines if "counter packets" not in line}


def _lines(*command: str) -> set[str]:
    text = _output(*command)
    return {line.rstrip() for line in text.splitlines() if line.strip() and not line.startswith("#")}


def _json(*command: str) -> list[dict[str, Any]]:
    text = _output(*command)
    found: list[dict[str, Any]] = json.loads(text) if text.strip() else []
    return found


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False).stdout
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return ""
