"""Cross-origin requests: which origins are told they may, and what preflights are answered."""

from __future__ import annotations

import hashlib
import re

from ingress.annotations import Settings
from ingress.lines import Lines
from ingress.model import Model
from ingress.quoting import quoted


def _variable(settings: Settings) -> str:
    mark = hashlib.sha256("\n".join(settings.cors_origins).encode()).hexdigest()[:12]
    return f"$cors_{mark}"


def write_maps(out: Lines, model: Model) -> None:
    """A variable for each list of origins: the request's own where it is in it, else nothing."""
    lists = {
        _variable(location.settings): location.settings.cors_origins
        for server in model.servers
        for location in server.locations
        if location.settings.cors and "*" not in location.settings.cors_origins
    }
    for name, origins in sorted(lists.items()):
        with out.block(f"map $http_origin {name}"):
            for origin in origins:
                out(f"{quoted('~*' + _pattern(origin))} $http_origin")
            out('default ""')


def _pattern(origin: str) -> str:
    scheme, _, host = origin.partition("://")
    label = r"[a-z0-9-]+\." if host.startswith("*.") else ""
    return f"^{scheme}://{label}{re.escape(host.removeprefix('*.'))}$"


def write(out: Lines, settings: Settings) -> None:
    """The headers of one location, in place of a backend's own, and its answer to preflights."""
    everyone = "*" in settings.cors_origins
    # Browsers take no `*` together with credentials: whoever asks is named.
    origin = ("$http_origin" if settings.cors_credentials else '"*"') if everyone else _variable(settings)
    headers = {"Access-Control-Allow-Origin": origin}
    if settings.cors_credentials:
        headers["Access-Control-Allow-Credentials"] = '"true"'
    headers["Access-Control-Allow-Methods"] = quoted(settings.cors_methods)
    headers["Access-Control-Allow-Headers"] = quoted(settings.cors_headers)
    if settings.cors_expose:
        headers["Access-Control-Expose-Headers"] = quoted(settings.cors_expose)
    headers["Access-Control-Max-Age"] = f'"{settings.cors_max_age}"'
    kind = "grpc" if settings.protocol.startswith("GRPC") else "proxy"
    out(*(f"{kind}_hide_header {name}" for name in headers))
    out(*(f"add_header {name} {value} always" for name, value in headers.items()))
    if origin.startswith("$"):
        out('add_header Vary "Origin" always')
    with out.block("if ($request_method = OPTIONS)"):
        out("return 204")
