"""URLs (Kubernetes' library `url`)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, ClassVar
from urllib.parse import parse_qsl, quote, unquote

from minik8s.machinery.cel.errors import EvalError
from minik8s.machinery.cel.library.declare import function, method, need, walked
from minik8s.machinery.cel.types import BOOL, STRING, Type, list_of, map_of
from minik8s.machinery.cel.values import Opaque
from minik8s.machinery.request_uri import RequestURI, URLError, parse_request_uri

URL = Type("kubernetes.URL")
_WRITTEN = re.compile(r"[a-zA-Z0-9\-_.~!$&'()*+,;=:@\[\]/%]*")


class Url(Opaque):
    """A parsed URL."""

    CEL_TYPE: ClassVar[str] = "kubernetes.URL"

    def __init__(self, text: str, parts: RequestURI) -> None:
        self.text = text
        self.parts = parts

    def key(self) -> Any:
        """Its text."""
        return self.text


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Url | str:
    """A URL, or what is wrong with it."""
    try:
        return Url(text, parse_request_uri(text))
    except URLError as error:
        return str(error)


def _url(text: Any) -> Url:
    found = _parsed(need(text, str))
    if isinstance(found, str):
        raise EvalError(f"URL parse error during conversion from string: {found}")
    return found


def _is_url(text: Any) -> bool:
    return isinstance(_parsed(need(text, str)), Url)


def _host(url: Any) -> str:
    return unquote(url.parts.host)


def _escaped_path(url: Any) -> str:
    """The path as it is written, unless that could not stand in a URL."""
    path = url.parts.path
    return path if _WRITTEN.fullmatch(path) else quote(unquote(path), safe="/$&+,;:=@-_.~")


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
    function("isURL", (STRING,), BOOL, _is_url, walked),
    method("getScheme", (URL,), STRING, lambda url: url.parts.scheme),
    method("getHost", (URL,), STRING, _host),
    method("getHostname", (URL,), STRING, _hostname),
    method("getPort", (URL,), STRING, _port),
    method("getEscapedPath", (URL,), STRING, _escaped_path),
    method("getQuery", (URL,), map_of(STRING, list_of(STRING)), _query),
)
