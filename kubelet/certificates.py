"""The kubelet's own client certificate: asked for with a bootstrap token once, and renewed before it runs out.

It lies in `kubelet-client-current.pem`, certificate and key together, a link to the newest of the dated files beside
it. The client of a kubeconfig that names the link finds a new certificate there by itself.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from minik8s.api.certificates_v1 import CertificateSigningRequest, CertificateSigningRequestSpec
from minik8s.api.object_meta import ObjectMeta
from minik8s.client import config as client_config
from minik8s.client import kubeconfig
from minik8s.client.api import ApiClient
from minik8s.client.errors import AlreadyExists, ApiError, ConnectionFailed
from minik8s.clock import Clock, SystemClock
from minik8s.daemon.run import Fatal

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

log = structlog.get_logger("kubelet.certificates")

SIGNER = "kubernetes.io/kube-apiserver-client-kubelet"
USAGES = ["digital signature", "client auth"]
CURRENT = "kubelet-client-current.pem"
KEY_BEING_USED = "kubelet-client.key.tmp"
"""The key of a request that is under way: a restarted kubelet goes on with it, and so with the same request."""
WAIT_SECONDS = 15 * 60.0
"""How long a request may wait for its certificate before another is made."""
RETRY_SECONDS = (1.0, 60.0)
RENEW_PAUSE_SECONDS = 10.0


class Refused(Exception):
    """The request for a certificate was denied, or its signer failed; the message says why."""


class ClientCertificates:
    """The files of one node's client certificate in `folder`."""

    def __init__(self, folder: Path, node_name: str, clock: Clock | None = None) -> None:
        self._folder, self._node = folder, node_name
        self._clock = clock or SystemClock()

    @property
    def current(self) -> Path:
        """The certificate in use, with its key."""
        return self._folder / CURRENT

    def lifetime(self) -> tuple[datetime, datetime] | None:
        """From when to when the current certificate is good; None when there is none that can be read."""
        return lifetime(self.current)

    async def bootstrap(self, target: Path, bootstrap: Path) -> None:
        """Have a kubeconfig file at `target` that is good: made with the credentials of `bootstrap` if it is not.

        Waits until the request is approved and signed. Raises Fatal when there is nothing to begin with.
        """
        if usable(target, self._clock.now()):
            return
        if not bootstrap.exists():
            raise Fatal(
                f"{target} is missing or its certificate has expired, and there is no {bootstrap} to ask for another "
                "with: join the machine again"
            )
        found = kubeconfig.to_client_config(kubeconfig.read(bootstrap), user_agent="minik8s-kubelet")
        async with ApiClient(found, self._clock) as client:
            await self._obtain(client)
        write_kubeconfig(target, kubeconfig.read(bootstrap), self.current)
        log.info("the client certificate is there", file=str(self.current))

    async def keep(self, client: ApiClient) -> None:
        """Renew the current certificate when most of its life is over, until cancelled."""
        wait, most = RETRY_SECONDS
        while True:
            held = self.lifetime()
            if held is None:
                return
            left = (rotation_time(*held) - self._clock.now()).total_seconds()
            if left > 0:
                await self._clock.sleep(left)
                continue
            try:
                await self._renew(client)
                held = self.lifetime()
                log.info("the client certificate was renewed", until=str(held[1]) if held else "unknown")
                wait = RETRY_SECONDS[0]
                # One that is as good as over when it comes must not be asked for without pause.
                await self._clock.sleep(RENEW_PAUSE_SECONDS)
            except (ApiError, ConnectionFailed, Refused, TimeoutError) as error:
                log.warning("the client certificate cannot be renewed", error=str(error), again_in=wait)
                await self._clock.sleep(wait)
                wait = min(wait * 2, most)

    async def _obtain(self, client: ApiClient) -> None:
        """The first certificate: ask until it is given."""
        wait, most = RETRY_SECONDS
        while True:
            try:
                await self._renew(client)
                return
            except (ConnectionFailed, ApiError, TimeoutError, Refused) as error:
                log.warning("no client certificate yet", error=str(error), again_in=wait)
            await self._clock.sleep(wait)
            wait = min(wait * 2, most)

    async def _renew(self, client: ApiClient) -> None:
        key = self._key()
        asked = signing_request(key, self._node)
        name = await _create(client, asked)
        try:
            certificate = await _certificate(client, name, WAIT_SECONDS)
        except (Refused, TimeoutError):
            # Another request needs another key, or it would be this one again.
            (self._folder / KEY_BEING_USED).unlink(missing_ok=True)
            raise
        self.store(certificate, key)

    def store(self, certificate: bytes, key: EllipticCurvePrivateKey) -> None:
        """Make a certificate the current one."""
        from minik8s import pki

        stamp = self._clock.now().astimezone(UTC).strftime("%Y-%m-%d-%H-%M-%S")
        path = self._folder / f"kubelet-client-{stamp}.pem"
        pki.write(path, certificate.rstrip(b"\n") + b"\n" + pki.key_pem(key), 0o600)
        link = self._folder / f".{CURRENT}.new"
        link.unlink(missing_ok=True)
        link.symlink_to(path.name)
        link.replace(self.current)
        (self._folder / KEY_BEING_USED).unlink(missing_ok=True)

    def _key(self) -> EllipticCurvePrivateKey:
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        from minik8s import pki

        path = self._folder / KEY_BEING_USED
        with contextlib.suppress(OSError, ValueError, TypeError):
            held = load_pem_private_key(path.read_bytes(), None)
            if isinstance(held, ec.EllipticCurvePrivateKey):
                return held
        made = pki.new_key()
        pki.write(path, pki.key_pem(made), 0o600)
        return made


