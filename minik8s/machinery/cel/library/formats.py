"""Named formats of strings (Kubernetes' library `format`)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any, ClassVar

from minik8s.machinery import names
from minik8s.machinery.cel.environment import Function
from minik8s.machinery.cel.errors import EvalError
from minik8s.machinery.cel.library.conversions import parse_duration, to_timestamp
from minik8s.machinery.cel.library.declare import function, method, walked
from minik8s.machinery.cel.types import STRING, Type, list_of, optional_of
from minik8s.machinery.cel.values import NONE, Opaque, Optional
from minik8s.machinery.request_uri import URLError, parse_request_uri

FORMAT = Type("kubernetes.NamedFormat")
_UUID = re.compile("[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
Check = Callable[[str], list[str]]


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


def _masked(check: Check) -> Check:
    """A prefix to which something is added may end with a dash."""
    return lambda text: check(f"{text[:-2]}a" if len(text) > 1 and text.endswith("-") else text)


def _uri(text: str) -> list[str]:
    try:
        parse_request_uri(text)
    except URLError as error:
        return [str(error)]
    return []


CHECKS: dict[str, Check] = {
    "dns1123Label": names.dns1123_label,
    "dns1123Subdomain": names.dns1123_subdomain,
    "dns1035Label": names.dns1035_label,
    "dns1123LabelPrefix": _masked(names.dns1123_label),
    "dns1123SubdomainPrefix": _masked(names.dns1123_subdomain),
    "dns1035LabelPrefix": _masked(names.dns1035_label),
    "qualifiedName": names.qualified_name,
    "labelValue": names.label_value,
    "uri": _uri,
    "uuid": lambda text: [] if _UUID.fullmatch(text) else ["does not match the UUID format"],
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
