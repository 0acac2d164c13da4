"""Quantities: numbers with a suffix, such as `100m`, `1.5Gi`, `12e6`.

Everything takes and gives the strings that objects hold. A quantity remembers in which family of suffixes it was
written: decimal (`n u m "" k M G T P E`), binary (`Ki Mi Gi Ti Pi Ei`) or exponent (`e3`), and arithmetic keeps it.
"""

from __future__ import annotations

import re
from decimal import MAX_EMAX, MIN_EMIN, ROUND_UP, Context, Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple

_DECIMAL, _BINARY, _EXPONENT = "decimal", "binary", "exponent"
_SPLIT = re.compile(r"([+-]?)(0*)([0-9]*)(?:(\.)([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)")
_DECIMAL_SUFFIXES = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY_SUFFIXES = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL_NAMES = {power: suffix for suffix, power in _DECIMAL_SUFFIXES.items()}
_BINARY_NAMES = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_EXPONENT_SUFFIX = re.compile(r"[eE]([+-]?[0-9]+)")
_MAX_INT64 = 2**63 - 1
_NANO = Decimal("1e-9")
_ONE = Decimal(1)
_MILLI = Decimal("0.001")
_CAP = Decimal(_MAX_INT64)
_context = Context(prec=250, rounding=ROUND_UP, Emax=MAX_EMAX, Emin=MIN_EMIN)


class QuantityError(ValueError):
    """A string is not a quantity; the text is the one Kubernetes answers."""


_FORMAT_WRONG = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
_NUMERIC = "unable to parse numeric part of quantity"
_SUFFIX = "unable to parse quantity's suffix"


class _Quantity(NamedTuple):
    amount: Decimal
    family: str
    text: str  # how it is written; "" until somebody asks for the canonical form


def _suffix(text: str) -> tuple[int, int, str]:
    """Base, exponent and family of a suffix."""
    if text in _DECIMAL_SUFFIXES:
        return 10, _DECIMAL_SUFFIXES[text], _DECIMAL
    if text in _BINARY_SUFFIXES:
        return 2, _BINARY_SUFFIXES[text], _BINARY
    found = _EXPONENT_SUFFIX.fullmatch(text)
    if found is None or not -(2**31) <= int(found.group(1)) < 2**31:
        raise QuantityError(_SUFFIX)
    return 10, int(found.group(1)), _EXPONENT


@lru_cache(maxsize=8192)
def _read(text: str) -> _Quantity:
    if not text:
        raise QuantityError(_FORMAT_WRONG)
    found = _SPLIT.fullmatch(text)
    if found is None:
        raise QuantityError(_FORMAT_WRONG)
    sign, zeros, whole, point, fraction, suffix = found.groups("")
    base, exponent, family = _suffix(suffix)
    digits = (whole or "0") + fraction
    if len(digits) > 200:
        raise QuantityError(_NUMERIC)
    scale = exponent - len(fraction) if base == 10 else 0
    if family == _BINARY:
        short = not fraction and len(digits) + int(exponent * 3 / 10) + 1 <= 15
    else:
        short = len(digits) <= 18 and scale >= -9
    if not short and not (zeros or whole or fraction):
        raise QuantityError(_NUMERIC)
    amount = Decimal(digits).scaleb(scale, _context) if base == 10 else _binary(digits, fraction, exponent)
    written = _as_written(text, digits, family, scale) if short else ""
    if not short and amount:
        if amount.as_tuple().exponent < -9:  # type: ignore[operator]
            amount = amount.quantize(_NANO, context=_context)
        if family == _BINARY:
            amount = min(amount, _CAP)
            family = _DECIMAL if amount < 1 else family
    return _Quantity(amount.copy_negate() if sign == "-" else amount, family, written)


def _binary(digits: str, fraction: str, exponent: int) -> Decimal:
    return _context.multiply(Decimal(digits).scaleb(-len(fraction), _context), Decimal(1 << exponent))


