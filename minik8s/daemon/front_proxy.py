"""Front proxies: who shows a certificate of the proxies' authority says in headers whom it speaks for.

The API server is one for the servers behind it (`--requestheader-*` of an aggregated API server).
"""

from __future__ import annotations

import dataclasses
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from minik8s.daemon.tls import ANONYMOUS, TLSFiles, User

_AUTHENTICATED = "system:authenticated"
Name = tuple[tuple[tuple[str, str], ...], ...]


class FrontProxyError(Exception):
    """The authorities cannot be told apart or read, or a proxy is not one of those allowed; the message says which."""


@dataclasses.dataclass(frozen=True, slots=True)
class HeaderNames:
    """In which headers proxies say for whom they ask, and which proxies may; no `allowed_names` allow all."""

    allowed_names: tuple[str, ...] = ()
    username: tuple[str, ...] = ("X-Remote-User",)
    uid: tuple[str, ...] = ("X-Remote-Uid",)
    group: tuple[str, ...] = ("X-Remote-Group",)
    extra_prefix: tuple[str, ...] = ("X-Remote-Extra-",)


class FrontProxies:
    """Tells proxies' certificates from clients', by the authorities in `files`; these may be renewed while in use.

    The connection has verified the certificate already: what is left to find out is which authority signed it.
    """

    def __init__(self, files: TLSFiles, names: HeaderNames | None = None) -> None:
        self.names = names or HeaderNames()
        self._files = files
        self._state: tuple[int, ...] = ()
        self._proxies: frozenset[Name] = frozenset()
        self._clients: frozenset[Name] = frozenset()

    def user(self, headers: Mapping[str, str], peer: Mapping[str, Any] | None) -> User | None:
        """Whom a proxy speaks for; None when the peer is no proxy or names nobody. Raises FrontProxyError."""
        if not peer or not (name := _first(headers, self.names.username)):
            return None
        self._read()
        if _issuer(peer) not in self._proxies:
            return None
        proxy = next((value for part in peer.get("subject", ()) for key, value in part if key == "commonName"), "")
        if self.names.allowed_names and proxy not in self.names.allowed_names:
            raise FrontProxyError(f"x509: subject with cn={proxy} is not in the allowed list")
        groups = [value for header in self.names.group for value in _all(headers, header)]
        if name != ANONYMOUS.name and not {_AUTHENTICATED, *ANONYMOUS.groups} & set(groups):
            groups.append(_AUTHENTICATED)
        return User(name, tuple(groups), _first(headers, self.names.uid), self._extra(headers))

    def is_client(self, peer: Mapping[str, Any] | None) -> bool:
        """Whether the clients' authority signed the peer's certificate: only then it is a user's. Raises as `user`."""
        self._read()
        return bool(peer) and _issuer(peer) in self._clients

    def _extra(self, headers: Mapping[str, str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        found: dict[str, tuple[str, ...]] = {}
        for prefix in (each.lower() for each in self.names.extra_prefix):
            for header, value in headers.items():
                if header.lower().startswith(prefix):
                    key = unquote(header.lower()[len(prefix) :])
                    found[key] = (*found.get(key, ()), value)
        return tuple(found.items())

    def _read(self) -> None:
        if (state := self._files.state()) == self._state:
            return
        proxies, clients = _authorities(self._files.proxy_ca_file), _authorities(self._files.client_ca_file)
        for name in proxies.keys() & clients.keys():
            if proxies[name] != clients[name]:
                # By its issuer's name alone, a client's certificate would pass for a proxy's.
                raise FrontProxyError(
                    f"different authorities in {self._files.proxy_ca_file} and {self._files.client_ca_file} "
                    "have the same name"
                )
        self._proxies, self._clients, self._state = frozenset(proxies), frozenset(clients), state


def _authorities(path: str) -> dict[Name, set[bytes]]:
    """The certificates of a file by the name they issue under."""
    if not path:
        return {}
    found: dict[Name, set[bytes]] = {}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cafile=path)
    except (OSError, ssl.SSLError) as error:
        raise FrontProxyError(f"cannot read the authorities in {path}: {error}") from None
    for told, der in zip(context.get_ca_certs(), context.get_ca_certs(binary_form=True), strict=True):
        found.setdefault(told["subject"], set()).add(der)  # type: ignore[arg-type]
    return found


def _issuer(peer: Mapping[str, Any] | None) -> Name:
    return (peer or {}).get("issuer", ())  # type: ignore[no-any-return]


def _all(headers: Mapping[str, str], wanted: str) -> list[str]:
    return [value for header, value in headers.items() if header.lower() == wanted.lower() and value]


def _first(headers: Mapping[str, str], wanted: tuple[str, ...]) -> str:
    return next((value for header in wanted for value in _all(headers, header)), "")
