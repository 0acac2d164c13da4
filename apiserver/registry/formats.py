"""Formats of names and small values: each check answers its messages, an empty tuple when all is well.

Answers are remembered: the same few names come again and again.
"""

from __future__ import annotations

import re
from functools import lru_cache

from apiserver.registry.errors import Errors
from minik8s.machinery import names
from minik8s.machinery.names import explain

Messages = tuple[str, ...]
PORT_RANGE = "must be between 1 and 65535, inclusive"
ID_RANGE = "must be between 0 and 2147483647, inclusive"
_INT32_MAX = 2**31 - 1
_SUBDOMAIN = names.SUBDOMAIN
_UNDERSCORE_LABEL = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_UNDERSCORE_SUBDOMAIN = rf"{_UNDERSCORE_LABEL}(\.{_UNDERSCORE_LABEL})*"
_WILDCARD = rf"\*\.{_SUBDOMAIN}"
_CONFIG_KEY = "[-._a-zA-Z0-9]+"
_HTTP_HEADER = "[-A-Za-z0-9]+"
_HTTP_PATH = r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+"
_PERCENT = "[0-9]+%"
_IDENTIFIER = "[A-Za-z_][A-Za-z0-9_]*"


def _length(value: str) -> int:
    return len(value) if value.isascii() else len(value.encode())


_IS_UNDERSCORE_SUBDOMAIN = re.compile(_UNDERSCORE_SUBDOMAIN)
_IS_WILDCARD = re.compile(_WILDCARD)
_IS_CONFIG_KEY = re.compile(_CONFIG_KEY)
_IS_HTTP_HEADER = re.compile(_HTTP_HEADER)
_IS_HTTP_PATH = re.compile(_HTTP_PATH)
_IS_PERCENT = re.compile(_PERCENT)
_IS_IDENTIFIER = re.compile(_IDENTIFIER)
_IS_PORT_NAME = re.compile("[-a-z0-9]+")
_IS_DECIMAL = re.compile("-?[1-9][0-9]*|0")
_IS_GO_INTEGER = re.compile("[+-]?[0-9]+")

_UNDERSCORE_TEXT = explain(
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must "
    "start and end with an alphanumeric character",
    _UNDERSCORE_SUBDOMAIN,
    "example.com",
)
_WILDCARD_TEXT = explain(
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of "
    "lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
    _WILDCARD,
    "*.example.com",
)
_CONFIG_KEY_TEXT = explain(
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    _CONFIG_KEY,
    "key.name",
    "KEY_NAME",
    "key-name",
)
_HTTP_HEADER_TEXT = explain(
    "a valid HTTP header must consist of alphanumeric characters or '-'", _HTTP_HEADER, "X-Header-Name"
)
_PERCENT_TEXT = explain(
    "a valid percent string must be a numeric string followed by an ending '%'", _PERCENT, "1%", "93%"
)
_IDENTIFIER_TEXT = explain(
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters "
    "or '_'",
    _IDENTIFIER,
    "my_name",
    "MY_NAME",
    "MyName",
)
_ENV_TEXT = "a valid environment variable name must consist only of printable ASCII characters other than '='"
_DECIMAL_TEXT = "must be a valid decimal integer in canonical form"


def _in_bytes(messages: list[str]) -> Messages:
    return tuple(m.replace("characters", "bytes") if m.startswith("must be no more") else m for m in messages)


def _characters(limit: int) -> str:
    return f"must be no more than {limit} characters"


def _bytes(limit: int) -> str:
    return f"must be no more than {limit} bytes"


@lru_cache(maxsize=8192)
def dns_label(value: str) -> Messages:
    """An RFC 1123 label."""
    return tuple(names.dns1123_label(value))


@lru_cache(maxsize=8192)
def dns_subdomain(value: str) -> Messages:
    """An RFC 1123 subdomain: what most objects are named."""
    return tuple(names.dns1123_subdomain(value))


def _masked(prefix: str) -> str:
    return prefix[:-2] + "a" if len(prefix) > 1 and prefix.endswith("-") else prefix


def dns_label_prefix(value: str) -> Messages:
    """What a generated label may begin with."""
    return dns_label(_masked(value))


def dns_subdomain_prefix(value: str) -> Messages:
    """What a generated subdomain may begin with."""
    return dns_subdomain(_masked(value))


def long_name_prefix(value: str) -> Messages:
    """What a generated long name may begin with: anything, the whole name is judged."""
    return ()


@lru_cache(maxsize=1024)
def long_name(value: str) -> Messages:
    """An RFC 1123 subdomain, in the words of the newer, declared validations."""
    return _in_bytes(names.dns1123_subdomain(value))


@lru_cache(maxsize=1024)
def dns_subdomain_underscore(value: str) -> Messages:
    """A subdomain whose labels may hold underscores."""
    found = [_characters(253)] if _length(value) > 253 else []
    if _IS_UNDERSCORE_SUBDOMAIN.fullmatch(value) is None:
        found.append(_UNDERSCORE_TEXT)
    return tuple(found)


@lru_cache(maxsize=1024)
def dns1035_label(value: str) -> Messages:
    """An RFC 1035 label: it begins with a letter."""
    return tuple(names.dns1035_label(value))


@lru_cache(maxsize=1024)
def wildcard_subdomain(value: str) -> Messages:
    """A subdomain below which everything is meant."""
    found = [_characters(253)] if _length(value) > 253 else []
    if _IS_WILDCARD.fullmatch(value) is None:
        found.append(_WILDCARD_TEXT)
    return tuple(found)


@lru_cache(maxsize=16384)
def qualified_name(value: str) -> Messages:
    """A label's or annotation's key: a name, with a domain before it or not."""
    return tuple(names.qualified_name(value))


