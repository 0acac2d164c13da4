"""How a machine that joins finds the cluster and comes to trust it: by token and CA hash, or by a file."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from cluster.machines.kinds import BootstrapTokenDiscovery, Discovery
from cluster.machines.pins import PinError, check, parse_hashes, signature_fits
from cluster.machines.tokens import TokenError, split
from cluster.options import ClusterError
from minik8s.api.core_v1 import ConfigMap
from minik8s.client import kubeconfig
from minik8s.client.api import ApiClient
from minik8s.client.config import ClientConfig, ConfigError
from minik8s.client.errors import ApiError, ConnectionFailed
from minik8s.clock import Clock, SystemClock

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

RETRY_SECONDS = 1.0
SIGNATURE_SECONDS = 10.0
"""The signer answers within a moment: a token that has no signature by then is not one of the cluster's."""
_SIGNATURE = "jws-kubeconfig-"
Connect = Callable[[ClientConfig], ApiClient]


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """A cluster that can be trusted: the URL of its control plane, its CA in PEM, and who asks for a certificate."""

    server: str
    ca: bytes
    user: kubeconfig.User


async def discover(
    discovery: Discovery,
    seconds: float,
    say: Callable[[str], None],
    connect: Connect | None = None,
    clock: Clock | None = None,
) -> Found:
    """Find and check the cluster; waits at most `seconds` for it. Raises ClusterError."""
    finder = _Finder(seconds, say, connect or ApiClient, clock or SystemClock())
    try:
        if discovery.file is not None:
            return await finder.by_file(discovery.file.kube_config_path, discovery.tls_bootstrap_token)
        assert discovery.bootstrap_token is not None
        return await finder.by_token(discovery.bootstrap_token, discovery.tls_bootstrap_token)
    except (PinError, TokenError, ConfigError) as error:
        raise ClusterError(str(error)) from None


def check_discovery(discovery: Discovery) -> None:
    """What is given must be enough and not contradict itself. Raises ClusterError."""
    token, file = discovery.bootstrap_token, discovery.file
    if token is None and file is None:
        raise ClusterError(
            "discovery: Invalid value: bootstrapToken or file must be set: give HOST:PORT with --token and "
            "--discovery-token-ca-cert-hash (minik8s token create --print-join-command on the control plane "
            "prints them), or --discovery-file"
        )
    if token is not None and file is not None:
        raise ClusterError("discovery: Invalid value: bootstrapToken and file cannot both be set")
    try:
        if discovery.tls_bootstrap_token:
            split(discovery.tls_bootstrap_token)
        if token is None:
            return
        split(token.token)
        parse_hashes(token.ca_cert_hashes)
    except (TokenError, PinError) as error:
        raise ClusterError(f"discovery: {error}") from None
    if not token.api_server_endpoint:
        raise ClusterError("discovery: APIServerEndpoint is not set: HOST:PORT of the control plane is needed")
    if not token.api_server_endpoint.rpartition(":")[2].isdigit():
        raise ClusterError(f"discovery: the endpoint {token.api_server_endpoint!r} is not of the form HOST:PORT")
    if not token.ca_cert_hashes and not token.unsafe_skip_ca_verification:
        raise ClusterError(
            "discovery: using token-based discovery without caCertHashes can be unsafe. Set "
            "--discovery-token-unsafe-skip-ca-verification (unsafeSkipCAVerification) to continue"
        )


