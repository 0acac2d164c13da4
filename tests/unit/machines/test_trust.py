"""Tokens, hashes of keys, signatures, and discovery by them."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cluster.machines import pins, tokens
from cluster.machines.discovery import Found, check_discovery, discover
from cluster.machines.keys import document
from cluster.machines.kinds import Discovery
from cluster.options import ClusterError
from controllers.bootstrap.signer import detached_signature
from controllers.bootstrap.tokens import signing_token
from minik8s import pki
from minik8s.api.core_v1 import ConfigMap
from minik8s.api.object_meta import ObjectMeta
from minik8s.client import kubeconfig
from minik8s.client.config import ClientConfig
from minik8s.testing.fake_clock import FakeClock
from minik8s.testing.fake_cluster import FakeCluster

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
TOKEN = "abcdef.0123456789abcdef"


def test_a_token_becomes_a_secret_and_a_token_again() -> None:
    token = tokens.make(TOKEN, NOW, ttl=3600, description="for the lab")
    secret = tokens.to_secret(token)
    assert (secret.metadata.name, secret.metadata.namespace) == ("bootstrap-token-abcdef", "kube-system")
    assert secret.type == "bootstrap.kubernetes.io/token"
    assert secret.data == {
        "token-id": b"abcdef",
        "token-secret": b"0123456789abcdef",
        "description": b"for the lab",
        "expiration": b"2026-05-01T13:00:00Z",
        "usage-bootstrap-signing": b"true",
        "usage-bootstrap-authentication": b"true",
        "auth-extra-groups": b"system:bootstrappers:kubeadm:default-node-token",
    }
    again = tokens.from_secret(secret)
    assert again == tokens.make(TOKEN, NOW, 3600, "for the lab", ("authentication", "signing"))
    assert signing_token(secret, NOW) == ("abcdef", "0123456789abcdef"), "the signer reads the same"
    row = tokens.row(again, NOW + timedelta(minutes=10))
    assert row == [TOKEN, "50m", "2026-05-01T13:00:00Z", "authentication,signing", "for the lab", tokens.DEFAULT_GROUP]
    assert tokens.row(tokens.make(TOKEN, NOW, 0, usages=("signing",), groups=()), NOW)[1:] == [
        "<forever>", "<never>", "signing", "<none>", "<none>",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "abcdef", "ABCDEF.0123456789abcdef", "abcdef.0123456789abcde", f"{TOKEN}0"])
def test_what_is_no_token(text: str) -> None:
    with pytest.raises(tokens.TokenError, match="was not of the form"):
        tokens.split(text)


def test_wrong_wishes_for_a_token() -> None:
    with pytest.raises(tokens.TokenError, match="invalid bootstrap token usage"):
        tokens.make(TOKEN, NOW, usages=("everything",), groups=())
    with pytest.raises(tokens.TokenError, match='bootstrap group "admins" is invalid'):
        tokens.make(TOKEN, NOW, groups=("admins",))
    with pytest.raises(tokens.TokenError, match="without the usage authentication"):
        tokens.make(TOKEN, NOW, usages=("signing",))
    with pytest.raises(tokens.TokenError, match="didn't match pattern"):
        tokens.id_of("abc")
    assert tokens.id_of("abcdef") == tokens.id_of(TOKEN) == "abcdef"
    assert tokens.split(tokens.generate()) and tokens.generate() != tokens.generate()


@pytest.mark.parametrize(
    ("seconds", "shown"), [(86400 * 400, "1y"), (90000, "1d"), (86399, "23h"), (61, "1m"), (5, "5s"), (-9, "<invalid>")]
)
def test_durations_are_shortened(seconds: float, shown: str) -> None:
    assert tokens.short_duration(seconds) == shown


def test_a_hash_is_that_of_openssl(tmp_path: Path) -> None:
    ca = pki.new_ca("kubernetes")
    (tmp_path / "ca.crt").write_bytes(ca.cert_pem)
    public = subprocess.run(
        ["openssl", "x509", "-pubkey", "-noout", "-in", str(tmp_path / "ca.crt")], capture_output=True, check=True
    )
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-outform", "der"], input=public.stdout, capture_output=True, check=True
    )
    assert pins.key_hash(ca.cert) == "sha256:" + hashlib.sha256(der.stdout).hexdigest()
    pins.check([ca.cert], pins.parse_hashes([pins.key_hash(ca.cert).upper().replace("SHA256", "sha256")]))
    with pytest.raises(pins.PinError, match="are pinned"):
        pins.check([ca.cert], frozenset({"sha256:" + "0" * 64}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("abc", 'expected "format:hex-value"'),
        ("md5:abc", 'unknown hash format "md5"'),
        ("sha256:abcd", "expected a 32 byte SHA-256 hash, found 2 bytes"),
        ("sha256:" + "x" * 64, "could not decode SHA-256 from hex"),
    ],
)
def test_malformed_hashes(text: str, message: str) -> None:
    with pytest.raises(pins.PinError, match=message):
        pins.parse_hashes([text])


def test_a_signature_is_that_of_the_signer_and_of_nobody_else() -> None:
    signature = detached_signature("content", "abcdef", "0123456789abcdef")
    assert pins.signature_fits(signature, "content", "abcdef", "0123456789abcdef")
    assert not pins.signature_fits(signature, "content!", "abcdef", "0123456789abcdef")
    assert not pins.signature_fits(signature, "content", "abcdef", "0123456789abcdee")
    assert not pins.signature_fits(signature, "content", "fedcba", "0123456789abcdef")
    header = base64.urlsafe_b64encode(b'{"alg":"none","kid":"abcdef"}').rstrip(b"=").decode()
    for forged in ("", "..", f"{header}..", f"{header}..aa", signature.replace("..", ".x."), "%.. "):
        assert not pins.signature_fits(forged, "content", "abcdef", "0123456789abcdef"), forged


class World:
    """A cluster that publishes itself, and who asked it how."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.cluster = FakeCluster(self.clock)
        self.ca = pki.new_ca("kubernetes")
        self.asked: list[ClientConfig] = []
        self.said: list[str] = []
        whole = document("https://10.0.0.1:6443", self.ca.cert_pem, kubeconfig.User(), "", "")
        self.content = kubeconfig.encode(kubeconfig.Kubeconfig(clusters=whole.clusters)).decode()
        self.sign(TOKEN)

    def sign(self, token: str) -> None:
        token_id, secret = tokens.split(token)
        data = {
            "kubeconfig": self.content,
            f"jws-kubeconfig-{token_id}": detached_signature(self.content, token_id, secret),
        }
        self.cluster.add(ConfigMap(metadata=ObjectMeta(name="cluster-info", namespace="kube-public"), data=data))

    def connect(self, config: ClientConfig) -> FakeCluster:
        self.asked.append(config)
        return self.cluster

    async def find(self, token: str = TOKEN, **given: object) -> Found:
        discovery = {
            "token": token,
            "apiServerEndpoint": "10.0.0.1:6443",
            "caCertHashes": [pins.key_hash(self.ca.cert)],
        }
        wanted = Discovery.model_validate({"bootstrapToken": discovery | given})
        return await discover(wanted, 300, self.said.append, self.connect, self.clock)


