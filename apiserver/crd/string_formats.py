"""The formats of strings that schemas may ask for; others are told of when a definition is written, and not checked."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import date

from apiserver.registry import formats
from minik8s.machinery.regex import matcher

_HEX = r"[0-9a-fA-F]"
_ANY, _LETTER = r"a-zA-Z0-9\p{S}\p{L}", r"a-zA-Z\p{L}"
_HOST = rf"^([{_ANY}]((-?[{_ANY}]{{0,62}})?)|([{_ANY}](([{_ANY}\-]{{0,61}}[{_ANY}])?)(\.)){{1,}}([{_LETTER}]){{2,63}})$"
_DATE_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)t([01]\d|2[0-3]):[0-5]\d:[0-5]\d(.\d+)?(z|[+-]\d\d:\d\d)(t.*)?", re.ASCII | re.DOTALL
)
_UNITS = "ns|us|µs|μs|ms|s|m|h"
_DURATION = re.compile(rf"[+-]?((\d+(\.\d*)?|\.\d+)({_UNITS}))+|[+-]?0", re.ASCII)
_SPOKEN_DURATION = re.compile(
    r"\d+\s*(?:(?:ns|us|µs|ms|s|m|h|hr|d|w|wk)(?![A-Za-zµ])|(?:nano|micro|milli|sec|min|hour|day|week))",
    re.ASCII | re.IGNORECASE,
)
_AT = r"@([^@\s<>,;:\"()\[\]\\]+|\[[^\[\]\\\s]*\])"
_EMAIL = re.compile(rf"[^@\s<>,;:\"()\[\]\\]+{_AT}|\"[^\"\\]*\"{_AT}|[^<>]*<[^@\s<>]+{_AT}>")
_SSN = re.compile(r"\d{3}[- ]\d{2}[- ]\d{4}", re.ASCII)
_COLOR = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_BYTE = r"(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])"
_RGB = re.compile(rf"rgb\(\s*{_BYTE}\s*,\s*{_BYTE}\s*,\s*{_BYTE}\s*\)", re.ASCII)
_MAC = re.compile(
    rf"{_HEX}{{2}}(?P<one>[:-]){_HEX}{{2}}((?P=one){_HEX}{{2}}){{4}}(((?P=one){_HEX}{{2}}){{2}})?"
    rf"|{_HEX}{{4}}(\.{_HEX}{{4}}){{2,3}}"
)
_BASE64 = re.compile(r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})")
_CARD = re.compile(
    r"4[0-9]{12}([0-9]{3})?|5[1-5][0-9]{14}|6(011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(0[0-5]|[68][0-9])[0-9]{11}"
    r"|(2131|1800|35\d{3})\d{11}",
    re.ASCII,
)
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.\-]*):")
_HOST_OF_URI = re.compile(r"(\[[^\[\]]*\]|[\w\-.~!$&'()*+,;=<>\"%]|[^\x00-\x7f])*(:\d*)?", re.ASCII)
_BAD_ESCAPE = re.compile(rf"%(?!{_HEX}{{2}})")
_OBJECT_ID = re.compile(rf"{_HEX}{{24}}")


def _uuid(version: str) -> Callable[[str], bool]:
    pattern = re.compile(
        rf"{_HEX}{{8}}-?{_HEX}{{4}}-?{version}{_HEX}{{3}}-?{{}}{_HEX}{{3}}-?{_HEX}{{12}}".replace(
            "{}", "[89abAB]" if version in ("4", "5") else _HEX
        )
    )
    return lambda text: pattern.fullmatch(text) is not None


def _any_uuid(text: str) -> bool:
    return _ANY_UUID.fullmatch(text) is not None


_ANY_UUID = re.compile(rf"{_HEX}{{8}}-?{_HEX}{{4}}-?{_HEX}{{4}}-?{_HEX}{{4}}-?{_HEX}{{12}}")


def _pattern(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


def _date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == 10


def _date_time(text: str) -> bool:
    found = _DATE_TIME.fullmatch(text.lower())
    return found is not None and _date(found[1])


def _uri(text: str) -> bool:
    """What may stand in a request line: a whole URI, or a path from the root."""
    if not text or any(each < " " or each == "\x7f" for each in text):
        return False
    scheme = _SCHEME.match(text)
    rest = (text[scheme.end() :] if scheme else text).partition("?")[0]
    if not rest.startswith("/"):
        return scheme is not None or text == "*"
    if scheme and rest.startswith("//"):
        host, _, rest = rest[2:].partition("/")
        if _HOST_OF_URI.fullmatch(host.rpartition("@")[2]) is None:
            return False
    return _BAD_ESCAPE.search(rest) is None


def _hostname(text: str) -> bool:
    fits = len(text.encode()) <= 255 and all(len(part.encode()) <= 63 for part in text.split("."))
    return fits and matcher(_HOST)(text)


def _zeros_off(address: str) -> str:
    """An address whose numbers may begin with zeros, as they once could."""
    return re.sub(r"(?<![0-9a-fA-F:])0+(?=\d)", "", address) if "." in address else address


def _ipv4(text: str) -> bool:
    return "." in text and _is_address(text)


def _ipv6(text: str) -> bool:
    return ":" in text and "%" not in text and _is_address(text, zeros=False)


def _is_address(text: str, *, zeros: bool = True) -> bool:
    try:
        ipaddress.ip_address(_zeros_off(text) if zeros else text)
    except ValueError:
        return False
    return "%" not in text


def _cidr(text: str) -> bool:
    address, slash, length = text.partition("/")
    if not slash or not length.isascii() or not length.isdigit():
        return False
    try:
        ipaddress.ip_network(f"{_zeros_off(address)}/{int(length)}", strict=False)
    except ValueError:
        return False
    return "%" not in address


def _digits(text: str) -> str:
    return re.sub(r"[\s-]+", "", text)


def _isbn10(text: str) -> bool:
    found = _digits(text)
    if re.fullmatch(r"\d{9}[\dX]", found) is None:
        return False
    return sum((10 - at) * (10 if each == "X" else int(each)) for at, each in enumerate(found)) % 11 == 0


def _isbn13(text: str) -> bool:
    found = _digits(text)
    if re.fullmatch(r"\d{13}", found) is None:
        return False
    return sum((3 if at % 2 else 1) * int(each) for at, each in enumerate(found)) % 10 == 0


def _credit_card(text: str) -> bool:
    found = re.sub(r"[^0-9]+", "", text)
    if _CARD.fullmatch(found) is None:
        return False
    doubled = [int(each) * (2 if at % 2 else 1) for at, each in enumerate(reversed(found))]
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0


CHECKS: dict[str, Callable[[str], bool]] = {
    "bsonobjectid": _pattern(_OBJECT_ID),
    "uri": _uri,
    "email": _pattern(_EMAIL),
    "hostname": _hostname,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "cidr": _cidr,
    "mac": _pattern(_MAC),
    "uuid": _any_uuid,
    "uuid3": _uuid("3"),
    "uuid4": _uuid("4"),
    "uuid5": _uuid("5"),
    "isbn": lambda text: _isbn10(text) or _isbn13(text),
    "isbn10": _isbn10,
    "isbn13": _isbn13,
    "creditcard": _credit_card,
    "ssn": _pattern(_SSN),
    "hexcolor": _pattern(_COLOR),
    "rgbcolor": _pattern(_RGB),
    "byte": _pattern(_BASE64),
    "password": lambda text: True,
    "date": _date,
    "duration": lambda text: _DURATION.fullmatch(text) is not None or _SPOKEN_DURATION.search(text) is not None,
    "date-time": _date_time,
    "datetime": _date_time,
    "k8s-short-name": lambda text: not formats.dns_label(text),
    "k8s-long-name": lambda text: not formats.dns_subdomain(text),
}