class _Finder:
    def __init__(self, seconds: float, say: Callable[[str], None], connect: Connect, clock: Clock) -> None:
        self._seconds, self._say, self._connect, self._clock = seconds, say, connect, clock

    async def by_token(self, given: BootstrapTokenDiscovery, bootstrap: str) -> Found:
        """Ask the server anybody may ask, believe it by the token's signature and its CA by the hash."""
        token_id, secret = split(given.token)
        pinned = parse_hashes(given.ca_cert_hashes)
        url = f"https://{given.api_server_endpoint}"
        first = await self._cluster_info(ClientConfig(server=url, insecure=True, timeout=10), token_id)
        if not signature_fits(first.data[_SIGNATURE + token_id], first.data["kubeconfig"], token_id, secret):
            raise ClusterError(
                "failed to verify JWS signature of received cluster info object, can't trust this API Server "
                "(the secret part of the token, after the dot, is wrong)"
            )
        found = _cluster_of(first.data["kubeconfig"], "the cluster-info ConfigMap")
        ca = _ca_of(found)
        if pinned:
            check(_certificates(ca), pinned)
            again = await self._cluster_info(ClientConfig(server=url, ca_data=ca, timeout=10), token_id)
            if again.data["kubeconfig"] != first.data["kubeconfig"]:
                raise ClusterError(
                    "the second kubeconfig from the cluster-info ConfigMap (using validated TLS) was different "
                    "from the first"
                )
        return Found(found.server.rstrip("/") or url, ca, kubeconfig.User(token=bootstrap or given.token))

    async def by_file(self, path: str, bootstrap: str) -> Found:
        """Believe a kubeconfig file, or one from an https:// address."""
        text = await _download(path) if path.startswith(("http://", "https://")) else _read(path)
        config = _decode(text, path)
        cluster = _cluster_of(text, path)
        users = [u.user for u in config.users]
        chosen = next((c.context for c in config.contexts if c.name == config.current_context), None)
        user = next((u.user for u in config.users if chosen is not None and u.name == chosen.user), None)
        user = user or (users[0] if users else kubeconfig.User())
        if bootstrap:
            user = kubeconfig.User(token=bootstrap)
        if user == kubeconfig.User():
            raise ClusterError(f"{path} holds no credentials: give a token with --tls-bootstrap-token")
        if not cluster.server.startswith("https://"):
            raise ClusterError(f"{path}: the server {cluster.server!r} is no https:// URL")
        return Found(cluster.server.rstrip("/"), _ca_of(cluster), user)

    async def _cluster_info(self, config: ClientConfig, token_id: str) -> ConfigMap:
        began = self._clock.monotonic()
        deadline = began + self._seconds
        told = ""
        while True:
            patience = deadline
            try:
                async with self._connect(config) as client:
                    held = await client.get(ConfigMap, "cluster-info", "kube-public")
                if not held.data.get("kubeconfig"):
                    raise ClusterError(
                        "there is no kubeconfig key in the cluster-info ConfigMap. This API Server isn't set up for "
                        "token bootstrapping, can't connect"
                    )
                if _SIGNATURE + token_id in held.data:
                    return held
                trouble = (
                    f'token id "{token_id}" is invalid for this cluster or it has expired. Use "minik8s token create" '
                    "on the control-plane node to create a new valid token"
                )
                patience = min(deadline, began + SIGNATURE_SECONDS)
            except (ApiError, ConnectionFailed) as error:
                trouble = f"failed to request the cluster-info ConfigMap: {error}"
            if self._clock.monotonic() >= patience:
                raise ClusterError(f"couldn't validate the identity of the API Server: {trouble}")
            if trouble != told:
                self._say(f"[discovery] {trouble}; trying again")
                told = trouble
            await self._clock.sleep(RETRY_SECONDS)


def _decode(text: str, where: str) -> kubeconfig.Kubeconfig:
    import yaml

    try:
        return msgspec.convert(yaml.safe_load(text), type=kubeconfig.Kubeconfig)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise ClusterError(f"couldn't parse the kubeconfig file in {where}: {error}") from None


def _cluster_of(text: str, where: str) -> kubeconfig.Cluster:
    config = _decode(text, where)
    chosen = next((c.context.cluster for c in config.contexts if c.name == config.current_context), None)
    for cluster in config.clusters:
        if chosen is None or cluster.name == chosen:
            return cluster.cluster
    raise ClusterError(f"malformed kubeconfig in {where}: it has no cluster")


def _ca_of(cluster: kubeconfig.Cluster) -> bytes:
    import base64
    import binascii

    if cluster.certificate_authority and not cluster.certificate_authority_data:
        return _read(cluster.certificate_authority).encode()
    try:
        ca = base64.b64decode(cluster.certificate_authority_data, validate=True)
    except binascii.Error:
        ca = b""
    if not ca:
        raise ClusterError("the cluster's kubeconfig has no certificate-authority-data")
    _certificates(ca)
    return ca


def _certificates(ca: bytes) -> list[Certificate]:
    from cryptography import x509

    try:
        return list(x509.load_pem_x509_certificates(ca))
    except ValueError as error:
        raise ClusterError(f"failed to parse cluster CA from the cluster-info ConfigMap: {error}") from None


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ClusterError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None


async def _download(url: str) -> str:
    import aiohttp

    if not url.startswith("https://"):
        raise ClusterError(f"{url}: discovery information from elsewhere is read over https:// alone")
    try:
        timeout = aiohttp.ClientTimeout(total=30)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
            answer.raise_for_status()
            return await answer.text()
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise ClusterError(f"cannot read {url}: {error}") from None
