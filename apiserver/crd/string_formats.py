"""The formats of strings that schemas may ask for; others are told of when a definition is written, and not checked."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from datetime import date
from urllib.parse import urlsplit

from apiserver.registry import formats

_HEX = r"[0-9a-fA-F]"
_HOST = re.compile(r"([a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)(\.[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)*\.?")
_DATE_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):?[0-5]\d)?"
)
_DURATION = re.compile(
    r"[+-]?(\d+(\.\d*)?|\.\d+)\s*(ns|us|µs|μs|ms|s|m|h|d|w)((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))*|0"
)
_LONG_DURATION = re.compile(
    r"\d+\s*(nanos?(econds?)?|micros?(econds?)?|millis?(econds?)?|secs?|seconds?|mins?|minutes?|hrs?|hours?|days?|weeks?)"
)
_EMAIL = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[^@\s<>,;:\"()\[\]\\]+|[^<>]*<[^@\s<>]+@[^@\s<>]+>")
_SSN = re.compile(r"\d{3}[- ]?\d{2}[- ]?\d{4}")
_COLOR = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_BYTE = r"(25[0-5]|2[0-4]\d|1\d\d|[1-9]\d|\d)"
_RGB = re.compile(rf"rgb\(\s*{_BYTE}\s*,\s*{_BYTE}\s*,\s*{_BYTE}\s*\)")
_MAC = re.compile(
    rf"({_HEX}{{2}}([:-]{_HEX}{{2}}){{5}}|{_HEX}{{2}}([:-]{_HEX}{{2}}){{7}}|({_HEX}{{4}}\.){{2}}{_HEX}{{4}})"
)
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
    found = _DATE_TIME.fullmatch(text)
    return found is not None and _date(found[1])


def _uri(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme) and not any(character.isspace() for character in text)


def _address(version: int) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            return ipaddress.ip_address(text).version == version
        except ValueError:
            return False

    return check


def _cidr(text: str) -> bool:
    if "/" not in text:
        return False
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return text.rpartition("/")[2].isdigit()


def _base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


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
    found = _digits(text)
    if re.fullmatch(r"\d{13,19}", found) is None:
        return False
    doubled = [int(each) * (2 if at % 2 else 1) for at, each in enumerate(reversed(found))]
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0


CHECKS: dict[str, Callable[[str], bool]] = {
    "bsonobjectid": _pattern(_OBJECT_ID),
    "uri": _uri,
    "email": _pattern(_EMAIL),
    "hostname": lambda text: len(text) <= 255 and _HOST.fullmatch(text) is not None,
    "ipv4": _address(4),
    "ipv6": _address(6),
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
    "byte": _base64,
    "password": lambda text: True,
    "date": _date,
    "duration": lambda text: _DURATION.fullmatch(text) is not None or _LONG_DURATION.fullmatch(text) is not None,
    "date-time": _date_time,
    "datetime": _date_time,
    "k8s-short-name": lambda text: not formats.dns_label(text),
    "k8s-long-name": lambda text: not formats.dns_subdomain(text),
}
NUMBERS = frozenset({"int32", "int64", "float", "double"})