def _as_written(text: str, digits: str, family: str, scale: int) -> str:
    """The text itself where Kubernetes keeps it, "" where it writes the canonical form instead."""
    if family == _BINARY:
        return text if int(digits) & 7 else ""
    return text if scale % 3 == 0 and digits[0] != "0" and not digits.endswith("000") else ""


def _write(amount: Decimal, family: str) -> str:
    """The canonical form: no fraction, the largest suffix that loses nothing."""
    if not amount:
        return "0"
    if family == _BINARY and (-1024 < amount < 1024 or not _is_whole(amount)):
        family = _DECIMAL
    if family == _BINARY:
        number, power = int(amount), 0
        while number % 1024 == 0 and power < 6:
            number //= 1024
            power += 1
        return f"{number}{_BINARY_NAMES[power]}"
    sign, digits, exponent = amount.normalize(_context).as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits))
    power = exponent - exponent % 3
    if exponent > 60:  # no amount of anything: not worth its zeros
        family = _EXPONENT
    if family == _DECIMAL:
        power = max(min(power, 18), -9)
    text += "0" * (exponent - power)
    suffix = _DECIMAL_NAMES[power] if family == _DECIMAL else f"e{power}" if power else ""
    return f"{'-' if sign else ''}{text}{suffix}"


def _is_whole(amount: Decimal) -> bool:
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int)
    return exponent >= 0 or amount == amount.to_integral_value(context=_context)


def parse(text: str) -> Decimal:
    """The exact number; raises QuantityError."""
    return _read(text).amount


@lru_cache(maxsize=8192)
def canonical(text: str) -> str:
    """The form in which Kubernetes writes it back; raises QuantityError."""
    found = _read(text)
    return found.text or _write(found.amount, found.family)


def _rounded(amount: Decimal) -> int:
    """Away from zero, within 64 bits."""
    if amount.adjusted() > 19:
        return _MAX_INT64 if amount > 0 else -_MAX_INT64 - 1
    whole = int(amount.quantize(_ONE, context=_context))
    return max(min(whole, _MAX_INT64), -_MAX_INT64 - 1)


@lru_cache(maxsize=8192)
def value(text: str) -> int:
    """The number rounded up, away from zero, to an integer of 64 bits; raises QuantityError."""
    return _rounded(_read(text).amount)


@lru_cache(maxsize=8192)
def milli_value(text: str) -> int:
    """Thousandths, rounded up, away from zero, to an integer of 64 bits; raises QuantityError."""
    return _rounded(_read(text).amount.scaleb(3, _context))


def _combined(first: str, second: str, sign: int) -> str:
    one, other = _read(first), _read(second)
    family = one.family if one.amount else other.family
    try:
        total = _context.add(one.amount, other.amount if sign > 0 else other.amount.copy_negate())
    except InvalidOperation as error:
        raise QuantityError(_NUMERIC) from error
    return _write(total, family)


@lru_cache(maxsize=8192)
def add(first: str, second: str) -> str:
    """The sum, written with the suffixes of `first` unless that is zero; raises QuantityError."""
    return _combined(first, second, 1)


@lru_cache(maxsize=8192)
def sub(first: str, second: str) -> str:
    """The difference, written with the suffixes of `first` unless that is zero; raises QuantityError."""
    return _combined(first, second, -1)


def cmp(first: str, second: str) -> int:
    """-1, 0 or 1 as `first` is less than, equal to or greater than `second`; raises QuantityError."""
    one, other = _read(first).amount, _read(second).amount
    return (one > other) - (one < other)


def from_value(number: int, *, binary: bool = False) -> str:
    """The canonical quantity of a whole number, with binary suffixes if asked."""
    return _write(Decimal(number), _BINARY if binary else _DECIMAL)


def from_milli(number: int) -> str:
    """The canonical quantity of so many thousandths."""
    return _write(_context.multiply(Decimal(number), _MILLI), _DECIMAL)


def from_nano(number: int) -> str:
    """The canonical quantity of so many thousand-millionths."""
    return _write(_context.multiply(Decimal(number), _NANO), _DECIMAL)