async def test_discovery_trusts_by_token_then_by_hash_and_asks_twice() -> None:
    world = World()
    found = await world.find()
    assert (found.server, found.ca) == ("https://10.0.0.1:6443", world.ca.cert_pem)
    assert found.user.token == TOKEN
    assert [c.insecure for c in world.asked] == [True, False] and world.asked[1].ca_data == world.ca.cert_pem


async def test_discovery_refuses_a_wrong_secret_and_a_wrong_hash() -> None:
    world = World()
    with pytest.raises(ClusterError, match="failed to verify JWS signature"):
        await world.find("abcdef.0000000000000000")
    with pytest.raises(ClusterError, match="are pinned"):
        await world.find(caCertHashes=["sha256:" + "1" * 64])


async def test_discovery_gives_the_signer_a_moment_and_then_says_that_the_token_is_none() -> None:
    import asyncio

    world = World()
    asking = asyncio.ensure_future(world.find("fedcba.0123456789abcdef"))
    for _ in range(12):
        await world.clock.settle()
        await world.clock.advance(1)
    with pytest.raises(ClusterError, match='token id "fedcba" is invalid for this cluster or it has expired'):
        await asyncio.wait_for(asking, 30)
    assert len(world.said) == 1 and "trying again" in world.said[0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "bootstrapToken or file must be set"),
        ({"bootstrapToken": {"token": "x"}}, "was not of the form"),
        ({"bootstrapToken": {"token": TOKEN}}, "APIServerEndpoint is not set"),
        ({"bootstrapToken": {"token": TOKEN, "apiServerEndpoint": "host"}}, "not of the form HOST:PORT"),
        ({"bootstrapToken": {"token": TOKEN, "apiServerEndpoint": "h:1"}}, "without caCertHashes can be unsafe"),
        ({"bootstrapToken": {"token": TOKEN, "apiServerEndpoint": "h:1", "caCertHashes": ["z"]}}, "invalid hash"),
        ({"bootstrapToken": {"token": TOKEN}, "file": {"kubeConfigPath": "/f"}}, "cannot both be set"),
    ],
)
def test_discovery_that_cannot_be(given: dict[str, object], message: str) -> None:
    with pytest.raises(ClusterError, match=message):
        check_discovery(Discovery.model_validate(given))


async def test_discovery_by_a_file(tmp_path: Path) -> None:
    ca = pki.new_ca("kubernetes")
    path = tmp_path / "cluster.conf"
    made = document("https://10.0.0.1:6443/", ca.cert_pem, kubeconfig.User(), "nobody", "c")
    path.write_bytes(kubeconfig.encode(made))
    wanted = Discovery.model_validate({"file": {"kubeConfigPath": str(path)}, "tlsBootstrapToken": TOKEN})
    found = await discover(wanted, 5, print)
    assert (found.server, found.ca, found.user.token) == ("https://10.0.0.1:6443", ca.cert_pem, TOKEN)
    with pytest.raises(ClusterError, match="holds no credentials"):
        await discover(Discovery.model_validate({"file": {"kubeConfigPath": str(path)}}), 5, print)
    with pytest.raises(ClusterError, match="over https:// alone"):
        await discover(Discovery.model_validate({"file": {"kubeConfigPath": "http://x/y"}}), 5, print)
    path.write_text("clusters: 5")
    with pytest.raises(ClusterError, match="couldn't parse the kubeconfig file"):
        await discover(wanted, 5, print)
