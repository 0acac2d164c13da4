"""One location of nginx: what is checked, answered or passed on for one path of one host."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingress import cors, limits, pools
from ingress.annotations import Settings
from ingress.frame import Frame
from ingress.lines import Lines
from ingress.model import Location, Server
from ingress.paths import ROOT, Kind, Match
from ingress.quoting import quoted


def write(out: Lines, frame: Frame, server: Server) -> None:
    """All locations of a host; what none matches is not found."""
    exact = {at.match.path for at in server.locations if at.match.kind is Kind.EXACT}
    expressions = any(at.match.kind is Kind.REGEX for at in server.locations)
    for at in server.locations:
        with out.of(at.owner):
            for head in _heads(at.match, exact, expressions):
                with out.block(f"location {head}"):
                    _body(out, frame, server, at)
    if not any(at.match == ROOT for at in server.locations):
        with out.block('location "/"'):
            out("return 404")


def _heads(match: Match, exact: set[str], expressions: bool) -> Iterator[str]:
    """How nginx is told of a path. It asks expressions in order, so beside one of them prefixes are such too."""
    if match.kind is Kind.EXACT:
        yield f"= {quoted(match.path)}"
    elif match.kind is Kind.REGEX:
        yield f"~* {quoted(match.path)}"
    elif match == ROOT:
        yield '"/"'
    elif expressions:
        yield f"~ {quoted('^' + re.escape(match.path) + '(?:/|$)')}"
    else:
        if match.path not in exact:
            yield f"= {quoted(match.path)}"
        yield quoted(match.path + "/")


def _body(out: Lines, frame: Frame, server: Server, at: Location) -> None:
    settings = at.settings
    if frame.https_port and ((server.tls and settings.ssl_redirect) or settings.force_ssl_redirect):
        port = "" if frame.https_port == 443 else f":{frame.https_port}"
        with out.block("if ($outer_scheme = http)"):
            out(f"return 308 https://$host{port}$request_uri")
    if settings.app_root:
        with out.block('if ($uri = "/")'):
            out(f"return 302 $outer_scheme://$outer_host{settings.app_root}")
    if at.closed:
        out("return 503")
        return
    if settings.temporal_redirect:
        out(f"return {settings.temporal_redirect_code} {quoted(settings.temporal_redirect)}")
        return
    if settings.permanent_redirect:
        out(f"return {settings.permanent_redirect_code} {quoted(settings.permanent_redirect)}")
        return
    if settings.cors:
        cors.write(out, settings)
    _access(out, frame, at)
    limits.write(out, at)
    if at.backend is None or not (at.backend.endpoints or at.backend.external):
        out("return 503")
        return
    _limits(out, settings)
    if settings.rewrite_target:
        pattern = f"(?i){at.match.path}" if at.match.kind is Kind.REGEX else "^"
        out(f"rewrite {quoted(pattern)} {quoted(settings.rewrite_target)} break")
    _pass(out, frame, at)


def _access(out: Lines, frame: Frame, at: Location) -> None:
    settings = at.settings
    out(*(f"deny {network}" for network in settings.denied))
    if settings.allowed:
        out(*(f"allow {network}" for network in settings.allowed), "deny all")
    if at.passwords:
        out(f"auth_basic {quoted(settings.auth_realm)}")
        out(f"auth_basic_user_file {quoted(str(frame.folder / at.passwords))}")


def _limits(out: Lines, settings: Settings) -> None:
    """What differs from what holds everywhere."""
    kind = "grpc" if settings.protocol.startswith("GRPC") else "proxy"
    if settings.body_size:
        out(f"client_max_body_size {settings.body_size}")
    for name, seconds in (
        ("connect", settings.connect_timeout),
        ("read", settings.read_timeout),
        ("send", settings.send_timeout),
    ):
        if seconds:
            out(f"{kind}_{name}_timeout {seconds}s")
    if settings.buffer_size and kind == "grpc":
        out(f"grpc_buffer_size {settings.buffer_size}")
    elif settings.buffer_size:
        out(f"proxy_buffer_size {settings.buffer_size}", f"proxy_buffers 4 {settings.buffer_size}")
    if settings.buffering:
        out("proxy_buffering on")
    if settings.request_buffering:
        out("proxy_request_buffering on")


def _pass(out: Lines, frame: Frame, at: Location) -> None:
    settings, backend = at.settings, at.backend
    assert backend is not None
    cookie = pools.cookie_of(settings)
    if cookie is not None and backend.endpoints:
        out(f"add_header Set-Cookie {cookie.header} always")
    kind = "grpc" if settings.protocol.startswith("GRPC") else "proxy"
    if settings.upstream_host:
        write_headers(out, frame, kind, settings.upstream_host)
    target = pools.name_of(backend, cookie)
    if backend.external:
        # A variable has nginx ask its resolver each time the name's time is over, and not only at its start.
        out(f'set $external "{backend.external}:{backend.port}"')
        target = "$external"
    scheme = {"HTTP": "http", "HTTPS": "https", "GRPC": "grpc", "GRPCS": "grpcs"}[settings.protocol]
    if scheme in ("https", "grpcs"):
        name = settings.upstream_host.partition(":")[0] or backend.external or "$host"
        out(f"{kind}_ssl_server_name on", f"{kind}_ssl_name {name}")
    out(f"{kind}_pass {scheme}://{target}")


def write_headers(out: Lines, frame: Frame, kind: str, host: str) -> None:
    """What a backend is told of the client; a location that changes one has to say all."""
    chain = "$proxy_add_x_forwarded_for" if frame.forwarded_headers else "$remote_addr"
    headers = {
        "Host": host,
        "X-Request-ID": "$outer_request_id",
        "X-Real-IP": "$remote_addr",
        "X-Forwarded-For": chain,
        "X-Forwarded-Host": "$outer_host",
        "X-Forwarded-Port": "$outer_port",
        "X-Forwarded-Proto": "$outer_scheme",
        "X-Forwarded-Scheme": "$outer_scheme",
        "X-Scheme": "$outer_scheme",
        "X-Original-Forwarded-For": "$http_x_forwarded_for",
        # A program of the kind CGI is would take it for its own setting.
        "Proxy": '""',
    }
    if kind == "proxy":
        headers |= {"Upgrade": "$http_upgrade", "Connection": "$outer_connection"}
    out(*(f"{kind}_set_header {name} {value}" for name, value in headers.items()))
