"""The CA that signs requests."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from controllers.certificates import requests
from minik8s.api.certificates_v1 import CertificateSigningRequest

if TYPE_CHECKING:
    from cryptography import x509

_BACKDATE = timedelta(minutes=5)
_SHORTEST = timedelta(minutes=10)
# Usage -> field of the key usage extension.
_KEY_USAGES = {
    "signing": "digital_signature",
    "digital signature": "digital_signature",
    "content commitment": "content_commitment",
    "key encipherment": "key_encipherment",
    "data encipherment": "data_encipherment",
    "key agreement": "key_agreement",
    "cert sign": "key_cert_sign",
    "crl sign": "crl_sign",
    "encipher only": "encipher_only",
    "decipher only": "decipher_only",
}
_EXTENDED = {
    "any": "2.5.29.37.0",
    "server auth": "1.3.6.1.5.5.7.3.1",
    "client auth": "1.3.6.1.5.5.7.3.2",
    "code signing": "1.3.6.1.5.5.7.3.3",
    "email protection": "1.3.6.1.5.5.7.3.4",
    "s/mime": "1.3.6.1.5.5.7.3.4",
    "ipsec end system": "1.3.6.1.5.5.7.3.5",
    "ipsec tunnel": "1.3.6.1.5.5.7.3.6",
    "ipsec user": "1.3.6.1.5.5.7.3.7",
    "timestamping": "1.3.6.1.5.5.7.3.8",
    "ocsp signing": "1.3.6.1.5.5.7.3.9",
    "microsoft sgc": "1.3.6.1.4.1.311.10.3.3",
    "netscape sgc": "2.16.840.1.113730.4.1",
}


class Authority:
    """A CA read from files at each signing, so that a renewed one is used at once.

    `longest` is the most seconds a certificate may be good for.
    """

    def __init__(self, cert_file: str, key_file: str, longest: float) -> None:
        self._cert_file, self._key_file = cert_file, key_file
        self._longest = timedelta(seconds=longest)

    def sign(self, request: CertificateSigningRequest, found: x509.CertificateSigningRequest, now: datetime) -> bytes:
        """The certificate, as PEM. Raises PKIError when the CA cannot be read, ValueError for a usage unknown."""
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.serialization import Encoding

        cert, key = self._load()
        begin = now.replace(microsecond=0) - _BACKDATE
        end = min(now.replace(microsecond=0) + self._duration(request), cert.not_valid_after_utc)
        builder = (
            x509.CertificateBuilder()
            .subject_name(found.subject)
            .issuer_name(cert.subject)
            .public_key(found.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        )
        if (usage := _key_usage(request.spec.usages)) is not None:
            builder = builder.add_extension(usage, critical=True)
        extended = [x509.ObjectIdentifier(_EXTENDED[name]) for name in request.spec.usages if name in _EXTENDED]
        if extended:
            builder = builder.add_extension(x509.ExtendedKeyUsage(dict.fromkeys(extended)), critical=False)
        if names := requests.alternatives(found):
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def _load(self) -> tuple[x509.Certificate, Any]:
        from cryptography.hazmat.primitives.asymmetric import ec, rsa
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        from minik8s import pki

        try:
            key = load_pem_private_key(Path(self._key_file).read_bytes(), None)
        except (OSError, ValueError, TypeError) as error:
            raise pki.PKIError(f"cannot read the key {self._key_file}: {error}") from None
        if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise pki.PKIError(f"{self._key_file} is no RSA or ECDSA key")
        return pki.load_certificate(Path(self._cert_file)), key

    def _duration(self, request: CertificateSigningRequest) -> timedelta:
        asked = request.spec.expiration_seconds
        if asked is None:
            return self._longest
        return min(max(timedelta(seconds=asked), _SHORTEST), self._longest)


def _key_usage(usages: list[str]) -> x509.KeyUsage | None:
    from cryptography import x509

    for name in usages:
        if name not in _KEY_USAGES and name not in _EXTENDED:
            raise ValueError(f"unrecognized usage {name!r}")
    asked = {_KEY_USAGES[name] for name in usages if name in _KEY_USAGES}
    if not asked:
        return None
    if not asked & {"key_agreement"}:
        asked -= {"encipher_only", "decipher_only"}
    fields: dict[str, Any] = {field: field in asked for field in set(_KEY_USAGES.values())}
    return x509.KeyUsage(**fields)
