"""Fields, indexes, logic and arithmetic at run time."""

from __future__ import annotations

import math
from typing import Any

from minik8s.machinery.cel.errors import CostExceeded, EvalError, NoOverload
from minik8s.machinery.cel.moments import Timestamp
from minik8s.machinery.cel.run import Run, Step
from minik8s.machinery.cel.values import (
    INT_MAX,
    INT_MIN,
    NONE,
    Duration,
    MapList,
    Optional,
    SetList,
    UInt,
    checked_duration,
    checked_int,
    checked_uint,
    equals,
    is_number,
    type_name,
)

_ESCAPED = (("__underscores__", "__"), ("__dot__", "."), ("__dash__", "-"), ("__slash__", "/"))
_KEYWORDS = frozenset(
    "true false null in as break const continue else for function if import let loop package namespace return var void "
    "while".split()
)


def unescaped(field: str) -> str:
    """The property a name stands for: `foo__dash__bar` is `foo-bar` (Kubernetes docs, "Escaping")."""
    if "__" not in field:
        return field
    if field.startswith("__") and field.endswith("__") and field[2:-2] in _KEYWORDS:
        return field[2:-2]
    for escaped, plain in _ESCAPED:
        field = field.replace(escaped, "\0" if plain == "__" else plain)
    return field.replace("\0", "__")


def escaped(field: str) -> str | None:
    """The name by which expressions reach a property, None when there is none."""
    if field in _KEYWORDS:
        return f"__{field}__"
    found = field.replace("__", "__underscores__")
    for name, plain in _ESCAPED[1:]:
        found = found.replace(plain, name)
    return found if found.isidentifier() and found.isascii() else None


def has(value: Any, field: str, plain: str) -> bool:
    """Whether a field is there."""
    if isinstance(value, dict):
        return field in value or plain in value
    if hasattr(value, "cel_field"):
        return value.cel_field(field) is not None
    _check_fields(value)
    return False


def _check_fields(value: Any) -> None:
    """Raises EvalError for a list: it has items, not fields."""
    if isinstance(value, list):
        raise EvalError("unsupported index type 'string' in list")


def select(value: Any, field: str, plain: str) -> Any:
    """`value.field`. Raises EvalError."""
    if isinstance(value, dict):
        if field in value:
            return value[field]
        if plain in value:
            return value[plain]
        raise EvalError(f"no such key: {field}")
    if isinstance(value, Optional):
        return optional_select(value, field, plain)
    if hasattr(value, "cel_field"):
        found = value.cel_field(field)
        if found is not None:
            return found
    _check_fields(value)
    raise EvalError(f"no such key: {field}")


def optional_select(value: Any, field: str, plain: str) -> Any:
    """`value.?field`."""
    if isinstance(value, Optional):
        if not value.present:
            return NONE
        value = value.value
    if isinstance(value, dict):
        for name in (field, plain):
            if name in value:
                return Optional(value[name])
    return NONE


def index(value: Any, key: Any) -> Any:
    """`value[key]`. Raises EvalError."""
    if isinstance(value, Optional):
        return optional_index(value, key)
    if isinstance(value, list):
        if isinstance(key, float) and key.is_integer():
            key = int(key)
        if isinstance(key, bool) or not isinstance(key, int):
            raise EvalError(f"unsupported index type '{type_name(key)}' in list")
        if not 0 <= key < len(value):
            raise EvalError(f"index out of bounds: {key}")
        return value[key]
    if isinstance(value, dict):
        try:
            return value[key]
        except (KeyError, TypeError):
            raise EvalError(f"no such key: {key}") from None
    raise EvalError(f"no such key: {key}")


def optional_index(value: Any, key: Any) -> Any:
    """`value[?key]`."""
    if isinstance(value, Optional):
        if not value.present:
            return NONE
        value = value.value
    if isinstance(value, dict):
        return Optional(value[key]) if key in value else NONE
    if isinstance(value, list):
        return Optional(value[key]) if isinstance(key, int) and 0 <= key < len(value) else NONE
    raise NoOverload


def logical(left: Step, right: Step, wanted: bool) -> Step:
    """`||` (wanted True) and `&&`: an error counts only when the other side does not decide; of two the first."""

    def work(run: Run) -> Any:
        try:
            first = left(run)
            if first is wanted:
                return wanted
            error: EvalError | None = None if first is (not wanted) else NoOverload()
        except CostExceeded:
            raise
        except EvalError as failed:
            error = failed
        try:
            second = right(run)
        except CostExceeded:
            raise
        except EvalError:
            if error is not None:
                raise error from None
            raise
        if second is wanted:
            return wanted
        if error is not None:
            raise error
        if second is (not wanted):
            return second
        raise NoOverload

    return work