@lru_cache(maxsize=16384)
def label_value(value: str) -> Messages:
    """A label's value."""
    return tuple(names.label_value(value))


@lru_cache(maxsize=1024)
def path_segment(value: str) -> Messages:
    """A name that can stand in a URL as it is."""
    if value in (".", ".."):
        return (f"may not be '{value}'",)
    return path_segment_prefix(value)


def path_segment_prefix(value: str) -> Messages:
    """What such a name may begin with."""
    return tuple(f"may not contain '{character}'" for character in "/%" if character in value)


@lru_cache(maxsize=1024)
def port_name(value: str) -> Messages:
    """An IANA service name."""
    found = [_characters(15)] if _length(value) > 15 else []
    if _IS_PORT_NAME.fullmatch(value) is None:
        found.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not any("a" <= character <= "z" for character in value):
        found.append("must contain at least one letter (a-z)")
    if "--" in value:
        found.append("must not contain consecutive hyphens")
    if value.startswith("-") or value.endswith("-"):
        found.append("must not begin or end with a hyphen")
    return tuple(found)


def check_port(port: int | str, path: str, errors: Errors) -> None:
    """A port by number or by name."""
    if isinstance(port, str):
        found = port_name(port)
        if found:
            errors.invalid_each(path, port, found)
    elif not 0 < port < 65536:
        errors.invalid(path, port, PORT_RANGE)


def is_id(value: int) -> bool:
    """Whether a number can be a user's or a group's."""
    return 0 <= value <= _INT32_MAX


@lru_cache(maxsize=1024)
def percent(value: str) -> Messages:
    """A percentage."""
    return () if _IS_PERCENT.fullmatch(value) else (_PERCENT_TEXT,)


@lru_cache(maxsize=1024)
def http_header_name(value: str) -> Messages:
    """The name of an HTTP header."""
    return () if _IS_HTTP_HEADER.fullmatch(value) else (_HTTP_HEADER_TEXT,)


def _backstep(value: str) -> Messages:
    if value in (".", ".."):
        return (f"must not be '{value}'",)
    return ("must not start with '..'",) if value.startswith("..") else ()


@lru_cache(maxsize=4096)
def config_map_key(value: str) -> Messages:
    """A key of a ConfigMap or Secret: it can be a file's name."""
    found = [_characters(253)] if _length(value) > 253 else []
    if _IS_CONFIG_KEY.fullmatch(value) is None:
        found.append(_CONFIG_KEY_TEXT)
    return (*found, *_backstep(value))


@lru_cache(maxsize=8192)
def env_var_name(value: str) -> Messages:
    """The name of an environment variable."""
    if not value:
        return ("environment variable name must be non-empty",)
    if all(" " <= character <= "~" and character != "=" for character in value):
        return ()
    return (_ENV_TEXT,)


@lru_cache(maxsize=1024)
def c_identifier(value: str) -> Messages:
    """An identifier of C."""
    return () if _IS_IDENTIFIER.fullmatch(value) else (_IDENTIFIER_TEXT,)


def decimal_integer(value: str) -> Messages:
    """An integer without needless characters."""
    if not value:
        return ("must be non-empty",)
    return () if _IS_DECIMAL.fullmatch(value) else (_DECIMAL_TEXT,)


def go_int64(value: str) -> Messages:
    """An integer of 64 bits, in the words of Go's parser."""
    if _IS_GO_INTEGER.fullmatch(value) is None:
        return (f'strconv.ParseInt: parsing "{value}": invalid syntax',)
    if not -(2**63) <= int(value) < 2**63:
        return (f'strconv.ParseInt: parsing "{value}": value out of range',)
    return ()


def int32_text(value: str) -> bool:
    """Whether a text is an integer of 32 bits as annotations hold them: no plus sign, no leading zeros."""
    digits = value.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or (digits[0] == "0" and value != "0"):
        return False
    return -(2**31) <= int(value) < 2**31


def check_fully_qualified(name: str, path: str, errors: Errors) -> None:
    """A domain of at least three parts."""
    if not name:
        errors.required(path)
    elif found := dns_subdomain(name):
        errors.invalid(path, name, ",".join(found))
    elif name.count(".") < 2:
        errors.invalid(path, name, "should be a domain with at least three segments separated by dots")


def check_domain(name: str, path: str, errors: Errors) -> None:
    """A domain of at least two parts, perhaps with a dot behind."""
    if not name:
        errors.required(path)
        return
    name = name.removesuffix(".")
    parts = name.split(".")
    if found := dns_subdomain(name):
        errors.invalid(path, name, ",".join(found))
    elif len(parts) < 2:
        errors.invalid(path, name, "should be a domain with at least two segments separated by dots")
    elif (wrong := next((part for part in parts if dns_label(part)), None)) is not None:
        errors.invalid(path, wrong, ",".join(dns_label(wrong)))


def check_domain_prefixed_path(value: str, path: str, errors: Errors) -> None:
    """A domain, a slash, and a path."""
    if not value:
        errors.required(path)
        return
    host, _, rest = value.partition("/")
    if not host or not rest:
        errors.invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")')
        return
    errors.invalid_each(path, host, dns_subdomain(host))
    if _IS_HTTP_PATH.fullmatch(rest) is None:
        errors.invalid(path, rest, explain("Invalid path", _HTTP_PATH))


def check_domain_prefixed_key(value: str, path: str, errors: Errors) -> None:
    """A qualified name with a domain."""
    if not value:
        errors.required(path)
    elif found := qualified_name(value):
        errors.invalid_each(path, value, found)
    elif "/" not in value:
        errors.invalid(path, value, 'must be a domain-prefixed key (such as "acme.io/foo")')
