"""URIs as Go's `url.ParseRequestURI` reads them, and what it says of those it does not."""

from __future__ import annotations

import re
from typing import NamedTuple

from minik8s.machinery.quoting import quote

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
_USER = re.compile(r"[a-zA-Z0-9\-._:~!$&'()*+,;=%@]*")
_NO_HOST = re.compile(r"[^\w.~!$&'()*+,;=:\[\]<>\"%\-\x80-\U0010ffff]", re.ASCII)
_PORT = re.compile(r"(:[0-9]*)?")
_BAD_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2}).{0,2}", re.DOTALL)


class URLError(Exception):
    """A text is no URI that can be asked for."""


class RequestURI(NamedTuple):
    """The parts as they are written; `opaque` is what follows the scheme of one without a path."""

    scheme: str
    host: str
    path: str
    query: str
    opaque: str = ""


def parse_request_uri(text: str) -> RequestURI:
    """The parts of a URI. Raises URLError."""
    try:
        return _parse(text)
    except _Problem as problem:
        raise URLError(f"parse {quote(text)}: {problem}") from None


def uri_problem(text: str) -> str:
    """What is wrong with a URI or a reference to one, "" for nothing; it need not be one that can be asked for."""
    text = text.partition("#")[0]
    if not text or not (text.startswith("/") or _SCHEME.match(text) or text.startswith(":")):
        return ""
    try:
        parse_request_uri(text)
    except URLError as error:
        return str(error)
    return ""


class _Problem(Exception):
    pass


def _parse(text: str) -> RequestURI:
    if _CONTROL.search(text):
        raise _Problem("net/url: invalid control character in URL")
    if not text:
        raise _Problem("empty url")
    if text == "*":
        return RequestURI("", "", "*", "")
    if text.startswith(":"):
        raise _Problem("missing protocol scheme")
    found = _SCHEME.match(text)
    scheme = found[1].lower() if found else ""
    rest, _, query = text[found.end() if found else 0 :].partition("?")
    if not rest.startswith("/"):
        if not scheme:
            raise _Problem("invalid URI for request")
        return RequestURI(scheme, "", "", query, rest)
    host = ""
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        host, rest = _host(authority), slash + path
    if bad := _BAD_ESCAPE.search(rest):
        raise _Problem(f"invalid URL escape {quote(bad.group())}")
    return RequestURI(scheme, host, rest, query)


def _host(authority: str) -> str:
    user, at, host = authority.rpartition("@")
    if at and not _USER.fullmatch(user):
        raise _Problem("net/url: invalid userinfo")
    if host.startswith("["):
        end = host.rfind("]")
        if end < 0:
            raise _Problem("missing ']' in host")
        port = host[end + 1 :]
    else:
        colon = host.find(":")
        port = host[colon:] if colon >= 0 else ""
    if not _PORT.fullmatch(port):
        raise _Problem(f"invalid port {quote(port)} after host")
    if bad := _BAD_ESCAPE.search(host):
        raise _Problem(f"invalid URL escape {quote(bad.group())}")
    if wrong := _NO_HOST.search(host):
        raise _Problem(f"invalid character {quote(wrong.group())} in host name")
    return host
