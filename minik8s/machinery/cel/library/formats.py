"""Named formats of strings (Kubernetes' library `format`)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any, ClassVar

from minik8s.machinery.cel.environment import Function
from minik8s.machinery.cel.errors import EvalError
from minik8s.machinery.cel.library.conversions import parse_duration, to_timestamp
from minik8s.machinery.cel.library.declare import function, method, walked
from minik8s.machinery.cel.library.urls import _parsed as parsed_url
from minik8s.machinery.cel.types import STRING, Type, list_of, optional_of
from minik8s.machinery.cel.values import NONE, Opaque, Optional

FORMAT = Type("kubernetes.NamedFormat")
_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_QUALIFIED = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_TOO_LONG = "must be no more than {} characters"
Check = Callable[[str], list[str]]


def _pattern(pattern: str, most: int, message: str) -> Check:
    compiled = re.compile(pattern)

    def check(text: str) -> list[str]:
        found = [_TOO_LONG.format(most)] if len(text) > most else []
        return found + ([] if compiled.fullmatch(text) else [message])

    return check


def _qualified_name(text: str) -> list[str]:
    prefix, slash, name = text.rpartition("/")
    found = []
    if slash and not (len(prefix) <= 253 and re.fullmatch(_SUBDOMAIN, prefix)):
        found.append("prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters")
    if not name or len(name) > 63 or not re.fullmatch(_QUALIFIED, name):
        found.append("name part must consist of alphanumeric characters, '-', '_' or '.'")
    return found


def _attempt(work: Callable[[str], Any], message: str) -> Check:
    def check(text: str) -> list[str]:
        try:
            return [] if work(text) is not None else [message]
        except (EvalError, ValueError, binascii.Error):
            return [message]

    return check


def _date(text: str) -> Any:
    import datetime

    return datetime.date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None


_ENDS = "must start and end with an alphanumeric character"
_RFC1123 = f"a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and {_ENDS}"
_RFC1123_SUB = (
    f"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and {_ENDS}"
)
_RFC1035 = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character"
)

CHECKS: dict[str, Check] = {
    "dns1123Label": _pattern(_LABEL, 63, _RFC1123),
    "dns1123Subdomain": _pattern(_SUBDOMAIN, 253, _RFC1123_SUB),
    "dns1035Label": _pattern(r"[a-z]([-a-z0-9]*[a-z0-9])?", 63, _RFC1035),
    "dns1123LabelPrefix": lambda text: CHECKS["dns1123Label"](text[:-1] if text.endswith("-") else text),
    "dns1123SubdomainPrefix": lambda text: CHECKS["dns1123Subdomain"](text[:-1] if text.endswith("-") else text),
    "dns1035LabelPrefix": lambda text: CHECKS["dns1035Label"](text[:-1] if text.endswith("-") else text),
    "qualifiedName": _qualified_name,
    "labelValue": _pattern(
        rf"({_QUALIFIED})?", 63, "a valid label must be an empty string or consist of alphanumeric characters"
    ),
    "uri": _attempt(parsed_url, "invalid URI for request"),
    "uuid": _pattern(
        r"(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", 45, "does not match the UUID format"
    ),
    "byte": _attempt(lambda text: base64.b64decode(text, validate=True), "invalid base64"),
    "date": _attempt(_date, "invalid date"),
    "datetime": _attempt(to_timestamp, "invalid datetime"),
    "duration": _attempt(parse_duration, "invalid duration"),
}


class FormatValue(Opaque):
    """A named format."""

    CEL_TYPE: ClassVar[str] = "kubernetes.NamedFormat"

    def __init__(self, name: str) -> None:
        self.name = name

    def key(self) -> Any:
        """Its name."""
        return self.name


def _named(name: Any) -> Any:
    return Optional(FormatValue(name)) if name in CHECKS else NONE


def _validate(form: Any, text: Any) -> Any:
    found = CHECKS[form.name](text)
    return Optional(found) if found else NONE


def _constant(name: str) -> Function:
    value = FormatValue(name)
    return function(f"format.{name}", (), FORMAT, lambda: value)


FUNCTIONS = (
    function("format.named", (STRING,), optional_of(FORMAT), _named, walked),
    method("validate", (FORMAT, STRING), optional_of(list_of(STRING)), _validate, lambda form, text: walked(text)),
    *(_constant(name) for name in CHECKS),
)