def signing_request(key: EllipticCurvePrivateKey, node_name: str) -> CertificateSigningRequest:
    """The request for a node's client certificate; the same key and node give the same name."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from minik8s import pki

    common = f"system:node:{node_name}"
    subject = pki.subject_of(common, ("system:nodes",))
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    digest = hashlib.sha256(b"\0".join((public, common.encode(), SIGNER.encode(), *(u.encode() for u in USAGES))))
    name = "node-csr-" + base64.urlsafe_b64encode(digest.digest()).decode().rstrip("=")
    spec = CertificateSigningRequestSpec(
        request=made.public_bytes(Encoding.PEM), signer_name=SIGNER, usages=list(USAGES)
    )
    return CertificateSigningRequest(metadata=ObjectMeta(name=name), spec=spec)


async def _create(client: ApiClient, request: CertificateSigningRequest) -> str:
    try:
        await client.create(request)
    except AlreadyExists:
        log.info("going on with a request made before", name=request.metadata.name)
    return request.metadata.name


async def _certificate(client: ApiClient, name: str, seconds: float) -> bytes:
    """What the signer answers. Raises Refused, or TimeoutError when nobody does."""
    async with asyncio.timeout(seconds):
        while True:
            held = await client.get(CertificateSigningRequest, name)
            if (found := answer_of(held)) is not None:
                return found
            version = held.metadata.resource_version
            async for event in client.watch(
                CertificateSigningRequest, field_selector=f"metadata.name={name}", resource_version=version
            ):
                if event.type == "DELETED":
                    raise Refused(f'the certificate signing request "{name}" was deleted')
                if (found := answer_of(event.object)) is not None:
                    return found


def answer_of(request: CertificateSigningRequest) -> bytes | None:
    """The certificate of a request, None while it waits. Raises Refused."""
    for condition in request.status.conditions:
        if condition.type in ("Denied", "Failed"):
            raise Refused(
                f'the certificate signing request "{request.metadata.name}" is {condition.type.lower()}: '
                f"{condition.message or condition.reason or 'no reason given'}"
            )
    approved = any(condition.type == "Approved" for condition in request.status.conditions)
    return request.status.certificate if approved and request.status.certificate else None


def rotation_time(begin: datetime, end: datetime, at: float | None = None) -> datetime:
    """When to renew: somewhere between 70 and 90 percent of the certificate's life; `at` (0 to 1) chooses where."""
    share = 0.7 + 0.2 * (random.Random(begin.timestamp()).random() if at is None else at)
    return begin + timedelta(seconds=(end - begin).total_seconds() * share)


def lifetime(path: Path) -> tuple[datetime, datetime] | None:
    """From when to when the certificate of a file is good; None when it cannot be read."""
    from minik8s import pki

    try:
        found = pki.load_certificate(path)
    except pki.PKIError:
        return None
    return found.not_valid_before_utc, found.not_valid_after_utc


def usable(path: Path, now: datetime) -> bool:
    """Whether a kubeconfig file is there whose client certificate, if it has one, is still good."""
    from cryptography import x509

    try:
        found = kubeconfig.to_client_config(kubeconfig.read(path))
        if found.cert_data:
            return x509.load_pem_x509_certificate(found.cert_data).not_valid_after_utc > now
    except (client_config.ConfigError, ValueError):
        return False
    if found.cert_file:
        held = lifetime(Path(found.cert_file))
        return held is not None and held[1] > now
    return True


def write_kubeconfig(target: Path, source: kubeconfig.Kubeconfig, current: Path) -> None:
    """A kubeconfig of the same server as `source`, with the certificate of `current`."""
    user = kubeconfig.User(client_certificate=str(current), client_key=str(current))
    chosen = next(c.context for c in source.contexts if c.name == source.current_context)
    cluster = next(c.cluster for c in source.clusters if c.name == chosen.cluster)
    made = kubeconfig.Kubeconfig(
        clusters=[kubeconfig.NamedCluster(name="default-cluster", cluster=cluster)],
        users=[kubeconfig.NamedUser(name="default-auth", user=user)],
        contexts=[
            kubeconfig.NamedContext(
                name="default-context", context=kubeconfig.Context(cluster="default-cluster", user="default-auth")
            )
        ],
        current_context="default-context",
    )
    kubeconfig.write_private(target, kubeconfig.encode(made))
