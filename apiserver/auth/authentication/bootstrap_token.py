"""Bootstrap tokens: what a new machine joins with, kept as secrets in kube-system."""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Callable
from datetime import datetime

import structlog

from apiserver.auth.protocols import Authenticated, Reader, User
from minik8s.api.core_v1 import Secret

log = structlog.get_logger("apiserver.auth")

SECRET_TYPE = "bootstrap.kubernetes.io/token"
NAMESPACE = "kube-system"
SECRET_PREFIX = "bootstrap-token-"
USER_PREFIX = "system:bootstrap:"
GROUP = "system:bootstrappers"

_TOKEN = re.compile(r"([a-z0-9]{6})\.([a-z0-9]{16})")
_EXTRA_GROUP = re.compile(r"system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]")


class BootstrapTokenAuthenticator:
    """Accepts tokens of the form id.secret that a bootstrap secret allows for authentication."""

    def __init__(self, reader: Reader, now: Callable[[], float] = time.time) -> None:
        self._reader = reader
        self._now = now

    async def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Authenticated | None:
        """The token's user; a token that is wrong in any way is simply not known."""
        match = _TOKEN.fullmatch(token)
        if match is None:
            return None
        token_id, token_secret = match.groups()
        secret = self._reader.get(Secret, SECRET_PREFIX + token_id, NAMESPACE)
        if secret is None:
            return None
        problem = self._problem(secret, token_id, token_secret)
        if not problem:
            groups = _groups(secret)
            if groups is not None:
                return Authenticated(User(USER_PREFIX + token_id, groups))
            problem = "has bad extra groups"
        log.info("bootstrap token refused", secret=f"{NAMESPACE}/{secret.metadata.name}", reason=problem)
        return None

    def _problem(self, secret: Secret, token_id: str, token_secret: str) -> str:
        if secret.metadata.deletion_timestamp is not None:
            return "is being deleted"
        if secret.type != SECRET_TYPE:
            return f"is not of type {SECRET_TYPE}"
        if not hmac.compare_digest(secret.data.get("token-secret", b""), token_secret.encode()):
            return "has another token-secret"
        if secret.data.get("token-id", b"") != token_id.encode():
            return "has another token-id"
        expiration = secret.data.get("expiration", b"")
        if expiration:
            try:
                until = datetime.fromisoformat(expiration.decode())
            except ValueError:
                return "has an expiration that is no time"
            if until.tzinfo is None or until.timestamp() <= self._now():
                return "has expired"
        if secret.data.get("usage-bootstrap-authentication", b"") != b"true":
            return "is not marked usage-bootstrap-authentication=true"
        return ""


def _groups(secret: Secret) -> tuple[str, ...] | None:
    extra = secret.data.get("auth-extra-groups", b"").decode("utf-8", "replace")
    groups = {GROUP}
    for group in extra.split(",") if extra else ():
        if _EXTRA_GROUP.fullmatch(group) is None:
            return None
        groups.add(group)
    return tuple(sorted(groups))
