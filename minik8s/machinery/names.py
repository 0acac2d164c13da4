"""Rules for names, labels and their like: each check answers Kubernetes' messages, an empty list when all is well."""

from __future__ import annotations

import re
import secrets

LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = rf"{LABEL}(\.{LABEL})*"
LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
KEY = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
VALUE = f"({KEY})?"

_is_label = re.compile(LABEL).fullmatch
_is_subdomain = re.compile(SUBDOMAIN).fullmatch
_is_label_1035 = re.compile(LABEL_1035).fullmatch
_is_key = re.compile(KEY).fullmatch
_is_value = re.compile(VALUE).fullmatch

_SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_SUFFIX_LENGTH = 5
_MAX_GENERATED_BASE = 63 - _SUFFIX_LENGTH


def explain(text: str, pattern: str, *examples: str) -> str:
    """How a message says that a value does not match a pattern."""
    if not examples:
        return f"{text} (regex used for validation is '{pattern}')"
    shown = " or ".join(f"'{example}', " for example in examples)
    return f"{text} (e.g. {shown}regex used for validation is '{pattern}')"


_LABEL_TEXT = explain(
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character",
    LABEL,
    "my-name",
    "123-abc",
)
_SUBDOMAIN_TEXT = explain(
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character",
    SUBDOMAIN,
    "example.com",
)
_LABEL_1035_TEXT = explain(
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character",
    LABEL_1035,
    "my-name",
    "abc-123",
)
_KEY_TEXT = explain(
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    KEY,
    "MyName",
    "my.name",
    "123-abc",
)
_VALUE_TEXT = explain(
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character",
    VALUE,
    "MyValue",
    "my_value",
    "12345",
)


def _length(value: str) -> int:
    return len(value) if value.isascii() else len(value.encode())


def dns1123_label(value: str) -> list[str]:
    """An RFC 1123 label: what pods' containers, ports' names and namespaces are named."""
    found = ["must be no more than 63 characters"] if _length(value) > 63 else []
    if not _is_label(value):
        found.append("must not contain dots" if _is_subdomain(value) else _LABEL_TEXT)
    return found


def dns1123_subdomain(value: str) -> list[str]:
    """An RFC 1123 subdomain: what most objects are named."""
    found = ["must be no more than 253 characters"] if _length(value) > 253 else []
    if not _is_subdomain(value):
        found.append(_SUBDOMAIN_TEXT)
    return found


def dns1035_label(value: str) -> list[str]:
    """An RFC 1035 label: it begins with a letter."""
    found = ["must be no more than 63 characters"] if _length(value) > 63 else []
    if not _is_label_1035(value):
        found.append(_LABEL_1035_TEXT)
    return found


def qualified_name(value: str) -> list[str]:
    """A name of at most 63 bytes, with or without a DNS subdomain and a slash before it."""
    parts = value.split("/")
    if len(parts) > 2:
        return [
            f"a valid label key {_KEY_TEXT} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        ]
    name, found = parts[-1], []
    if len(parts) == 2:
        if not parts[0]:
            found.append("prefix part must be non-empty")
        else:
            if _length(parts[0]) > 253:
                found.append("prefix part must be no more than 253 bytes")
            if not _is_subdomain(parts[0]):
                found.append(f"prefix part {_SUBDOMAIN_TEXT}")
    if not name:
        found.append("name part must be non-empty")
    elif _length(name) > 63:
        found.append("name part must be no more than 63 bytes")
    if not _is_key(name):
        found.append(f"name part {_KEY_TEXT}")
    return found


label_key = qualified_name


def label_value(value: str) -> list[str]:
    """A label's value: empty, or at most 63 bytes that begin and end with a letter or digit."""
    found = ["must be no more than 63 bytes"] if _length(value) > 63 else []
    if not _is_value(value):
        found.append(_VALUE_TEXT)
    return found


def generate_name(prefix: str) -> str:
    """A name for an object that came with `generateName` only: the prefix, shortened if need be, and a random end."""
    end = "".join(secrets.choice(_SUFFIX_ALPHABET) for _ in range(_SUFFIX_LENGTH))
    return prefix[:_MAX_GENERATED_BASE] + end
