"""Routes, the vxlan device and kernel parameters, through netlink; every call may be repeated at any time."""

from __future__ import annotations

import contextlib
import errno
import socket
from pathlib import Path
from typing import Any

import structlog
from pyroute2 import IPRoute  # type: ignore[import-untyped]
from pyroute2.netlink.exceptions import NetlinkError  # type: ignore[import-untyped]

from network.cni import BRIDGE
from network.plan import Plan, vxlan_ip, vxlan_mac

log = structlog.get_logger("network")

PROTOCOL = 76
"""Marks our routes among all others."""
VXLAN, VNI, PORT = "minik8s-vxlan", 76, 8472
# Of a forwarding entry: permanent, without ARP, in the device's own table. pyroute2 fills them in for an "add" alone.
_FIXED, _SELF = 0x80 | 0x40, 0x02

SYSCTLS = {
    "net/ipv4/ip_forward": "1",
    "net/ipv4/conf/all/rp_filter": "0",
    "net/ipv4/conf/default/rp_filter": "0",
    "net/bridge/bridge-nf-call-iptables": "1",
}


def set_sysctls(root: Path = Path("/proc/sys")) -> list[str]:
    """Set what Pods need; returns the parameters that could not be set."""
    failed = []
    for name, value in SYSCTLS.items():
        path = root / name
        try:
            if path.read_text().strip() != value:
                path.write_text(value)
        except OSError:
            failed.append(name.replace("/", "."))
    return failed


def apply(plan: Plan, backend: str) -> list[str]:
    """Make routes (and the vxlan device) as planned; returns the troubles, one line each."""
    with IPRoute() as netlink:
        index = _vxlan(netlink, plan) if backend == "vxlan" else None
        if backend != "vxlan":
            _delete_link(netlink, VXLAN)
        return _routes(netlink, plan, index)


def _routes(netlink: Any, plan: Plan, vxlan: int | None) -> list[str]:
    troubles = []
    wanted = {peer.pod_cidr: peer for peer in plan.peers}
    held = {}
    for route in netlink.get_routes(family=socket.AF_INET, proto=PROTOCOL):
        destination = f"{route.get_attr('RTA_DST')}/{route['dst_len']}"
        if destination not in wanted:
            _ignoring_absence(netlink.route, "del", dst=destination, proto=PROTOCOL)
        else:
            held[destination] = (route.get_attr("RTA_GATEWAY"), route.get_attr("RTA_OIF"))
    for destination, peer in wanted.items():
        gateway = vxlan_ip(peer.pod_cidr) if vxlan is not None else peer.address
        if destination in held and held[destination][0] == gateway and vxlan in (None, held[destination][1]):
            continue
        more: dict[str, Any] = {"oif": vxlan, "flags": ["onlink"]} if vxlan is not None else {}
        try:
            netlink.route("replace", dst=destination, gateway=gateway, proto=PROTOCOL, **more)
        except NetlinkError as error:
            hint = "" if vxlan is not None else "; nodes that share no link need --backend=vxlan"
            troubles.append(f"no route to the Pods of node {peer.name} ({destination} via {gateway}): {error}{hint}")
    return troubles


def _vxlan(netlink: Any, plan: Plan) -> int:
    found = netlink.link_lookup(ifname=VXLAN)
    if not found:
        netlink.link(
            "add", ifname=VXLAN, kind="vxlan", vxlan_id=VNI, vxlan_port=PORT, vxlan_local=plan.address,
            vxlan_learning=False, address=vxlan_mac(plan.address), mtu=_mtu(netlink, plan.address) - 50,
        )  # fmt: skip
        found = netlink.link_lookup(ifname=VXLAN)
    index = int(found[0])
    netlink.addr("replace", index=index, address=vxlan_ip(plan.pod_cidr), prefixlen=32)
    netlink.link("set", index=index, state="up")
    wanted = {(vxlan_ip(p.pod_cidr), vxlan_mac(p.address), p.address) for p in plan.peers}
    for neighbour in netlink.get_neighbours(family=socket.AF_INET, ifindex=index):
        if neighbour.get_attr("NDA_DST") not in {ip for ip, _, _ in wanted}:
            _ignoring_absence(
                netlink.neigh, "del", dst=neighbour.get_attr("NDA_DST"), ifindex=index, family=socket.AF_INET
            )
    for entry in netlink.fdb("dump", ifindex=index):
        mac, where = entry.get_attr("NDA_LLADDR"), entry.get_attr("NDA_DST")
        if mac and (mac, where) not in {(m, a) for _, m, a in wanted}:
            _ignoring_absence(netlink.fdb, "del", ifindex=index, lladdr=mac, dst=where)
    for ip, mac, address in sorted(wanted):
        netlink.neigh("replace", dst=ip, lladdr=mac, ifindex=index, state="permanent", family=socket.AF_INET)
        netlink.fdb("replace", ifindex=index, lladdr=mac, dst=address, state=_FIXED, flags=_SELF)
    return index


def mtu_of(address: str, backend: str) -> int:
    """The MTU for Pods: of the link that holds `address`, less the vxlan header; 0 leaves it to the kernel."""
    if backend != "vxlan":
        return 0
    with IPRoute() as netlink:
        return _mtu(netlink, address) - 50


def _mtu(netlink: Any, address: str) -> int:
    for found in netlink.get_addr(family=socket.AF_INET):
        if found.get_attr("IFA_ADDRESS") == address:
            return int(netlink.get_links(found["index"])[0].get_attr("IFLA_MTU"))
    return 1500


def cleanup() -> None:
    """Remove our routes, the vxlan device and the Pods' bridge."""
    with IPRoute() as netlink:
        for route in netlink.get_routes(family=socket.AF_INET, proto=PROTOCOL):
            destination = f"{route.get_attr('RTA_DST')}/{route['dst_len']}"
            _ignoring_absence(netlink.route, "del", dst=destination, proto=PROTOCOL)
        _delete_link(netlink, VXLAN)
        _delete_link(netlink, BRIDGE)


def _delete_link(netlink: Any, name: str) -> None:
    for index in netlink.link_lookup(ifname=name):
        _ignoring_absence(netlink.link, "del", index=index)


def _ignoring_absence(call: Any, *arguments: Any, **more: Any) -> None:
    try:
        with contextlib.suppress(ProcessLookupError):
            call(*arguments, **more)
    except NetlinkError as error:
        if error.code not in (errno.ENOENT, errno.ESRCH, errno.ENODEV, errno.EADDRNOTAVAIL):
            raise
