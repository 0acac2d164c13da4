"""The kernel parameters of nodes: what kube-proxy sets on its nodes holds on all of ours."""

from __future__ import annotations

from cluster import lan


def test_connections_are_tracked_as_long_as_on_nodes_of_kubernetes() -> None:
    wanted = {
        "net.netfilter.nf_conntrack_tcp_timeout_established": "86400",
        "net.netfilter.nf_conntrack_tcp_timeout_close_wait": "3600",
    }
    for held in (lan.MACHINE_SYSCTLS, lan._NODE_SYSCTLS):
        assert wanted.items() <= dict(held).items()
