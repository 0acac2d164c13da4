from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from cluster import addons, ingress, machine, processes, status
from cluster.__main__ import main
from cluster.layout import Layout, nodes
from cluster.options import ClusterError, Options
from kubelet.node.signals import thresholds
from kubelet.options import KubeletConfiguration
from minik8s.api import apiregistration_v1, discovery_v1, rbac_v1, storage_v1
from minik8s.testing.fake_cluster import FakeCluster


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout("minik8s", tmp_path / "state", tmp_path / "run", tmp_path / "log")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"name": "Big"}, "lower case"),
        ({"name": "much-too-long-a-name"}, "at most 12"),
        ({"name": "machine"}, "is taken"),
        ({"nodes": 0}, "--nodes must be between 1"),
        ({"store": "redis"}, "--store must be one of sqlite, etcd"),
        ({"hollow_nodes": -1}, "negative"),
    ],
)
def test_wrong_choices(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ClusterError, match=message):
        Options(**wrong).check()  # type: ignore[arg-type]


def test_options_are_kept(tmp_path: Path) -> None:
    options = Options(nodes=5, store="etcd")
    options.save(tmp_path / "a" / "b.json")
    assert Options.load(tmp_path / "a" / "b.json") == options
    assert Options.load(tmp_path / "none") is None
    (tmp_path / "bad").write_text("{")
    with pytest.raises(ClusterError, match="cannot read"):
        Options.load(tmp_path / "bad")


def test_nodes_have_stable_names_and_addresses(layout: Layout) -> None:
    found = nodes(layout, Options(nodes=3))
    assert [(n.name, n.address, n.namespace) for n in found] == [
        ("minik8s-1", "10.245.0.11", ""),
        ("minik8s-2", "10.245.0.12", "minik8s-2"),
        ("minik8s-3", "10.245.0.13", "minik8s-3"),
    ]


def test_every_process_of_a_cluster(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingress, "is_installed", lambda: True)
    options = Options(nodes=2, store="etcd", hollow_nodes=3)
    all_nodes = nodes(layout, options)
    specs = processes.specs(layout, options, all_nodes, own_docker=True)
    assert [s.name for s in specs] == [
        "containerd", "dockerd-minik8s-1", "dockerd-minik8s-2", "etcd", "apiserver", "controller-manager", "scheduler",
        "kubelet-minik8s-1", "network-minik8s-1", "proxy-minik8s-1",
        "kubelet-minik8s-2", "network-minik8s-2", "proxy-minik8s-2", "dns", "metrics-server", "ingress",
        "hollow-nodes",
    ]  # fmt: skip
    api = next(s for s in specs if s.name == "apiserver").argv
    assert "--etcd-servers=https://127.0.0.1:2379" in api and not any("sqlite" in a for a in api)
    # Bootstrap tokens are signed and cleaned up, which is off where nothing is said.
    manager = next(s for s in specs if s.name == "controller-manager").argv
    assert "--controllers=*,bootstrapsigner,tokencleaner" in manager
    second = {s.name: s.netns for s in specs}
    assert second["kubelet-minik8s-2"] == "/run/netns/minik8s-2" and second["kubelet-minik8s-1"] == ""
    few = Options(nodes=1, ingress=False)
    alone = processes.specs(layout, few, nodes(layout, few), own_docker=False)
    assert not any(s.name == "ingress" for s in alone)
    assert not any(s.name.startswith(("containerd", "dockerd")) for s in alone)
    assert any("--sqlite-path" in a for s in alone for a in s.argv)
    assert yaml.safe_dump(processes.kubelet_config(layout, options, all_nodes[1]))


def test_a_full_disk_costs_nobody_the_images_of_this_machine(layout: Layout) -> None:
    options = Options()
    config = KubeletConfiguration.model_validate(processes.kubelet_config(layout, options, nodes(layout, options)[0]))
    assert config.image_gc_high_threshold_percent == 100
    assert [each.signal for each in thresholds(config)] == ["memory.available"]


