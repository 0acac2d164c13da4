"""A machine's files, flags, units, record, checks and certificates."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from cluster import addons, traces
from cluster.__main__ import main
from cluster.engine import _is_pods
from cluster.machines import certs, daemons, files, keys, objects, preflight, record, reset, units
from cluster.machines.kinds import ClusterConfiguration, InitConfiguration
from cluster.machines.places import Places
from cluster.machines.settings import Settings
from cluster.options import ClusterError
from minik8s import pki
from minik8s.api import core_v1, rbac_v1
from minik8s.client import kubeconfig
from minik8s.testing.fake_cluster import FakeCluster


def settings_of(cluster: dict[str, object] | None = None, **more: bool) -> Settings:
    init = {
        "nodeRegistration": {"name": "m1", "criSocket": "/run/d.sock"},
        "localAPIEndpoint": {"advertiseAddress": "10.9.0.1"},
    }
    return Settings(
        InitConfiguration.model_validate(init), ClusterConfiguration.model_validate(cluster or {}), {}, {}, **more
    )


def flags_of(argv: list[str]) -> dict[str, str]:
    return dict(word.removeprefix("--").split("=", 1) for word in argv if word.startswith("--"))


def test_keys_and_kubeconfigs_are_kubeadms(tmp_path: Path) -> None:
    places = Places(tmp_path)
    settings = settings_of({"apiServer": {"certSANs": ["lab.example"]}, "controlPlaneEndpoint": "cp.example:8443"})
    keys.ensure(settings, places)
    names = {str(p.relative_to(places.pki)) for p in places.pki.rglob("*.crt")}
    assert names == {
        "ca.crt", "apiserver.crt", "apiserver-kubelet-client.crt", "apiserver-etcd-client.crt", "front-proxy-ca.crt",
        "front-proxy-client.crt", "etcd/ca.crt", "etcd/server.crt", "etcd/peer.crt", "etcd/healthcheck-client.crt",
    }  # fmt: skip
    held = certs._again(pki.load_certificate(places.pki / "apiserver.crt"))
    assert {"kubernetes.default.svc.cluster.local", "10.96.0.1", "10.9.0.1", "lab.example", "cp.example"} <= set(
        held.hosts
    )
    for who, server in (("admin", "https://cp.example:8443"), ("scheduler", "https://10.9.0.1:6443")):
        found = kubeconfig.to_client_config(kubeconfig.read(places.conf(who)))
        assert found.server == server and found.ca_data == (places.pki / "ca.crt").read_bytes()
    kubelet = kubeconfig.to_client_config(kubeconfig.read(places.conf("kubelet")))
    assert kubelet.cert_file == str(places.kubelet_client) and places.kubelet_client.is_symlink()
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    keys.ensure(settings, places)
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before, "made twice"
    assert all(p.stat().st_mode & 0o77 == 0 for p in tmp_path.rglob("*.key"))


def test_certificates_are_shown_and_made_anew(tmp_path: Path) -> None:
    places = Places(tmp_path)
    with pytest.raises(ClusterError, match="this is no control plane"):
        certs.rows(places)
    keys.ensure(settings_of(), places)
    mine, theirs = certs.rows(places)
    assert [row[0] for row in mine[1:]] == sorted(row[0] for row in mine[1:]) and len(theirs) == 4
    assert all(row[2] == "364d" and row[4] == "no" for row in mine[1:])
    before = certs._again(pki.load_certificate(places.pki / "apiserver.crt"))
    serial = pki.load_certificate(places.pki / "apiserver.crt").serial_number
    admin = places.conf("admin").read_bytes()
    assert len(certs.renew(places, "all")) == len(mine) - 1
    after = pki.load(places.pki / "apiserver.crt", places.pki / "apiserver.key")
    assert after.cert.serial_number != serial and certs._again(after.cert) == before
    assert places.conf("admin").read_bytes() != admin
    assert (
        certs._inside(places.conf("admin")).subject.rfc4514_string() == "CN=kubernetes-admin,O=kubeadm:cluster-admins"
    )  # type: ignore[attr-defined]
    with pytest.raises(ClusterError, match="no certificate 'x'; there are: all, admin.conf"):
        certs.renew(places, "x")
    (places.pki / "ca.key").unlink()
    with pytest.raises(ClusterError, match="managed externally"):
        certs.renew(places, "apiserver")
    assert {row[4] for row in certs.rows(places)[0][1:] if row[3] == "ca"} == {"yes"}


def test_daemons_have_kubernetes_flags_and_extra_ones_win(tmp_path: Path) -> None:
    places = Places(tmp_path)
    settings = settings_of({"apiServer": {"extraArgs": [{"name": "authorization-mode", "value": "RBAC"}]}})
    specs = {s.name: s for s in daemons.control_plane(settings, places)}
    assert list(specs) == ["etcd", "apiserver", "controller-manager", "scheduler", "dns"]
    flags = flags_of(specs["apiserver"].argv)
    assert flags["authorization-mode"] == "RBAC" and flags["enable-bootstrap-token-auth"] == "true"
    assert flags["etcd-servers"] == "https://127.0.0.1:2379"
    assert flags_of(specs["controller-manager"].argv)["controllers"] == "*,bootstrapsigner,tokencleaner"
    assert flags_of(specs["etcd"].argv)["initial-cluster"] == "m1=https://10.9.0.1:2380"
    several = [daemons.Arg(name="v", value="1"), daemons.Arg(name="v", value="2")]
    assert daemons.arguments({"v": 0, "a": 1}, several) == ["--v=1", "--v=2", "--a=1"]
    outside = settings_of(
        {"etcd": {"external": {"endpoints": ["https://e1:2379", "https://e2:2379"], "caFile": "/ca"}}}
    )
    outer = {s.name: s for s in daemons.control_plane(outside, places)}
    assert "etcd" not in outer
    external = flags_of(outer["apiserver"].argv)
    assert external["etcd-servers"] == "https://e1:2379,https://e2:2379" and external["etcd-cafile"] == "/ca"
    alone = {s.name: s for s in daemons.control_plane(settings_of(sqlite=True), places)}
    assert flags_of(alone["apiserver"].argv)["sqlite-path"] == str(places.sqlite)
    assert flags_of(alone["scheduler"].argv)["leader-elect"] == "false"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_units_are_ones_systemd_takes(tmp_path: Path) -> None:
    specs = [
        *daemons.control_plane(settings_of(), Places(tmp_path)),
        *daemons.node(Places(tmp_path), "m1", "10.9.0.1", "unix:///d", [], "host-gw", "10.1.0.0/16", True),
    ]
    for spec in specs:
        (tmp_path / units.name_of(spec)).write_text(units.unit(spec))
    paths = [str(tmp_path / units.name_of(spec)) for spec in specs]
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *paths], capture_output=True, text=True)
    assert [line for line in done.stderr.splitlines() if "minik8s-" in line] == []


def test_a_unit_says_how_it_comes_back_and_quotes_words() -> None:
    spec = daemons.Spec("kubelet", ["/x y/python", "--a=100%", '--b=q"q', "--c=$HOME"], "/log", env={"A": "1 2"})
    text = units.unit(spec)
    assert "Restart=always" in text and "WantedBy=multi-user.target" in text
    assert "After=network-online.target docker.service" in text and 'Environment="A=1 2"' in text
    assert 'ExecStart="/x y/python" --a=100%% "--b=q\\"q" --c=$$HOME' in text


def test_the_record_remembers_what_was_made(tmp_path: Path) -> None:
    places = Places(tmp_path / "m")
    assert record.load(places) is None
    held = record.Record(role="worker", node="m2", docker="unix:///d")
    held.make(places.cni_conf)
    (tmp_path / "m" / "var").mkdir()
    held.save(places)
    again = record.load(places)
    assert again is not None and again.node == "m2"
    assert str(tmp_path / "m") in again.made and str(tmp_path / "m" / "var") not in again.made
    places.record.write_text("{")
    with pytest.raises(ClusterError, match="cannot read"):
        record.load(places)


def test_a_machine_in_a_cluster_is_told_to_reset(tmp_path: Path) -> None:
    places = Places(tmp_path)
    preflight.check_fresh(places)
    places.kubernetes.mkdir(parents=True)
    places.conf("kubelet").touch()
    with pytest.raises(ClusterError, match="run `minik8s reset` first"):
        preflight.check_fresh(places)


def test_preflight_names_every_error_at_once_and_can_be_told_to_ignore_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        settings = settings_of(sqlite=True)
        settings.init.local_api_endpoint.bind_port = port
        found = preflight.Findings()
        preflight.check_init(settings, Places(tmp_path), found)
        with pytest.raises(ClusterError) as error:
            found.finish(print)
        text = str(error.value)
        assert "[ERROR IsPrivilegedUser]: user is not running as root" in text
        assert f"[ERROR Port-{port}]: Port {port} is in use (API server, held by" in text
        assert "[ERROR CRI]: the Docker engine does not answer at unix:///run/d.sock" in text
        said: list[str] = []
        lenient = preflight.Findings(["all"])
        preflight.check_init(settings, Places(tmp_path), lenient)
        lenient.finish(said.append)
        assert f"\t[WARNING Port-{port}]: Port {port} is in use" in "\n".join(said)
        some = preflight.Findings([f"port-{port}"])
        preflight.check_init(settings, Places(tmp_path), some)
        assert f"Port-{port}" not in dict(some.errors) and "IsPrivilegedUser" in dict(some.errors)


async def test_a_cluster_holds_what_machines_need_to_join() -> None:
    cluster = FakeCluster()
    wanted = objects.documents(settings_of(), pki.new_ca("kubernetes").cert_pem)
    await addons.apply(cluster, wanted)
    await addons.apply(cluster, wanted)
    info = cluster.object(core_v1.ConfigMap, "cluster-info", "kube-public")
    assert info is not None and "https://10.9.0.1:6443" in info.data["kubeconfig"]
    held = cluster.object(core_v1.ConfigMap, "kubeadm-config", "kube-system")
    assert held is not None and "kind: ClusterConfiguration" in held.data["ClusterConfiguration"]
    bindings = {b.metadata.name: b for b in cluster.objects(rbac_v1.ClusterRoleBinding)}
    joiners = "system:bootstrappers:kubeadm:default-node-token"
    assert bindings["kubeadm:kubelet-bootstrap"].subjects[0].name == joiners
    assert bindings["kubeadm:node-autoapprove-bootstrap"].role_ref.name.endswith(":nodeclient")
    assert bindings["kubeadm:node-autoapprove-certificate-rotation"].subjects[0].name == "system:nodes"
    assert bindings["kubeadm:cluster-admins"].role_ref.name == "cluster-admin"


def test_containers_of_another_nodes_pods_are_left_alone() -> None:
    assert _is_pods({"io.kubernetes.pod.name": "a", "minik8s.node": "m1"}, "m1")
    assert not _is_pods({"io.kubernetes.pod.name": "a", "minik8s.node": "m2"}, "m1")
    assert _is_pods({"io.kubernetes.pod.name": "a"}, "")
    assert not _is_pods({"com.example": "x"}, "m1")


def test_a_table_is_empty_when_no_rule_is_in_it() -> None:
    base = "table ip nat {\n\tchain PREROUTING {\n\t\ttype nat hook prerouting priority -100; policy accept;\n\t}\n}\n"
    assert traces.is_empty(base)
    assert not traces.is_empty(base.replace("accept;\n", "accept;\n\t\tcounter packets 0 bytes 0 jump X\n"))
    assert not traces.is_empty("table ip nat {\n\tchain MINE {\n\t}\n}\n"), "a chain of somebody's own"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["init", "--config=f", "--token=x"], "can not mix '--config' with arguments [--token]"),
        (["init", "--token=x", "--node-name=m"], "was not of the form"),
        (["init", "--pod-network-cidr=1.2.3.4/8", "--node-name=m"], "networking.podSubnet: Invalid value"),
        (["join"], "bootstrapToken or file must be set"),
        (["join", "h:1", "--token=abcdef.0123456789abcdef"], "can be unsafe"),
        (["token", "delete", "nope"], "didn't match pattern"),
        (["certs", "check-expiration"], "this is no control plane"),
        (["config", "validate", "--config=/none"], "unable to read config"),
    ],
)
def test_commands_say_what_is_wrong(arguments: list[str], message: str, tmp_path: Path) -> None:
    root = [f"--root-dir={tmp_path}"] if arguments[0] != "config" else []
    done = CliRunner().invoke(main, [*arguments, *root])
    assert done.exit_code != 0 and message in done.output, done.output
    assert not list(tmp_path.rglob("*"))


def test_reset_empties_nothing_below_a_mount_that_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = Places(tmp_path)
    for folder in (places.kubelet / "pods", places.pki, places.state):
        folder.mkdir(parents=True)

    def stays(folders: list[Path]) -> None:
        raise ClusterError(f"{folders[0]}/pods cannot be unmounted: Device or resource busy")

    monkeypatch.setattr(traces, "unmount", stays)
    monkeypatch.setattr(traces, "remove_cgroups", lambda names: None)
    said: list[str] = []
    reset._remove(places, None, said.append)
    assert (places.kubelet / "pods").is_dir() and not places.state.exists()
    (line,) = said
    assert line.endswith("kubelet is left: " + f"{places.kubelet}/pods cannot be unmounted: Device or resource busy")


def test_reset_of_a_machine_in_no_cluster_does_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    done = CliRunner().invoke(main, ["reset", "--force", f"--root-dir={tmp_path}"])
    assert done.exit_code == 0 and "there is nothing to reset" in done.output
    assert files.KUBEADM == "kubeadm.k8s.io/v1beta4"
