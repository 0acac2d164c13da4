"""Who may use the console: a token that opens it once becomes a session, which a cookie carries."""

from __future__ import annotations

import hashlib
import secrets

COOKIE = "minik8s-console"


class Sessions:
    """The sessions of one console; they end with it. Only digests of what opens it are kept."""

    def __init__(self) -> None:
        self.base = secrets.token_urlsafe(9)
        """The folder of all pages. A browser sends a cookie to every port of a host, so to whatever else listens on
        loopback; that it is for this folder alone keeps it from them."""
        self._tokens: set[bytes] = set()
        self._sessions: set[bytes] = set()

    def new_token(self) -> str:
        """A token that opens a session, once. The one before it, if unused, opens nothing any more."""
        token = secrets.token_urlsafe(32)
        self._tokens = {_digest(token)}
        return token

    def open(self, token: str) -> str:
        """A session for a token, "" when it opens nothing (any more)."""
        digest = _digest(token)
        if digest not in self._tokens:
            return ""
        self._tokens.discard(digest)
        session = secrets.token_urlsafe(32)
        self._sessions.add(_digest(session))
        return session

    def known(self, session: str) -> bool:
        """Whether a session is open."""
        return bool(session) and _digest(session) in self._sessions

    def close(self, session: str) -> None:
        """End a session."""
        self._sessions.discard(_digest(session))


def _digest(secret: str) -> bytes:
    # What is compared is a digest, so that how long it takes says nothing about the secret.
    return hashlib.sha256(secret.encode(errors="surrogateescape")).digest()
