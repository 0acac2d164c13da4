"""`format`: texts with clauses for values, as cel-go and the printer of Go that it uses write them."""

from __future__ import annotations

import math
from typing import Any

from minik8s.machinery.cel.errors import EvalError
from minik8s.machinery.cel.format_checks import FormatError, clauses, misfit
from minik8s.machinery.cel.library.conversions import to_string
from minik8s.machinery.cel.library.declare import need
from minik8s.machinery.cel.moments import Timestamp
from minik8s.machinery.cel.values import Duration, TypeValue, UInt, type_name
from minik8s.machinery.quoting import quote

_NUMBERS = ("NaN", "Infinity", "-Infinity")
_DIGITS = 6
_FAILED = "error during formatting: "
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def formatted(pattern: Any, values: Any) -> str:
    """The text with its clauses filled in. Raises EvalError."""
    need(values, list)
    try:
        wanted = clauses(need(pattern, str))
    except FormatError as error:
        raise EvalError(str(error)) from None
    if len(values) < len(wanted):
        raise EvalError(f"index {len(values)} out of range")
    out: list[str] = []
    at = number = 0
    while (found := pattern.find("%", at)) >= 0:
        out.append(pattern[at:found])
        at = found + 1
        if pattern[at] == "%":
            out.append("%")
        else:
            letter, precision = wanted[number]
            try:
                out.append(_clause(letter, precision, values[number]))
            except EvalError as error:
                raise EvalError(f"{_FAILED}{str(error).removeprefix(_FAILED)}") from None
            while pattern[at] != letter:
                at += 1
            number += 1
        at += 1
    out.append(pattern[at:])
    return "".join(out)


def _clause(letter: str, precision: int, value: Any) -> str:
    given = type_name(value)
    why = misfit(letter, given)
    if letter in ("f", "e") and isinstance(value, str) and value not in _NUMBERS:
        why = misfit(letter, "").removesuffix("given ") + "given string"
    if why:
        raise EvalError(why)
    match letter:
        case "s":
            return _text(value)
        case "f":
            return _fixed(float(value), _DIGITS if precision < 0 else precision)
        case "e":
            return _scientific(float(value), _DIGITS if precision < 0 else precision)
        case "d":
            return str(int(value))
        case "b":
            return f"{int(value):b}"
        case "o":
            return f"{int(value):o}"
    if isinstance(value, str):
        value = value.encode()
    text = value.hex() if isinstance(value, bytes) else f"{int(value):x}"
    return text.upper() if letter == "X" else text


def _fixed(value: float, digits: int) -> str:
    return _unbounded(value) or f"{value:,.{digits}f}"


def _scientific(value: float, width: int) -> str:
    # The printer is told the precision as a width.
    if text := _unbounded(value):
        return text.rjust(width)
    mantissa, _, exponent = f"{value:.{_DIGITS}e}".partition("e")
    return f"{mantissa}×10{exponent.removeprefix('+').translate(_RAISED)}".rjust(width)


def _unbounded(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "" if math.isfinite(value) else "∞" if value > 0 else "-∞"


def _text(value: Any) -> str:
    """A value by itself."""
    if value is None:
        return "null"
    if isinstance(value, list | dict):
        return _part(value)
    if isinstance(value, TypeValue):
        return value.name
    try:
        return to_string(value)
    except EvalError as error:
        raise EvalError(f"could not convert argument {quote(str(error))} to string") from None


def _part(value: Any) -> str:
    """A value inside a list or map, as it would be written there."""
    if isinstance(value, list):
        return f"[{', '.join(map(_part, value))}]"
    if isinstance(value, dict):
        entries = sorted(((_key(key), _part(each)) for key, each in value.items()), key=lambda entry: entry[0])
        return f"{{{', '.join(f'{key}:{each}' for key, each in entries)}}}"
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, bytes):
        return f"b{quote(_text(value))}"
    if isinstance(value, Timestamp):
        return f"timestamp({quote(to_string(value))})"
    if isinstance(value, Duration):
        return f"duration({quote(to_string(value))})"
    if isinstance(value, float):
        if math.isnan(value):
            return '"NaN"'
        return f"{value:.{_DIGITS}f}" if math.isfinite(value) else '"+Inf"' if value > 0 else '"-Inf"'
    if value is None or isinstance(value, bool | int | TypeValue):
        return _text(value)
    raise EvalError(f"no formatting function for {type_name(value)}")


def _key(key: Any) -> str:
    if isinstance(key, str):
        return quote(key)
    if isinstance(key, bool | int | UInt):
        return to_string(key)
    raise EvalError(f"no formatting function for map key of type {type_name(key)}")