async def test_addons_are_created_once_and_corrected(layout: Layout) -> None:
    cluster = FakeCluster()
    options = Options(hollow_nodes=1)
    wanted = addons.documents(layout, options, nodes(layout, options), "PEM")
    await addons.apply(cluster, wanted)
    assert len(cluster.objects(rbac_v1.ClusterRoleBinding)) == 7
    found = cluster.objects(discovery_v1.EndpointSlice)
    assert sorted(each.metadata.name for each in found) == ["kube-dns-1", "metrics-server-1"]
    assert all(each.endpoints[0].addresses == ["10.245.0.11"] for each in found)
    (served,) = cluster.objects(apiregistration_v1.APIService)
    assert served.metadata.name == "v1beta1.metrics.k8s.io" and served.spec.ca_bundle == b"PEM"
    (storage,) = cluster.objects(storage_v1.StorageClass)
    assert storage.provisioner == "minik8s.io/hostpath" and storage.parameters == {"path": f"{layout.state}/volumes"}
    revision = cluster.server.store.revision
    created = len(cluster.requests("create", "services"))
    await addons.apply(cluster, wanted)
    assert cluster.server.store.revision == revision
    # Not even tried: the server would refuse the second Service for its address, not for its name.
    assert len(cluster.requests("create", "services")) == created
    cluster.modify(rbac_v1.ClusterRole, "system:minik8s:dns", lambda r: r.rules.clear())
    await addons.apply(cluster, wanted)
    found = cluster.object(rbac_v1.ClusterRole, "system:minik8s:dns")
    assert found is not None and len(found.rules) == 2


def test_a_port_in_use_is_named_with_its_holder() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ClusterError, match=rf"{port} \(API server; held by .*pid") as caught:
            machine.check_ports(Options(secure_port=port))
    assert "--secure-port" in str(caught.value)


def test_missing_programs_are_named_with_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(machine, "which", lambda program: None if program in ("dockerd", "nft") else "/bin/x")
    with pytest.raises(ClusterError, match=r"apt-get install docker.io nftables"):
        machine.check_programs(Options())


def test_without_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    result = CliRunner().invoke(main, ["up", "--name", "nobody"])
    assert result.exit_code == 1 and "needs root" in result.output and "Traceback" not in result.output


def test_commands_without_a_cluster() -> None:
    result = CliRunner().invoke(main, ["status", "--name", "nobody"])
    assert result.exit_code == 1 and "cluster nobody is not running" in result.output


def test_the_table_of_processes() -> None:
    well = status.ProcessStatus("a", "", 7, "running", 65, 52428800, 0, "", "ok", "/l")
    bad = status.ProcessStatus("b", "n", 0, "backoff", 0, 0, 3, "signal 9", "", "/m")
    assert well.well and not bad.well
    rows = status.table([well, bad])
    assert rows[1] == ["a", "-", "7", "running", "65s", "50 MiB", "0", "ok", "/l"]
    assert rows[2] == ["b", "n", "-", "backoff", "-", "-", "3 (signal 9)", "-", "/m"]
    assert [status.human_age(s) for s in (5, 130, 1000, 8000, 200000)] == ["5s", "2m10s", "16m", "2h", "2d"]
    assert "b: backoff, signal 9; log /m" in status.troubles([well, bad])


def test_what_stands_in_the_way_of_ingresses_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingress, "is_installed", lambda: True)
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        options = Options(ingress_http_port=port, ingress_https_port=0)
        (note,) = ingress.notes(options, tmp_path)
        assert f"port {port}" in note and f"(pid {os.getpid()})" in note and "--ingress-http-port" in note
        assert ingress.notes(Options(ingress=False, ingress_http_port=port), tmp_path) == []
    monkeypatch.setattr(ingress, "is_installed", lambda: False)
    (note,) = ingress.notes(options, tmp_path)
    assert "nginx is not installed" in note
    with pytest.raises(ClusterError, match="must differ"):
        Options(ingress_http_port=80, ingress_https_port=80).check()
