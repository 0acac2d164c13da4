from __future__ import annotations

from pathlib import Path

import pytest

from kubelet.options import KubeletConfiguration
from kubelet.pods.declared import sysctl_name
from kubelet.pods.naming import host_name, hosts_file, misses_cluster_dns, resolv_conf, sandbox_host_name
from kubelet.pods.users import user_of
from tests.unit.kubelet.world import World, pod_of


def config(tmp_path: Path) -> KubeletConfiguration:
    host = tmp_path / "resolv.conf"
    host.write_text("# ours\nnameserver 192.0.2.1\nsearch example.com .\noptions rotate\n")
    return KubeletConfiguration(cluster_dns=["10.96.0.10"], cluster_domain="cluster.local", resolv_conf=str(host))


CLUSTER = (
    "nameserver 10.96.0.10\nsearch default.svc.cluster.local svc.cluster.local cluster.local example.com\n"
    "options ndots:5\n"
)
HOST = "nameserver 192.0.2.1\nsearch example.com\noptions rotate\n"


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ({"dnsPolicy": "ClusterFirst"}, CLUSTER),
        ({"dnsPolicy": "ClusterFirst", "hostNetwork": True}, HOST),
        ({"dnsPolicy": "ClusterFirstWithHostNet", "hostNetwork": True}, CLUSTER),
        ({"dnsPolicy": "Default"}, HOST),
        (
            {
                "dnsPolicy": "None",
                "dnsConfig": {
                    "nameservers": ["1.1.1.1"],
                    "searches": ["a.b"],
                    "options": [{"name": "ndots", "value": "2"}, {"name": "edns0"}],
                },
            },
            "nameserver 1.1.1.1\nsearch a.b\noptions ndots:2 edns0\n",
        ),
        (
            {"dnsPolicy": "ClusterFirst", "dnsConfig": {"options": [{"name": "ndots", "value": "1"}]}},
            CLUSTER.replace("ndots:5", "ndots:1"),
        ),
    ],
)
def test_resolver(tmp_path: Path, spec: dict[str, object], text: str) -> None:
    assert resolv_conf(pod_of(**spec), config(tmp_path)) == text


def test_names_and_hosts() -> None:
    pod = pod_of("web-" + "x" * 70, hostname="", hostAliases=[{"ip": "1.2.3.4", "hostnames": ["foo", "bar"]}])
    name, domain = host_name(pod, "cluster.local", "n1")
    assert len(name) == 63 and domain == ""
    pod = pod_of(hostname="h", subdomain="s", hostAliases=[{"ip": "1.2.3.4", "hostnames": ["foo", "bar"]}])
    text = hosts_file(pod, ("10.1.1.1",), "cluster.local", "n1")
    assert text.startswith("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n")
    assert "10.1.1.1\th.s.default.svc.cluster.local\th\n" in text
    assert text.endswith("\n# Entries added by HostAliases.\n1.2.3.4\tfoo\tbar\n")
    assert sandbox_host_name(pod, "cluster.local", "n1") == "h"
    pod.spec.set_hostname_as_fqdn = True
    assert sandbox_host_name(pod, "cluster.local", "n1") == "h.s.default.svc.cluster.local"
    on_host = pod_of(hostNetwork=True)
    assert host_name(on_host, "cluster.local", "n1") == ("n1", "")
    assert hosts_file(on_host, (), "cluster.local", "n1").startswith(
        "# Kubernetes-managed hosts file (host network).\n"
    )


def test_who_misses_the_cluster_s_dns(tmp_path: Path) -> None:
    nothing = KubeletConfiguration()
    assert misses_cluster_dns(pod_of(), nothing) and not misses_cluster_dns(pod_of(), config(tmp_path))
    assert not misses_cluster_dns(pod_of(hostNetwork=True), nothing)
    assert misses_cluster_dns(pod_of(hostNetwork=True, dnsPolicy="ClusterFirstWithHostNet"), nothing)
    assert not misses_cluster_dns(pod_of(dnsPolicy="Default"), nothing)


def test_the_user_of_a_process(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "status").write_text("Name:\tx\nUid:\t1000\t0\t0\t0\nGid:\t5\t5\t5\t5\nGroups:\t9 8 \n")
    found = user_of(7, tmp_path)
    assert found is not None and found.linux is not None
    assert (found.linux.uid, found.linux.gid, found.linux.supplemental_groups) == (1000, 5, [8, 9])
    assert user_of(8, tmp_path) is None


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("kernel.shm_rmid_forced", "kernel.shm_rmid_forced"),
        ("kernel/shm_rmid_forced", "kernel.shm_rmid_forced"),
        ("net/ipv4/conf/eth0.1/mtu", "net.ipv4.conf.eth0/1.mtu"),
        ("net.ipv4.conf.eth0/1.mtu", "net.ipv4.conf.eth0/1.mtu"),
    ],
)
def test_sysctls_may_be_written_with_slashes(written: str, name: str) -> None:
    assert sysctl_name(written) == name


async def test_a_sysctl_with_slashes_is_allowed_and_set(world: World) -> None:
    sysctls = [{"name": "kernel/shm_rmid_forced", "value": "1"}]
    await world.run(pod_of(securityContext={"sysctls": sysctls}))
    assert world.pod().status.phase == "Running"
