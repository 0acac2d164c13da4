"""What annotations ask for: those of ingress-nginx that manifests carry, each read by a strict grammar.

Both prefixes mean the same; ours goes first. One that protects and is not known here makes the Ingress refused: served
without it, it would be open. Any other unknown one is left without effect, and its owner is told.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from ingress import values
from ingress.values import BadValue

PREFIXES = ("ingress.minik8s.io/", "nginx.ingress.kubernetes.io/")
PROTECTING = frozenset(
    "auth-url auth-signin auth-snippet auth-tls-secret auth-tls-verify-client auth-tls-match-cn auth-tls-error-page "
    "enable-global-auth satisfy limit-whitelist limit-allowlist "
    "enable-modsecurity enable-owasp-core-rules modsecurity-snippet modsecurity-transaction-id "
    "configuration-snippet server-snippet stream-snippet "
    "canary canary-weight canary-by-header canary-by-cookie".split()
)
"""Known to ingress-nginx, not to us, and not to be passed over in silence."""


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """What holds for all paths of an Ingress. Sizes are as nginx writes them, times seconds, "" and 0 the default."""

    rewrite_target: str = ""
    use_regex: bool = False
    ssl_redirect: bool = True
    force_ssl_redirect: bool = False
    body_size: str = ""
    buffer_size: str = ""
    buffering: bool = False
    request_buffering: bool = False
    connect_timeout: int = 0
    read_timeout: int = 0
    send_timeout: int = 0
    protocol: str = "HTTP"
    upstream_host: str = ""
    allowed: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    auth_type: str = ""
    auth_secret: str = ""
    auth_secret_type: str = "auth-file"
    auth_realm: str = "Authentication Required"
    cors: bool = False
    cors_origins: tuple[str, ...] = ("*",)
    cors_methods: str = "GET, PUT, POST, DELETE, PATCH, OPTIONS"
    cors_headers: str = (
        "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization"
    )
    cors_expose: str = ""
    cors_credentials: bool = True
    cors_max_age: int = 1728000
    permanent_redirect: str = ""
    permanent_redirect_code: int = 301
    temporal_redirect: str = ""
    temporal_redirect_code: int = 302
    app_root: str = ""
    limit_rps: int = 0
    limit_rpm: int = 0
    limit_connections: int = 0
    limit_burst: int = 0
    affinity: str = ""
    cookie_name: str = "INGRESSCOOKIE"
    cookie_path: str = "/"
    cookie_max_age: int = 0
    cookie_secure: bool = False


_TABLE: dict[str, tuple[str, Callable[[str], Any]]] = {
    "rewrite-target": ("rewrite_target", values.rewrite),
    "use-regex": ("use_regex", values.boolean),
    "ssl-redirect": ("ssl_redirect", values.boolean),
    "force-ssl-redirect": ("force_ssl_redirect", values.boolean),
    "proxy-body-size": ("body_size", values.size),
    "proxy-buffer-size": ("buffer_size", values.buffer_size),
    "proxy-buffering": ("buffering", values.switch),
    "proxy-request-buffering": ("request_buffering", values.switch),
    "proxy-connect-timeout": ("connect_timeout", values.seconds),
    "proxy-read-timeout": ("read_timeout", values.seconds),
    "proxy-send-timeout": ("send_timeout", values.seconds),
    "backend-protocol": ("protocol", values.one_of("HTTP", "HTTPS", "GRPC", "GRPCS")),
    "upstream-vhost": ("upstream_host", values.host),
    "whitelist-source-range": ("allowed", values.networks),
    "allowlist-source-range": ("allowed", values.networks),
    "denylist-source-range": ("denied", values.networks),
    "auth-type": ("auth_type", values.one_of("basic")),
    "auth-secret": ("auth_secret", values.secret_name),
    "auth-secret-type": ("auth_secret_type", values.one_of("auth-file", "auth-map")),
    "auth-realm": ("auth_realm", values.realm),
    "enable-cors": ("cors", values.boolean),
    "cors-allow-origin": ("cors_origins", values.origins),
    "cors-allow-methods": ("cors_methods", values.tokens),
    "cors-allow-headers": ("cors_headers", values.tokens),
    "cors-expose-headers": ("cors_expose", values.tokens),
    "cors-allow-credentials": ("cors_credentials", values.boolean),
    "cors-max-age": ("cors_max_age", values.seconds),
    "permanent-redirect": ("permanent_redirect", values.url),
    "permanent-redirect-code": ("permanent_redirect_code", values.redirect_code),
    "temporal-redirect": ("temporal_redirect", values.url),
    "temporal-redirect-code": ("temporal_redirect_code", values.redirect_code),
    "app-root": ("app_root", values.plain_path),
    "limit-rps": ("limit_rps", values.count),
    "limit-rpm": ("limit_rpm", values.count),
    "limit-connections": ("limit_connections", values.count),
    "limit-burst-multiplier": ("limit_burst", values.count),
    "affinity": ("affinity", values.one_of("cookie")),
    "session-cookie-name": ("cookie_name", values.cookie_name),
    "session-cookie-path": ("cookie_path", values.plain_path),
    "session-cookie-max-age": ("cookie_max_age", values.seconds),
    "session-cookie-secure": ("cookie_secure", values.boolean),
}
NAMES = tuple(_TABLE)


class Refused(Exception):
    """An Ingress cannot be served as it asks to be; the message names the annotation."""


def parse(annotations: Mapping[str, str]) -> tuple[Settings, list[str]]:
    """What they ask for, and the full names of those that have no effect. Raises Refused."""
    found: dict[str, Any] = {}
    unknown = []
    for prefix in reversed(PREFIXES):
        for full in sorted(annotations):
            if not full.startswith(prefix):
                continue
            name, value = full.removeprefix(prefix), annotations[full].strip()
            if name in PROTECTING and value not in ("", "false", "off"):
                raise Refused(f"annotation {full} is not supported, and the Ingress is not served without it")
            if name not in _TABLE:
                unknown.append(full)
                continue
            field, read = _TABLE[name]
            try:
                found[field] = read(value)
            except BadValue as error:
                raise Refused(f"annotation {full}: {error}") from None
    settings = Settings(**found)
    if settings.auth_type and not settings.auth_secret:
        raise Refused("annotation auth-type asks for passwords, and auth-secret names no Secret that has them")
    return settings, unknown
