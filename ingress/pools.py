"""Upstream blocks: the endpoints behind one Service port, with or without a cookie that keeps a client at one."""

from __future__ import annotations

import dataclasses
import hashlib

from ingress.annotations import Settings
from ingress.backends import Backend
from ingress.lines import Lines
from ingress.model import Location, Model

_KEPT_CONNECTIONS = 32


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Cookie:
    """What a client is kept by."""

    name: str
    path: str
    max_age: int
    secure: bool

    @property
    def mark(self) -> str:
        """A short name that no other cookie has."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:12]

    @property
    def header(self) -> str:
        """The variable with what is to be set, empty for who has it already."""
        return f"$sticky_set_{self.mark}"


def cookie_of(settings: Settings) -> Cookie | None:
    """The cookie an Ingress asks for."""
    if settings.affinity != "cookie":
        return None
    return Cookie(settings.cookie_name, settings.cookie_path, settings.cookie_max_age, settings.cookie_secure)


def name_of(backend: Backend, cookie: Cookie | None) -> str:
    """The name of the upstream block; no namespace and no number has a dot, so it is nobody else's."""
    name = f"{backend.service}.{backend.namespace}.{backend.port}"
    return f"{name}.{cookie.mark}" if cookie is not None else name


def write(out: Lines, model: Model) -> None:
    """All upstreams and what their cookies need."""
    found: dict[str, tuple[Backend, Cookie | None]] = {}
    for server in model.servers:
        for location in server.locations:
            if (backend := _pooled(location)) is not None:
                cookie = cookie_of(location.settings)
                found[name_of(backend, cookie)] = (backend, cookie)
    for cookie in sorted({cookie for _, cookie in found.values() if cookie is not None}):
        _write_cookie(out, cookie)
    for name in sorted(found):
        backend, cookie = found[name]
        with out.block(f"upstream {name}"):
            if cookie is not None:
                out(f"hash $sticky_{cookie.mark} consistent")
            # Who is in rotation is for readiness probes to say, not for nginx.
            out(*(f"server {endpoint} max_fails=0" for endpoint in backend.endpoints))
            out(f"keepalive {_KEPT_CONNECTIONS}")


def _pooled(location: Location) -> Backend | None:
    backend = location.backend
    return backend if backend is not None and backend.endpoints else None


def _write_cookie(out: Lines, cookie: Cookie) -> None:
    value = f"{cookie.name}=$request_id; Path={cookie.path}; HttpOnly"
    if cookie.max_age:
        value += f"; Max-Age={cookie.max_age}"
    if cookie.secure:
        value += "; Secure"
    with out.block(f"map $cookie_{cookie.name} $sticky_{cookie.mark}"):
        out('"" $request_id', f"default $cookie_{cookie.name}")
    with out.block(f"map $cookie_{cookie.name} $sticky_set_{cookie.mark}"):
        out(f'"" "{value}"', 'default ""')
