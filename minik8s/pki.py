"""Keys and certificates in kubeadm's layout: ECDSA P-256, files made once and renewed before they run out.

`cryptography` is imported where it is used: daemons that are handed their files never pay for it.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import tempfile
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate, GeneralName, KeyUsage, Name

CA_DAYS = 3650
CERT_DAYS = 365
RENEW_DAYS = 30
"""A certificate is renewed when it has less than this left."""
_BACKDATE = timedelta(minutes=5)


class PKIError(Exception):
    """A key or certificate file cannot be read or does not fit the others; the message names it."""


@dataclasses.dataclass(frozen=True, slots=True)
class KeyPair:
    """A certificate and its key."""

    cert: Certificate
    key: EllipticCurvePrivateKey

    @property
    def cert_pem(self) -> bytes:
        """The certificate in PEM."""
        from cryptography.hazmat.primitives.serialization import Encoding

        return self.cert.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The private key in PEM."""
        return key_pem(self.key)


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """What a certificate is for: `name` and `groups` are the user in Kubernetes' eyes, `hosts` names and addresses."""

    name: str
    groups: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    server: bool = False
    client: bool = False
    days: int = CERT_DAYS


def subject_of(name: str, groups: Sequence[str] = ()) -> Name:
    """The subject that Kubernetes takes for a user and its groups.

    X.520 allows 64 characters of a name; that of a node may be longer, and like Go's library nothing here minds.
    """
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    found = [(NameOID.ORGANIZATION_NAME, group) for group in groups] + [(NameOID.COMMON_NAME, name)]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Attribute's length must be")
        return x509.Name([x509.NameAttribute(oid, text, _validate=not text) for oid, text in found])


def new_key() -> EllipticCurvePrivateKey:
    """A fresh P-256 key."""
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: EllipticCurvePrivateKey) -> bytes:
    """A private key in PEM (`EC PRIVATE KEY`, which every client reads)."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def new_ca(name: str, days: int = CA_DAYS) -> KeyPair:
    """A self-signed certificate authority."""
    return _sign(Request(name, days=days), None, is_ca=True)


def issue(ca: KeyPair, request: Request) -> KeyPair:
    """A certificate signed by `ca`."""
    return _sign(request, ca, is_ca=False)


def load(cert: Path, key: Path) -> KeyPair:
    """A pair from its files. Raises PKIError."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        loaded = load_pem_private_key(key.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise PKIError(f"cannot read the key {key}: {error}") from None
    if not isinstance(loaded, ec.EllipticCurvePrivateKey):
        raise PKIError(f"{key} is no ECDSA key")
    return KeyPair(load_certificate(cert), loaded)


def load_certificate(path: Path) -> Certificate:
    """The first certificate of a PEM file. Raises PKIError."""
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise PKIError(f"cannot read the certificate {path}: {error}") from None


def expires(path: Path) -> datetime:
    """When a certificate file runs out. Raises PKIError."""
    return load_certificate(path).not_valid_after_utc


def expires_soon(path: Path, days: int = RENEW_DAYS, now: datetime | None = None) -> bool:
    """Whether a certificate should be renewed; also when it cannot be read."""
    try:
        return expires(path) - (now or datetime.now(UTC)) < timedelta(days=days)
    except PKIError:
        return True


def ensure_ca(folder: Path, stem: str, name: str) -> KeyPair:
    """`STEM.crt` and `STEM.key` of an authority; made when missing, never replaced. Raises PKIError."""
    cert, key = folder / f"{stem}.crt", folder / f"{stem}.key"
    if cert.exists() and key.exists():
        return load(cert, key)
    if cert.exists():
        raise PKIError(f"{cert} is there but its key {key} is not; without it nothing can be signed")
    made = new_ca(name)
    write_pair(cert, key, made)
    return made


def ensure_cert(folder: Path, stem: str, ca: KeyPair, request: Request) -> KeyPair:
    """`STEM.crt` and `STEM.key` signed by `ca`; made anew when missing, running out, or not what is asked for."""
    cert, key = folder / f"{stem}.crt", folder / f"{stem}.key"
    if cert.exists() and key.exists():
        try:
            held = load(cert, key)
        except PKIError:
            held = None
        if held is not None and _fits(held, ca, request):
            return held
    made = issue(ca, request)
    write_pair(cert, key, made)
    return made


def ensure_service_account_keys(folder: Path) -> tuple[Path, Path]:
    """`sa.key` and `sa.pub`, which sign and verify service-account tokens."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key, public = folder / "sa.key", folder / "sa.pub"
    if not key.exists() or not public.exists():
        made = new_key()
        write(key, key_pem(made), 0o600)
        write(public, made.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), 0o644)
    return key, public


def write_self_signed(cert: Path, key: Path, name: str, hosts: Sequence[str]) -> KeyPair:
    """A serving certificate nobody vouches for, as kube daemons make when they are given none."""
    made = _sign(Request(f"{name}@self-signed", hosts=tuple(hosts), server=True), None, is_ca=False)
    write_pair(cert, key, made)
    return made


def write_pair(cert: Path, key: Path, pair: KeyPair) -> None:
    """Write both files; the key is readable by its owner alone."""
    write(key, pair.key_pem, 0o600)
    write(cert, pair.cert_pem, 0o644)


def write(path: Path, content: bytes, mode: int) -> None:
    """Put a file in place at once, so that nobody ever reads half of it."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _sign(request: Request, ca: KeyPair | None, is_ca: bool) -> KeyPair:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID

    key = new_key()
    subject = subject_of(request.name, request.groups)
    now = datetime.now(UTC).replace(microsecond=0)
    end = now + timedelta(days=request.days)
    if ca is not None:
        end = min(end, ca.cert.not_valid_after_utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(ca.cert.subject if ca else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATE)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(_key_usage(is_ca), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    issuer_key = ca.key if ca else key
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
    )
    usages = [ExtendedKeyUsageOID.SERVER_AUTH] * request.server + [ExtendedKeyUsageOID.CLIENT_AUTH] * request.client
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    if request.hosts:
        alternatives = [_alternative(host) for host in dict.fromkeys(request.hosts)]
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return KeyPair(builder.sign(issuer_key, hashes.SHA256()), key)


def _key_usage(is_ca: bool) -> KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative(host: str) -> GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _fits(held: KeyPair, ca: KeyPair, request: Request) -> bool:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.x509.oid import NameOID

    cert = held.cert
    try:
        cert.verify_directly_issued_by(ca.cert)
    except (ValueError, TypeError, InvalidSignature):
        return False
    if cert.public_key() != held.key.public_key():
        return False
    if cert.not_valid_after_utc - datetime.now(UTC) < timedelta(days=RENEW_DAYS):
        return False
    names = [a.value for a in cert.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    groups = {a.value for a in cert.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)}
    if names != [request.name] or groups != set(request.groups):
        return False
    try:
        present = set(cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        present = set()
    return {_alternative(host) for host in request.hosts} <= present
