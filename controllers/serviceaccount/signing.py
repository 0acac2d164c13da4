"""Tokens of token secrets: they name the secret, and never expire."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import msgspec

ISSUER = "kubernetes/serviceaccount"
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


class SigningError(ValueError):
    """The key file holds no key that tokens can be signed with."""


class TokenSigner:
    """Signs with the key of a PEM file."""

    def __init__(self, path: str) -> None:
        from cryptography.hazmat.primitives.asymmetric import ec, rsa
        from cryptography.hazmat.primitives.serialization import (
            Encoding,
            PublicFormat,
            load_pem_private_key,
        )
        from joserfc.jwk import ECKey, RSAKey

        try:
            key = load_pem_private_key(Path(path).read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as error:
            raise SigningError(f"{path} holds no private key in PEM form: {error}") from error
        self._key: Any
        if isinstance(key, rsa.RSAPrivateKey):
            self._algorithm, self._key = "RS256", RSAKey.import_key(key)
        elif isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
            self._algorithm, self._key = _CURVES[key.curve.name], ECKey.import_key(key)
        else:
            raise SigningError(f"{path}: tokens are signed with RSA or elliptic-curve keys only")
        der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self._id = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()

    def sign(self, namespace: str, account: str, uid: str, secret: str) -> str:
        """The token of one secret of an account."""
        from joserfc import jws

        claims = {
            "iss": ISSUER,
            "kubernetes.io/serviceaccount/namespace": namespace,
            "kubernetes.io/serviceaccount/secret.name": secret,
            "kubernetes.io/serviceaccount/service-account.name": account,
            "kubernetes.io/serviceaccount/service-account.uid": uid,
            "sub": f"system:serviceaccount:{namespace}:{account}",
        }
        header = {"alg": self._algorithm, "kid": self._id}
        return jws.serialize_compact(header, msgspec.json.encode(claims), self._key, algorithms=[self._algorithm])
