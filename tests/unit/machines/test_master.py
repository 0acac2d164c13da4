"""A further machine of the control plane: what is handed over, sealed, and its place in etcd."""

from __future__ import annotations

from pathlib import Path

import pytest

from cluster.machines import keys, uploads
from cluster.machines.kinds import ClusterConfiguration, InitConfiguration, JoinConfiguration, JoinControlPlane
from cluster.machines.master import Master, Shared
from cluster.machines.members import Member, initial_cluster, peer_url
from cluster.machines.places import Places
from cluster.machines.settings import Settings
from cluster.options import ClusterError
from minik8s.api.core_v1 import Secret
from minik8s.testing.fake_cluster import FakeCluster


def control_plane(root: Path) -> Places:
    init = {"nodeRegistration": {"name": "m1"}, "localAPIEndpoint": {"advertiseAddress": "10.9.0.1"}}
    settings = Settings(InitConfiguration.model_validate(init), ClusterConfiguration(), {}, {})
    keys.ensure(settings, Places(root))
    return Places(root)


def test_what_is_sealed_opens_with_its_key_alone() -> None:
    key = uploads.key_bytes(uploads.new_key())
    sealed = uploads.seal(b"secret", key)
    assert b"secret" not in sealed and uploads.unseal(sealed, key) == b"secret"
    assert sealed != uploads.seal(b"secret", key)
    for wrong in (sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:5], b""):
        with pytest.raises(ClusterError, match="is not the key it was sealed with"):
            uploads.unseal(wrong, key)
    with pytest.raises(ClusterError, match="is not the key"):
        uploads.unseal(sealed, uploads.key_bytes(uploads.new_key()))
    for text in ("", "zz" * 32, "00" * 31):
        with pytest.raises(ClusterError, match="32 bytes in hex"):
            uploads.key_bytes(text)


async def test_authorities_go_through_the_cluster_and_nothing_else_does(tmp_path: Path) -> None:
    places = control_plane(tmp_path / "m1")
    cluster = FakeCluster()
    key = uploads.new_key()
    await uploads.upload(cluster, places, True, key)
    await uploads.upload(cluster, places, True, key)
    secret = cluster.object(Secret, "kubeadm-certs", "kube-system")
    assert secret is not None
    assert set(secret.data) == {
        "ca.crt", "ca.key", "front-proxy-ca.crt", "front-proxy-ca.key", "sa.pub", "sa.key",
        "etcd-ca.crt", "etcd-ca.key",
    }  # fmt: skip
    (owner,) = secret.metadata.owner_references
    token = cluster.object(Secret, owner.name, "kube-system")
    assert token is not None and owner.uid == token.metadata.uid, "it ends with its token"
    assert "expiration" in token.data and "auth-extra-groups" not in token.data
    found = await uploads.download(cluster, True, key)
    second = Places(tmp_path / "m2")
    assert len(uploads.missing(second, True)) == 8
    uploads.write(second, found)
    assert uploads.missing(second, True) == []
    assert (second.pki / "ca.key").read_bytes() == (places.pki / "ca.key").read_bytes()
    assert (second.pki / "etcd" / "ca.key").stat().st_mode & 0o77 == 0
    cluster.remove(Secret, "kubeadm-certs", "kube-system")
    with pytest.raises(ClusterError, match="might have expired"):
        await uploads.download(cluster, True, key)


@pytest.mark.parametrize(
    ("cluster", "sqlite", "message"),
    [
        ({}, False, "doesn't have a stable controlPlaneEndpoint address"),
        ({"controlPlaneEndpoint": "cp:6443"}, True, "which one machine alone can"),
        ({"controlPlaneEndpoint": "cp:6443"}, False, "ca.key.*certs upload"),
    ],
)
async def test_who_cannot_be_one_is_told_why(
    cluster: dict[str, str], sqlite: bool, message: str, tmp_path: Path
) -> None:
    shared = Shared(ClusterConfiguration.model_validate(cluster), {}, {}, "host-gw", sqlite)
    further = JoinControlPlane.model_validate({"localAPIEndpoint": {"advertiseAddress": "10.9.0.2"}})
    with pytest.raises(ClusterError, match=message):
        await Master.prepare(JoinConfiguration(), further, shared, Places(tmp_path), FakeCluster())


def test_the_new_member_has_its_own_name_though_etcd_does_not_know_it_yet() -> None:
    own = peer_url("10.9.0.2")
    there = [Member("1", "m1", ("https://10.9.0.1:2380",)), Member("2", "", (own,), learner=True)]
    assert initial_cluster(there, "m2", own) == "m1=https://10.9.0.1:2380,m2=https://10.9.0.2:2380"
