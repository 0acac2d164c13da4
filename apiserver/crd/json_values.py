"""JSON values as Go knows them: their types, and when two of them are the same."""

from __future__ import annotations

from typing import Any

LARGEST = 1 << 63
"""Whole numbers from here on (or below its negative) are floats."""
_EXACT = float((1 << 53) - 1)
_EPSILON = 1e-9
_NAMES: dict[type, tuple[str, str]] = {
    str: ("string", ""),
    bool: ("boolean", ""),
    int: ("integer", "int64"),
    float: ("number", "float64"),
    dict: ("object", ""),
    list: ("array", ""),
    type(None): ("null", ""),
}


def type_and_form(value: Any) -> tuple[str, str]:
    """The JSON type of a value, and the format of numbers."""
    if type(value) is int and not -LARGEST <= value < LARGEST:
        return _NAMES[float]
    return _NAMES[type(value)]


def is_whole(number: float) -> bool:
    """Whether a number is a whole one, as near as floats can tell; very large ones are not known to be."""
    if not -_EXACT <= number <= _EXACT:
        return False
    found = float(int(number))
    return number == found or abs(number - found) / (abs(number) + abs(found)) < _EPSILON


def same(one: Any, other: Any) -> bool:
    """Equality of JSON values: true is not 1, 1 is 1.0."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(each, other[key]) for key, each in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def frozen(value: Any) -> Any:
    """A value that may stand in a set, equal where `same` says so."""
    if isinstance(value, dict):
        return ("{", frozenset((key, frozen(each)) for key, each in value.items()))
    if isinstance(value, list):
        return ("[", tuple(map(frozen, value)))
    return ("?", value) if isinstance(value, bool) else value


def child_path(path: str, name: str) -> str:
    """The path of a property, as Kubernetes' validator writes it."""
    return f"{path}.{name}" if path else name
