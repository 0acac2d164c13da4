"""From one type to another."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from minik8s.machinery.cel.environment import Function, Overload
from minik8s.machinery.cel.errors import EvalError, NoOverload
from minik8s.machinery.cel.moments import SECOND, Timestamp, parse_moment
from minik8s.machinery.cel.types import BOOL, BYTES, DOUBLE, DURATION, DYN, INT, STRING, TIMESTAMP, UINT, Type
from minik8s.machinery.cel.values import (
    INT_MAX,
    INT_MIN,
    UINT_MAX,
    Duration,
    UInt,
    checked_duration,
)

# Between these powers of ten numbers are written out.
_LEAST_POWER, _MOST_POWER = 4, 6
_UNITS = {"h": 3600 * 10**9, "m": 60 * 10**9, "s": 10**9, "ms": 10**6, "us": 1000, "µs": 1000, "μs": 1000, "ns": 1}


def to_int(value: Any) -> int:
    """`int(x)`."""
    if isinstance(value, bool):
        raise NoOverload
    if isinstance(value, Duration):
        return int(value)
    if isinstance(value, int):
        if value > INT_MAX:
            raise EvalError("integer overflow")
        return int(value)
    if isinstance(value, float):
        if not INT_MIN < value < 2.0**63:
            raise EvalError("integer overflow")
        return int(value)
    if isinstance(value, str):
        try:
            found = int(value) if value.strip() == value and "_" not in value else None
        except ValueError:
            found = None
        if found is None or not INT_MIN <= found <= INT_MAX:
            raise EvalError("type conversion error from 'string' to 'int'")
        return found
    if isinstance(value, Timestamp):
        return value.nanos // SECOND
    raise NoOverload


def to_uint(value: Any) -> UInt:
    """`uint(x)`."""
    if isinstance(value, str):
        if not (value.isascii() and value.isdigit()) or int(value) > UINT_MAX:
            raise EvalError("type conversion error from 'string' to 'uint'")
        return UInt(int(value))
    if isinstance(value, bool) or not isinstance(value, int | float) or isinstance(value, Duration):
        raise NoOverload
    if math.isnan(value) or not 0 <= value <= UINT_MAX:
        raise EvalError("unsigned integer overflow")
    return UInt(int(value))


def to_double(value: Any) -> float:
    """`double(x)`."""
    if isinstance(value, bool) or isinstance(value, Duration):
        raise NoOverload
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            raise EvalError("type conversion error from 'string' to 'double'") from None
    raise NoOverload


def to_string(value: Any) -> str:
    """`string(x)`."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Duration):
        seconds, rest = divmod(abs(int(value)), SECOND)
        total = float(seconds) + rest / 1e9
        return f"{plain_decimal(-total if value < 0 else total)}s"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return _decimal(value)
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise EvalError("invalid UTF-8 in bytes, cannot convert to string") from None
    if isinstance(value, Timestamp):
        return str(value)
    if hasattr(value, "cel_string"):
        return str(value.cel_string())
    raise NoOverload


def _decimal(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if math.isnan(value):
        return "NaN"
    digits, _, exponent = repr(value).partition("e")
    if not exponent:
        head, _, tail = digits.lstrip("-").partition(".")
        power = len(head) - 1 if head != "0" else -len(tail) + len(tail.lstrip("0")) - 1 if tail.strip("0") else 0
    else:
        power = int(exponent)
    if -_LEAST_POWER <= power < _MOST_POWER:
        return plain_decimal(value)
    written = digits.lstrip("-").replace(".", "").lstrip("0").rstrip("0") or "0"
    sign, point = "-" if value < 0 else "", "." if len(written) > 1 else ""
    return f"{sign}{written[0]}{point}{written[1:]}e{power:+03d}"


def plain_decimal(value: float) -> str:
    """The shortest decimal that is this number, without an exponent."""
    text = format(Decimal(repr(value)), "f")
    return text.removesuffix(".0") if "." in text else text


def to_bytes(value: Any) -> bytes:
    """`bytes(x)`."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes):
        return value
    raise NoOverload


def to_bool(value: Any) -> bool:
    """`bool(x)`."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        if value in ("1", "t", "T", "true", "TRUE", "True"):
            return True
        if value in ("0", "f", "F", "false", "FALSE", "False"):
            return False
        raise EvalError("type conversion error from 'string' to 'bool'")
    raise NoOverload


def to_duration(value: Any) -> Duration:
    """`duration(x)`: Go's notation."""
    if isinstance(value, Duration):
        return value
    if isinstance(value, str):
        try:
            return parse_duration(value)
        except EvalError:
            raise EvalError("type conversion error from 'string' to 'google.protobuf.Duration'") from None
    if isinstance(value, int) and not isinstance(value, bool):
        # It is declared, and does not exist.
        raise EvalError("type conversion error from 'int' to 'google.protobuf.Duration'")
    raise NoOverload


def parse_duration(text: str) -> Duration:
    """`1h30m`, `-1.5s`, `0`. Raises EvalError."""
    import re

    sign = -1 if text.startswith("-") else 1
    rest = text[1:] if text[:1] in ("+", "-") else text
    if rest == "0":
        return Duration(0)
    total, at = Decimal(0), 0
    for part in re.finditer(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)", rest):
        if part.start() != at:
            break
        total += Decimal(part.group(1)) * _UNITS[part.group(2)]
        at = part.end()
    if not rest or at != len(rest):
        raise EvalError(f'time: invalid duration "{text}"')
    return checked_duration(sign * int(total))


def to_timestamp(value: Any) -> Timestamp:
    """`timestamp(x)`: RFC 3339, or seconds since 1970."""
    if isinstance(value, Timestamp):
        return value
    if isinstance(value, str):
        found = parse_moment(value)
        if found is None:
            raise EvalError("type conversion error from 'string' to 'google.protobuf.Timestamp'")
        return found
    if isinstance(value, int) and not isinstance(value, bool):
        return Timestamp(int(value) * SECOND)
    raise NoOverload


def _convert(name: str, result: Type, work: Any, *given: Type) -> Function:
    return Function(name, tuple(Overload((each,), result) for each in given), work)


FUNCTIONS = (
    _convert("int", INT, to_int, INT, UINT, DOUBLE, STRING, TIMESTAMP, DURATION),
    _convert("uint", UINT, to_uint, UINT, INT, DOUBLE, STRING),
    _convert("double", DOUBLE, to_double, DOUBLE, INT, UINT, STRING),
    Function(
        "string",
        tuple(
            Overload((each,), STRING)
            for each in (STRING, BOOL, INT, UINT, DOUBLE, BYTES, TIMESTAMP, DURATION, Type("net.IP"), Type("net.CIDR"))
        ),
        to_string,
        lambda value: len(value) // 10 if isinstance(value, str | bytes) else 0,
    ),
    _convert("bytes", BYTES, to_bytes, STRING, BYTES),
    _convert("bool", BOOL, to_bool, BOOL, STRING),
    _convert("duration", DURATION, to_duration, DURATION, STRING, INT),
    _convert("timestamp", TIMESTAMP, to_timestamp, TIMESTAMP, STRING, INT),
)
__all__ = ["DYN", "FUNCTIONS"]
