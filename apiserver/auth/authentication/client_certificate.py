"""Client certificates: the common name is the user, the organizations are its groups."""

from __future__ import annotations

import time
from collections.abc import Callable

from apiserver.auth.authentication.certificates import Authorities
from apiserver.auth.protocols import Authenticated, Credentials, User

CREDENTIAL_ID = "authentication.kubernetes.io/credential-id"


class ClientCertificateAuthenticator:
    """Accepts certificates the bundle (--client-ca-file) verifies."""

    def __init__(self, authorities: Authorities, now: Callable[[], float] = time.time) -> None:
        self._authorities = authorities
        self._now = now
        self._users: dict[str, Authenticated] = {}

    async def authenticate(self, credentials: Credentials) -> Authenticated | None:
        """The certificate's subject; None without a certificate or common name."""
        if not credentials.peer_certificates:
            return None
        found = self._authorities.verify(credentials.peer_certificates, self._now())
        if not found.common_name:
            return None
        known = self._users.get(found.fingerprint)
        if known is None:
            extra = {CREDENTIAL_ID: (f"X509SHA256={found.fingerprint}",)}
            known = Authenticated(User(found.common_name, found.organizations, found.uid, extra))
            if len(self._users) >= 4096:
                self._users.clear()
            self._users[found.fingerprint] = known
        return known
