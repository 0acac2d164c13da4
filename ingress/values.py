"""What a value from an object must look like before it may enter nginx's configuration: one strict grammar each.

Every function returns the value to write or raises BadValue. What a user writes is hostile until it passed here; what
passed is still quoted by `quoting`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

_SIZE = re.compile(r"^[0-9]{1,6}[kKmMgG]?$")
_BUFFER = re.compile(r"^([0-9]{1,4})[kK]$")
_COUNT = re.compile(r"^[0-9]{1,5}$")
_SECONDS = re.compile(r"^([0-9]{1,6})s?$")
_HOST = re.compile(
    r"^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$", re.I | re.A
)
_HOST_PORT = re.compile(r"^([^:]+)(:[0-9]{1,5})?$")
_REWRITE = re.compile(r"^(/|\$[1-9])([A-Za-z0-9/_.~%:@!&'()*+,;=?-]|\$[1-9])*$")
_URL = re.compile(
    r"^https?://[A-Za-z0-9.:\[\]$_-]+([/?#]([A-Za-z0-9/_.~%:@!&'()*+,;=?#\[\]-]|\$[a-z_]+)*)?"
    r"(\$[a-z_]+)*$"
)
_VARIABLE = re.compile(r"\$[a-z_]*")
_VARIABLES = ("$host", "$scheme", "$request_uri", "$args", "$is_args")
_ORIGIN = re.compile(r"^https?://(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$")
_TOKENS = re.compile(r"^[A-Za-z0-9*_-]+([ ]*,[ ]*[A-Za-z0-9*_-]+)*$")
_WORD = re.compile(r"^[A-Za-z0-9_]{1,64}$")
_NAME = re.compile(r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$")
_PLAIN_PATH = re.compile(r"^/[A-Za-z0-9/_.~-]*$")
_REALM = re.compile(r"^[A-Za-z0-9 _.,:!?()@/'-]{1,128}$")
LONGEST = 2048
"""Characters of the longest value that is looked at."""


class BadValue(ValueError):
    """A value is not what it has to be; the message says what is accepted."""


def _matching(pattern: re.Pattern[str], text: str, accepted: str) -> str:
    # `$` of a pattern would let a line break at the end pass.
    if len(text) > LONGEST or not pattern.fullmatch(text):
        raise BadValue(f"expected {accepted}")
    return text


def boolean(text: str) -> bool:
    """`true` or `false`, as Go reads them."""
    if text in ("1", "t", "T", "true", "TRUE", "True"):
        return True
    if text in ("0", "f", "F", "false", "FALSE", "False"):
        return False
    raise BadValue("expected true or false")


def switch(text: str) -> bool:
    """`on` or `off`."""
    if text not in ("on", "off"):
        raise BadValue("expected on or off")
    return text == "on"


def size(text: str) -> str:
    """Bytes as nginx counts them, such as `8m`; 0 is no limit."""
    return _matching(_SIZE, text, "a size such as 512k, 8m or 1g").lower()


def buffer_size(text: str) -> str:
    """The memory for a response's headers: from 1k to 1m."""
    found = _BUFFER.fullmatch(text)
    if found is None or not 1 <= int(found[1]) <= 1024:
        raise BadValue("expected a size from 1k to 1024k")
    return f"{int(found[1])}k"


def seconds(text: str) -> int:
    """A whole number of seconds, more than none."""
    found = _SECONDS.fullmatch(text)
    if found is None or int(found[1]) == 0:
        raise BadValue("expected a number of seconds, such as 60")
    return int(found[1])


def count(text: str) -> int:
    """A number from 1 to 10000."""
    found = _COUNT.fullmatch(text)
    if found is None or not 1 <= int(text) <= 10000:
        raise BadValue("expected a number from 1 to 10000")
    return int(text)


def one_of(*choices: str) -> Callable[[str], str]:
    """Exactly one of these words."""

    def parse(text: str) -> str:
        if text not in choices:
            raise BadValue(f"expected one of {', '.join(choices)}")
        return text

    return parse


def rewrite(text: str) -> str:
    """The target of a rewrite: a path, with captures $1 to $9."""
    return _matching(_REWRITE, text, "a path, in which $1 to $9 stand for what the path's groups matched")


def url(text: str) -> str:
    """Where a redirect leads; of nginx's variables a few that hold nothing a client could inject a header with."""
    _matching(_URL, text, "an http or https URL")
    for name in _VARIABLE.findall(text):
        if name not in _VARIABLES:
            raise BadValue(f"of variables only {', '.join(_VARIABLES)} can be used")
    return text


def host(text: str) -> str:
    """A host name, with a port or without."""
    found = _HOST_PORT.fullmatch(text)
    if found is None or not _HOST.fullmatch(found[1]):
        raise BadValue("expected a host name")
    return text


def dns_name(text: str) -> str:
    """A DNS name that is no address."""
    text = text.rstrip(".")
    if not _HOST.fullmatch(text) or text.rpartition(".")[2].isdigit():
        raise BadValue("expected a DNS name")
    return text.lower()


def networks(text: str) -> tuple[str, ...]:
    """Addresses and networks, separated by commas."""
    found = []
    for part in text[:LONGEST].split(","):
        try:
            # A zone (`fe80::1%eth0`) may be any text to Python, and is nothing to nginx.
            if "%" in part:
                raise ValueError
            found.append(str(ipaddress.ip_network(part.strip(), strict=False)))
        except ValueError:
            raise BadValue("expected addresses or networks such as 10.0.0.0/8, separated by commas") from None
    return tuple(found)


def origins(text: str) -> tuple[str, ...]:
    """Origins of cross-origin requests: `*`, or `https://*.example.com` and the like, separated by commas."""
    parts = tuple(part.strip() for part in text.split(","))
    for part in parts:
        if part != "*":
            _matching(_ORIGIN, part, "* or origins such as https://example.com, separated by commas")
    return parts


def tokens(text: str) -> str:
    """Names of methods or headers, separated by commas."""
    return _matching(_TOKENS, text, "names separated by commas")


def cookie_name(text: str) -> str:
    """The name of a cookie nginx has a variable for."""
    return _matching(_WORD, text, "letters, digits and _")


def plain_path(text: str) -> str:
    """A path of plain characters."""
    return _matching(_PLAIN_PATH, text, "a path of letters, digits and / _ . ~ -")


def secret_name(text: str) -> str:
    """The name of a Secret, with its namespace or without."""
    namespace, _, name = text.rpartition("/")
    if not _NAME.fullmatch(name) or (namespace and not _NAME.fullmatch(namespace)):
        raise BadValue("expected the name of a Secret")
    return text


def realm(text: str) -> str:
    """What a browser shows when it asks for a password."""
    return _matching(_REALM, text, "up to 128 letters, digits, blanks and plain punctuation")


def redirect_code(text: str) -> int:
    """A status of a redirect."""
    if text not in ("301", "302", "303", "307", "308"):
        raise BadValue("expected 301, 302, 303, 307 or 308")
    return int(text)
