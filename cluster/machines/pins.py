"""What proves a cluster to a machine that joins: the hash of its CA's public key, and the token's signature."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.x509 import Certificate

_HEX = re.compile(r"[0-9a-fA-F]*")


class PinError(ValueError):
    """A hash is malformed, or none fits the CA that was found."""


def key_hash(certificate: Certificate) -> str:
    """`sha256:` and the hash of the subject public key info, in hex."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return "sha256:" + hashlib.sha256(public).hexdigest()


def parse_hashes(texts: Sequence[str]) -> frozenset[str]:
    """Hashes as `key_hash` writes them. Raises PinError."""
    found = set()
    for text in texts:
        kind, colon, value = text.partition(":")
        if not colon or ":" in value:
            raise PinError('invalid hash, expected "format:hex-value". Known format(s) are: sha256')
        if kind.lower() != "sha256":
            raise PinError(f'unknown hash format "{kind}". Known format(s) are: sha256')
        if len(value) // 2 != 32:
            raise PinError(f'invalid hash "{text}", expected a 32 byte SHA-256 hash, found {len(value) // 2} bytes')
        if not _HEX.fullmatch(value) or len(value) != 64:
            raise PinError(f'invalid hash "{text}", could not decode SHA-256 from hex')
        found.add("sha256:" + value.lower())
    return frozenset(found)


def check(certificates: Sequence[Certificate], pinned: frozenset[str]) -> None:
    """Raises PinError unless the key of one of the certificates is pinned."""
    hashes = [key_hash(certificate) for certificate in certificates]
    if not set(hashes) & pinned:
        raise PinError(
            f'cluster CA found in cluster-info ConfigMap is invalid: none of the public keys "{":".join(hashes)}" '
            "are pinned"
        )


def signature_fits(signature: str, content: str, token_id: str, secret: str) -> bool:
    """Whether a detached JWS (HS256) signs the content with that token."""
    header, _, rest = signature.partition(".")
    payload, _, digest = rest.partition(".")
    if payload or not digest:
        return False
    try:
        said = json.loads(_decode(header))
        given = _decode(digest)
    except (ValueError, binascii.Error):
        return False
    if not isinstance(said, dict) or said.get("alg") != "HS256" or said.get("kid") != token_id:
        return False
    body = base64.urlsafe_b64encode(content.encode()).rstrip(b"=").decode()
    # The key is the token's secret alone, as the bootstrap signer has it.
    wanted = hmac.new(secret.encode(), f"{header}.{body}".encode(), hashlib.sha256).digest()
    return hmac.compare_digest(wanted, given)


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
