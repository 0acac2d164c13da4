"""Bootstrap token secrets."""

from __future__ import annotations

from datetime import datetime

from minik8s.api.core_v1 import Secret
from minik8s.machinery.times import TimeError, parse_time

NAMESPACE = "kube-system"
TYPE = "bootstrap.kubernetes.io/token"
PREFIX = "bootstrap-token-"


def field(secret: Secret, name: str) -> str:
    """One field of the secret."""
    return secret.data.get(name, b"").decode("utf-8", "replace")


def seconds_left(secret: Secret, now: datetime) -> float | None:
    """How long the token is good; None for ever. One with an expiration that is no time is no good."""
    text = field(secret, "expiration")
    if not text:
        return None
    try:
        return (parse_time(text) - now).total_seconds()
    except TimeError:
        return 0.0


def signing_token(secret: Secret, now: datetime) -> tuple[str, str] | None:
    """Id and secret of a token that signs the cluster information; None for one that does not."""
    token_id, token = field(secret, "token-id"), field(secret, "token-secret")
    if not token_id or not token or secret.metadata.name != PREFIX + token_id:
        return None
    left = seconds_left(secret, now)
    if field(secret, "usage-bootstrap-signing") != "true" or (left is not None and left <= 0):
        return None
    return token_id, token