def add(one: Any, other: Any) -> Any:
    """`+`."""
    kind, also = type(one), type(other)
    if kind is int and also is int:
        return checked_int(one + other)
    if kind is also:
        if kind is str or kind is bytes or kind is float:
            return one + other
        if kind is UInt:
            return checked_uint(int(one) + int(other))
        if kind is Duration:
            return checked_duration(int(one) + int(other))
    if isinstance(one, list) and isinstance(other, list):
        return _joined(one, other)
    if kind is Timestamp and also is Duration:
        return one.moved(int(other))
    if kind is Duration and also is Timestamp:
        return other.moved(int(one))
    raise NoOverload


def _joined(one: list[Any], other: list[Any]) -> list[Any]:
    if isinstance(one, SetList):
        return SetList([*one, *(item for item in other if not any(equals(item, held) for held in one))])
    if isinstance(one, MapList):
        theirs = MapList(other, one.keys).by_key()
        mine = one.by_key()
        found = [theirs.get(key, item) for key, item in mine.items()]
        return MapList([*found, *(item for key, item in theirs.items() if key not in mine)], one.keys)
    return [*one, *other]


def subtract(one: Any, other: Any) -> Any:
    """`-`."""
    kind, also = type(one), type(other)
    if kind is also:
        if kind is int:
            return checked_int(one - other)
        if kind is float:
            return one - other
        if kind is UInt:
            return checked_uint(int(one) - int(other))
        if kind is Duration:
            return checked_duration(int(one) - int(other))
        if kind is Timestamp:
            return checked_duration(one.nanos - other.nanos)
    if kind is Timestamp and also is Duration:
        return one.moved(-int(other))
    raise NoOverload


def multiply(one: Any, other: Any) -> Any:
    """`*`."""
    kind = type(one)
    if kind is type(other):
        if kind is int:
            return checked_int(one * other)
        if kind is float:
            return one * other
        if kind is UInt:
            return checked_uint(int(one) * int(other))
    raise NoOverload


def divide(one: Any, other: Any) -> Any:
    """`/`: integers towards zero."""
    kind = type(one)
    if kind is type(other):
        if kind is float:
            if other == 0:
                return (
                    math.nan if one == 0 or math.isnan(one) else math.copysign(math.inf, one) * math.copysign(1, other)
                )
            return one / other
        if kind in (int, UInt):
            if other == 0:
                raise EvalError("division by zero")
            found = abs(int(one)) // abs(int(other))
            if kind is UInt:
                return checked_uint(found)
            return checked_int(found if (one < 0) == (other < 0) else -found)
    raise NoOverload


def modulo(one: Any, other: Any) -> Any:
    """`%`: the sign of the dividend."""
    kind = type(one)
    if kind is type(other) and kind in (int, UInt):
        if other == 0:
            raise EvalError("modulus by zero")
        found = abs(int(one)) % abs(int(other))
        return UInt(found) if kind is UInt else -found if one < 0 else found
    raise NoOverload


def negate(value: Any) -> Any:
    """Unary minus."""
    if type(value) is int:
        if value == INT_MIN:
            raise EvalError("integer overflow")
        return -value
    if type(value) is float:
        return -value
    raise NoOverload


def negation(value: Any) -> Any:
    """`!`."""
    if value is True or value is False:
        return not value
    raise NoOverload


def compare(one: Any, other: Any) -> int:
    """-1, 0 or 1; 2 when they have no order (NaN). Raises EvalError."""
    kind, also = type(one), type(other)
    if is_number(one) and is_number(other):
        return 2 if one != one or other != other else _order(one, other)
    if kind is also:
        if kind is str:
            # By code points of UTF-8, which Python's own order of str is.
            return _order(one, other)
        if kind in (bytes, bool, Duration):
            return _order(one, other)
        if kind is Timestamp:
            return _order(one.nanos, other.nanos)
    raise NoOverload


def _order(one: Any, other: Any) -> int:
    return int(one > other) - int(one < other)


def contains(item: Any, where: Any) -> bool:
    """`in`."""
    if isinstance(where, list):
        return any(equals(item, each) for each in where)
    if isinstance(where, dict):
        try:
            return item in where
        except TypeError:
            return False
    raise NoOverload


__all__ = ["INT_MAX", "add", "compare", "contains", "type_name"]
