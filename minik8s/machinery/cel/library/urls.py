"""URLs (Kubernetes' library `url`)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, ClassVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from minik8s.machinery.cel.errors import EvalError
from minik8s.machinery.cel.library.declare import function, method, walked
from minik8s.machinery.cel.types import BOOL, STRING, Type, list_of, map_of
from minik8s.machinery.cel.values import Opaque

URL = Type("kubernetes.URL")


class Url(Opaque):
    """A parsed URL."""

    CEL_TYPE: ClassVar[str] = "kubernetes.URL"

    def __init__(self, text: str, parts: SplitResult) -> None:
        self.text = text
        self.parts = parts

    def key(self) -> Any:
        """Its text."""
        return self.text


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Url | None:
    """A URI with a scheme, or an absolute path, as Go's ParseRequestURI has it."""
    if not text or re.search(r"[\x00-\x20\x7f]", text):
        return None
    if not text.startswith("/") and not re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", text):
        return None
    if re.search(r"%(?![0-9a-fA-F]{2})", text):
        return None
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    return Url(text, parts)


def _url(text: Any) -> Url:
    found = _parsed(text) if isinstance(text, str) else None
    if found is None:
        raise EvalError(f'URL parse error during conversion from string: parse "{text}": invalid URI for request')
    return found


def _host(url: Any) -> str:
    return str(url.parts.netloc.rpartition("@")[2])


def _hostname(url: Any) -> str:
    host = _host(url)
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if re.search(r":\d*$", host) else host


def _port(url: Any) -> str:
    found = re.search(r":(\d*)$", _host(url).rpartition("]")[2])
    return found[1] if found else ""


def _query(url: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(url.parts.query, keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return found


FUNCTIONS = (
    function("url", (STRING,), URL, _url, walked),
    function("isURL", (STRING,), BOOL, lambda text: isinstance(text, str) and _parsed(text) is not None, walked),
    method("getScheme", (URL,), STRING, lambda url: url.parts.scheme),
    method("getHost", (URL,), STRING, _host),
    method("getHostname", (URL,), STRING, _hostname),
    method("getPort", (URL,), STRING, _port),
    method("getEscapedPath", (URL,), STRING, lambda url: url.parts.path),
    method("getQuery", (URL,), map_of(STRING, list_of(STRING)), _query),
)
__all__ = ["FUNCTIONS", "unquote"]
