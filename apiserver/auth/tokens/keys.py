"""Keys that sign and verify service-account tokens, read from PEM files."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc.jwk import ECKey, RSAKey

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.+?-----END \1-----", re.DOTALL)
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


class KeyFileError(Exception):
    """A key file cannot be read or holds no usable key."""


class PublicKey(NamedTuple):
    """A verifying key: its identifier in token headers, its algorithm, and the key itself."""

    kid: str
    algorithm: str
    key: RSAKey | ECKey


class SigningKey(NamedTuple):
    """The key new tokens are signed with, and its public half."""

    key: RSAKey | ECKey
    public: PublicKey


def _algorithm(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> str:
    if isinstance(key, rsa.RSAPublicKey):
        return "RS256"
    found = _CURVES.get(key.curve.name)
    if found is None:
        raise KeyFileError(f"curve {key.curve.name} is not one tokens can be signed with: use P-256, P-384 or P-521")
    return found


def public_key(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> PublicKey:
    """A verifying key, identified by the hash of its DER form as Kubernetes does."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    kid = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
    wrapped = RSAKey.import_key(key) if isinstance(key, rsa.RSAPublicKey) else ECKey.import_key(key)
    return PublicKey(kid, _algorithm(key), wrapped)


def signing_key(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> SigningKey:
    """A signing key with its public half."""
    wrapped = RSAKey.import_key(key) if isinstance(key, rsa.RSAPrivateKey) else ECKey.import_key(key)
    return SigningKey(wrapped, public_key(key.public_key()))


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise KeyFileError(f"cannot read key file {path}: {error.strerror}") from error


def load_signing_key(path: str) -> SigningKey:
    """The private key in a PEM file. Raises KeyFileError."""
    try:
        key = serialization.load_pem_private_key(_read(path), password=None)
    except (ValueError, TypeError) as error:
        raise KeyFileError(f"{path} holds no private key in PEM form") from error
    if not isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
        raise KeyFileError(f"{path}: tokens are signed with RSA or elliptic-curve keys only")
    return signing_key(key)


def _public_of(block: bytes, label: bytes) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey | None:
    if label == b"CERTIFICATE":
        found = x509.load_pem_x509_certificate(block).public_key()
    elif label.endswith(b"PRIVATE KEY"):
        private = serialization.load_pem_private_key(block, password=None)
        found = private.public_key() if hasattr(private, "public_key") else None  # type: ignore[assignment]
    elif label.endswith(b"PUBLIC KEY"):
        found = serialization.load_pem_public_key(block)  # type: ignore[assignment]
    else:
        return None
    return found if isinstance(found, (rsa.RSAPublicKey, ec.EllipticCurvePublicKey)) else None


def load_public_keys(paths: Iterable[str]) -> list[PublicKey]:
    """The verifying keys in PEM files of public keys, private keys or certificates. Raises KeyFileError."""
    found = []
    for path in paths:
        here = []
        for match in _BLOCK.finditer(_read(path)):
            try:
                key = _public_of(match.group(0), match.group(1))
            except (ValueError, TypeError) as error:
                raise KeyFileError(f"{path}: {error}") from error
            if key is not None:
                here.append(public_key(key))
        if not here:
            raise KeyFileError(f"{path} holds no RSA or elliptic-curve key in PEM form")
        found.extend(here)
    return found


class KeyRing:
    """The keys tokens may be signed with, found by the identifier in a token's header."""

    def __init__(self, keys: Sequence[PublicKey]) -> None:
        self.keys = tuple({key.kid: key for key in keys}.values())
        self._by_id = {key.kid: (key,) for key in self.keys}

    def candidates(self, kid: str) -> tuple[PublicKey, ...]:
        """Keys to try: the named one, or all when a token names none."""
        return self._by_id.get(kid, ()) if kid else self.keys
