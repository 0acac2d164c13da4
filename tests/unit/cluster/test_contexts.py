from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from cluster import contexts, credentials
from cluster.layout import Layout, nodes
from cluster.options import Options
from minik8s.client import config

OTHER = """
apiVersion: v1
kind: Config
preferences: {colors: true}
current-context: work
clusters: [{name: work, cluster: {server: "https://work", extensions: [{name: x, extension: {a: 1}}]}}]
users: [{name: me, user: {auth-provider: {name: gcp}}}]
contexts: [{name: work, context: {cluster: work, user: me}}]
"""


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout("minik8s", tmp_path / "state", tmp_path / "run", tmp_path / "log")
    options = Options(nodes=2, store="etcd", hollow_nodes=1)
    credentials.ensure(made, options, nodes(made, options))
    return made


def test_our_context_goes_in_and_out_and_others_stay(layout: Layout, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(OTHER)
    before = yaml.safe_load(OTHER)
    contexts.merge(layout, path)
    contexts.merge(layout, path)
    merged = yaml.safe_load(path.read_text())
    assert merged["current-context"] == "minik8s"
    assert [c["name"] for c in merged["contexts"]] == ["work", "minik8s"]
    assert merged["clusters"][0] == before["clusters"][0] and merged["users"][0] == before["users"][0]
    assert merged["preferences"] == {"colors": True}
    assert config.load(str(path)).server == "https://127.0.0.1:6443"
    assert contexts.remove(layout, path)
    assert yaml.safe_load(path.read_text()) == before
    assert not contexts.remove(layout, path)


def test_a_file_that_was_only_ours_is_removed(layout: Layout, tmp_path: Path) -> None:
    path = tmp_path / "sub" / "config"
    contexts.merge(layout, path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert contexts.remove(layout, path)
    assert not path.exists()


def test_a_choice_the_user_made_meanwhile_is_kept(layout: Layout, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(OTHER)
    contexts.merge(layout, path)
    path.write_text(path.read_text().replace("current-context: minik8s", "current-context: work"))
    contexts.remove(layout, path)
    assert yaml.safe_load(path.read_text())["current-context"] == "work"


def test_the_file_is_the_callers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    second = tmp_path / "second"
    second.write_text(OTHER)
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'first'}:{second}")
    assert contexts.user_file() == second
    second.unlink()
    assert contexts.user_file() == tmp_path / "first"
    monkeypatch.delenv("KUBECONFIG")
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert contexts.user_file() == tmp_path / ".kube" / "config"


def test_kubeadms_layout_and_who_is_who(layout: Layout) -> None:
    from cryptography.x509.oid import NameOID

    from minik8s.pki import load_certificate

    present = {str(p.relative_to(layout.pki)) for p in layout.pki.rglob("*.*")}
    assert {
        "ca.crt", "ca.key", "apiserver.crt", "apiserver-kubelet-client.crt", "front-proxy-ca.crt",
        "front-proxy-client.crt", "etcd/ca.crt", "etcd/server.crt", "etcd/peer.crt",
        "etcd/healthcheck-client.crt", "apiserver-etcd-client.crt", "sa.key", "sa.pub",
    } <= present  # fmt: skip
    groups = {}
    for path in (layout.pki / "clients").glob("*.crt"):
        attributes = load_certificate(path).subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        groups[path.stem] = [a.value for a in attributes]
    assert groups.pop("super-admin") == ["system:masters"]
    assert groups.pop("admin") == ["kubeadm:cluster-admins"]
    accounts = ["system:serviceaccounts", "system:serviceaccounts:kube-system"]
    assert groups.pop("metrics-server") == accounts
    assert set(groups) >= {"scheduler", "controller-manager", "proxy"} and not any(groups.values())
    node = load_certificate(layout.pki / "nodes" / "minik8s-2" / "kubelet-client.crt").subject
    assert node.rfc4514_string() == "CN=system:node:minik8s-2,O=system:nodes"
    assert (layout.pki / "ca.key").stat().st_mode & 0o777 == 0o600
    assert layout.kubeconfig("super-admin").stat().st_mode & 0o777 == 0o600
