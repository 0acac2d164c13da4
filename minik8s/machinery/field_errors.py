"""What is wrong with an object, field by field, in Kubernetes' words.

A path is a string (`spec.containers[0].name`); `child`, `index` and `key` build it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any, Final

from minik8s.api.meta_v1 import Status, StatusCause, StatusDetails
from minik8s.machinery.quoting import go_json, go_value, quote

NOT_FOUND: Final = "FieldValueNotFound"
REQUIRED: Final = "FieldValueRequired"
DUPLICATE: Final = "FieldValueDuplicate"
INVALID: Final = "FieldValueInvalid"
NOT_SUPPORTED: Final = "FieldValueNotSupported"
FORBIDDEN: Final = "FieldValueForbidden"
TOO_LONG: Final = "FieldValueTooLong"
TOO_SHORT: Final = "FieldValueTooShort"
TOO_MANY: Final = "FieldValueTooMany"
TOO_FEW: Final = "FieldValueTooFew"
INTERNAL: Final = "InternalError"
TYPE_INVALID: Final = "FieldValueTypeInvalid"

_TITLE = {
    NOT_FOUND: "Not found",
    REQUIRED: "Required value",
    DUPLICATE: "Duplicate value",
    INVALID: "Invalid value",
    NOT_SUPPORTED: "Unsupported value",
    FORBIDDEN: "Forbidden",
    TOO_LONG: "Too long",
    TOO_SHORT: "Too short",
    TOO_MANY: "Too many",
    TOO_FEW: "Too few",
    INTERNAL: "Internal error",
    TYPE_INVALID: "Invalid value",
}


class _Omitted:
    def __repr__(self) -> str:
        return "OMITTED"


OMITTED: Final = _Omitted()
"""Stands for a value that a message does not show."""
_NO_VALUE = frozenset({REQUIRED, FORBIDDEN, TOO_LONG, TOO_SHORT, INTERNAL})


@dataclasses.dataclass(frozen=True, slots=True)
class FieldError:
    """One fault: `type` is the reason of the cause in a Status, `value` the value at fault."""

    type: str
    field: str
    value: Any = OMITTED
    detail: str = ""

    @property
    def message(self) -> str:
        """What is wrong, without the path."""
        text = _TITLE[self.type]
        if self.type not in _NO_VALUE and self.value is not OMITTED:
            text = f"{text}: {_shown(self.value)}"
        return f"{text}: {self.detail}" if self.detail else text

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, float):
        return go_value(value)
    try:
        return go_json(value)
    except TypeError:
        return str(value)


def child(path: str, *names: str) -> str:
    """The path of a field below `path`."""
    return ".".join((path, *names)) if path else ".".join(names)


def index(path: str, at: int) -> str:
    """The path of an item of a list."""
    return f"{path}[{at}]"


def key(path: str, name: str) -> str:
    """The path of a key of a map."""
    return f"{path}[{name}]"


def required(path: str, detail: str = "") -> FieldError:
    """A value that is missing."""
    return FieldError(REQUIRED, path, "", detail)


def invalid(path: str, value: object, detail: str) -> FieldError:
    """A value that breaks a rule."""
    return FieldError(INVALID, path, value, detail)


def type_invalid(path: str, value: object, detail: str) -> FieldError:
    """A value of the wrong type."""
    return FieldError(TYPE_INVALID, path, value, detail)


def not_supported(path: str, value: object, supported: Sequence[str]) -> FieldError:
    """A value that is not one of a few, named in the order given."""
    detail = f"supported values: {', '.join(map(quote, supported))}" if supported else ""
    return FieldError(NOT_SUPPORTED, path, value, detail)


def duplicate(path: str, value: object, detail: str = "") -> FieldError:
    """A value that must be there once and is there again."""
    return FieldError(DUPLICATE, path, value, detail)


def forbidden(path: str, detail: str) -> FieldError:
    """A value that may not be there, or not change."""
    return FieldError(FORBIDDEN, path, "", detail)


def not_found(path: str, value: object, detail: str = "") -> FieldError:
    """A reference to nothing."""
    return FieldError(NOT_FOUND, path, value, detail)


def internal_error(path: str, detail: str | Exception) -> FieldError:
    """A fault that is not the author's."""
    return FieldError(INTERNAL, path, "", str(detail))


def _count(number: int, singular: str) -> str:
    return f"{number} {singular if number == 1 else singular + 's'}"


def too_long(path: str, limit: int, *, unit: str = "byte") -> FieldError:
    """A value of more bytes (or another `unit`) than `limit`; a negative limit is not named."""
    detail = f"may not be more than {_count(limit, unit)}" if limit >= 0 else "value is too long"
    return FieldError(TOO_LONG, path, "<value omitted>", detail)


def too_many(path: str, count: int, limit: int) -> FieldError:
    """A list of more items than `limit`; a negative count or limit is not named."""
    detail = f"must have at most {_count(limit, 'item')}" if limit >= 0 else "has too many items"
    return FieldError(TOO_MANY, path, count if count >= 0 else OMITTED, detail)


def aggregate(errors: Iterable[FieldError]) -> str:
    """All messages in one line, each once: alone as it is, several in brackets; "" for none."""
    messages = list(dict.fromkeys(map(str, errors)))
    return messages[0] if len(messages) == 1 else f"[{', '.join(messages)}]" if messages else ""


def to_status(kind: str, name: str, errors: Sequence[FieldError], group: str = "") -> Status:
    """The answer to a request whose object is invalid (422): one cause for each fault.

    `kind` may carry its group (`Deployment.apps`), or `group` names it.
    """
    if not group:
        kind, _, group = kind.partition(".")
    causes = [StatusCause(reason=error.type, message=error.message, field=error.field) for error in errors]
    subject = f"{f'{kind}.{group}' if group else kind} {quote(name)} is invalid"
    return Status(
        status="Failure",
        message=f"{subject}: {aggregate(errors)}" if errors else subject,
        reason="Invalid",
        details=StatusDetails(name=name, group=group, kind=kind, causes=causes),
        code=422,
    )
