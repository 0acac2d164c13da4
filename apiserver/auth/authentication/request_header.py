"""Front proxies: who presents a certificate of the proxies' authority says in headers whom it speaks for."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from urllib.parse import unquote

from apiserver.auth.authentication.certificates import Authorities
from apiserver.auth.protocols import Authenticated, AuthenticationError, Credentials, User


def _names(headers: Sequence[str]) -> tuple[bytes, ...]:
    return tuple(header.strip().lower().encode("latin-1") for header in headers)


class RequestHeaderAuthenticator:
    """Believes headers of verified proxies (--requestheader-*)."""

    def __init__(
        self,
        authorities: Authorities,
        *,
        allowed_names: Sequence[str] = (),
        username_headers: Sequence[str] = ("X-Remote-User",),
        uid_headers: Sequence[str] = (),
        group_headers: Sequence[str] = ("X-Remote-Group",),
        extra_header_prefixes: Sequence[str] = ("X-Remote-Extra-",),
        now: Callable[[], float] = time.time,
    ) -> None:
        """`allowed_names` are the proxies' common names; empty allows every name the authority signed."""
        self._authorities = authorities
        self._allowed = frozenset(allowed_names)
        self._username = _names(username_headers)
        self._uid = _names(uid_headers)
        self._groups = _names(group_headers)
        self._extra = _names(extra_header_prefixes)
        self._now = now

    async def authenticate(self, credentials: Credentials) -> Authenticated | None:
        """Whom the proxy names; None when the request names none or brings no certificate."""
        if not credentials.peer_certificates:
            return None
        name = _first(credentials, self._username)
        if not name:
            # Without a name there is nothing to believe: the certificate is another authenticator's.
            return None
        proxy = self._authorities.verify(credentials.peer_certificates, self._now())
        if self._allowed and proxy.common_name not in self._allowed:
            raise AuthenticationError(f"x509: subject with cn={proxy.common_name} is not in the allowed list")
        groups = tuple(value for header in self._groups for value in credentials.header_values(header) if value)
        return Authenticated(User(name, groups, _first(credentials, self._uid), self._extras(credentials)))

    def _extras(self, credentials: Credentials) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for prefix in self._extra:
            for header, value in credentials.headers:
                if header.startswith(prefix):
                    key = unquote(header[len(prefix) :].decode("latin-1").lower())
                    found[key] = (*found.get(key, ()), value.decode("latin-1"))
        return found


def _first(credentials: Credentials, headers: Sequence[bytes]) -> str:
    for header in headers:
        value = credentials.header(header)
        if value:
            return value
    return ""
