"""Certificates and passwords out of Secrets: files of nginx, named by what is in them, so that a new one is noticed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from ingress.annotations import Settings
from ingress.model import Key
from minik8s.api.core_v1 import Secret

_USER = re.compile(rb"[^:\s\x00-\x1f]{1,256}:[\x21-\x7e]{1,512}")
_MOST_BYTES = 1 << 20
CheckPair = Callable[[bytes], str]
"""What is wrong with a certificate followed by its key, both in PEM; "" for nothing."""


class BadSecret(Exception):
    """A Secret cannot be used; the message says which and why."""


def certificate(name: Key, secret: Secret | None, check: CheckPair) -> tuple[str, bytes]:
    """The file of a TLS Secret: its name and content. Raises BadSecret."""
    shown = "/".join(name)
    if secret is None:
        raise BadSecret(f'secret "{shown}" not found')
    parts = [_decoded(shown, secret, key) for key in ("tls.crt", "tls.key")]
    whole = b"\n".join(part.strip() for part in parts) + b"\n"
    if trouble := check(whole):
        raise BadSecret(f'secret "{shown}" holds no certificate with its key: {trouble}')
    return f"tls/{_digest(whole)}.pem", whole


def passwords(name: Key, secret: Secret | None, settings: Settings) -> tuple[str, bytes]:
    """The file of users and hashes. Raises BadSecret."""
    shown = "/".join(name)
    if secret is None:
        raise BadSecret(f'secret "{shown}" not found')
    if settings.auth_secret_type == "auth-map":
        lines = [key.encode() + b":" + _decoded(shown, secret, key).strip() for key in sorted(secret.data)]
    else:
        lines = [line.strip() for line in _decoded(shown, secret, "auth").splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith(b"#")]
    if not lines or not all(_USER.fullmatch(line) for line in lines):
        raise BadSecret(f'secret "{shown}" does not hold lines of user:hash')
    whole = b"\n".join(lines) + b"\n"
    return f"auth/{_digest(whole)}", whole


def _decoded(shown: str, secret: Secret, key: str) -> bytes:
    content = secret.data.get(key, b"")
    if not content:
        raise BadSecret(f'secret "{shown}" has no {key}')
    if len(content) > _MOST_BYTES:
        raise BadSecret(f'secret "{shown}" is too large')
    return content


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
