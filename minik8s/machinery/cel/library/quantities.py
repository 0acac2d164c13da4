"""Quantities (Kubernetes' library `quantity`)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, ClassVar

from minik8s.machinery import quantity as amounts
from minik8s.machinery.cel.environment import Function, Overload
from minik8s.machinery.cel.errors import EvalError
from minik8s.machinery.cel.library.declare import function, method, need, walked
from minik8s.machinery.cel.types import BOOL, DOUBLE, INT, STRING, Type
from minik8s.machinery.cel.values import INT_MAX, INT_MIN, Opaque

_FORM = re.compile(r"[+-]?0*([0-9]*)\.?([0-9]*)(.*)")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}


def _kept_whole(text: str) -> bool:
    """Whether Kubernetes keeps a quantity as an integer of few digits: no other is an integer to it."""
    found = _FORM.fullmatch(text)
    if found is None:
        return False
    digits, fraction, suffix = found[1], found[2], found[3]
    if suffix in _BINARY:
        # Digits that the power of two takes, as Kubernetes guesses them.
        return not fraction and len(digits) + _BINARY[suffix] * 3 // 10 + 1 <= _FACTORS
    exponent = _DECIMAL.get(suffix)
    if exponent is None:
        exponent = int(suffix[1:])
    return len(digits) + len(fraction) <= _DIGITS and exponent >= len(fraction)


_FACTORS, _DIGITS = 15, 18
QUANTITY = Type("kubernetes.Quantity")


class QuantityValue(Opaque):
    """An exact amount."""

    CEL_TYPE: ClassVar[str] = "kubernetes.Quantity"

    def __init__(self, amount: Decimal, *, whole: bool = True) -> None:
        self.amount = amount
        self.whole = whole

    def key(self) -> Any:
        """The amount."""
        return self.amount


def _quantity(text: Any) -> QuantityValue:
    try:
        return QuantityValue(amounts.parse(need(text, str)), whole=_kept_whole(text))
    except amounts.QuantityError as error:
        raise EvalError(str(error)) from None


def _is_quantity(text: Any) -> bool:
    try:
        amounts.parse(need(text, str))
        return True
    except amounts.QuantityError:
        return False


def _whole(value: Any) -> bool:
    return bool(value.whole and value.amount == value.amount.to_integral_value() and INT_MIN <= value.amount <= INT_MAX)


def _as_integer(value: Any) -> int:
    if not _whole(value):
        raise EvalError("cannot convert value to integer")
    return int(value.amount)


def _amount(value: Any) -> Decimal:
    return Decimal(int(value) if isinstance(value, int) else value.amount)


def _compared(one: Any, other: Any) -> int:
    need(one, QuantityValue), need(other, QuantityValue)
    return int(one.amount > other.amount) - int(one.amount < other.amount)


_PAIR = (Overload((QUANTITY, QUANTITY), QUANTITY, True), Overload((QUANTITY, INT), QUANTITY, True))

FUNCTIONS = (
    function("quantity", (STRING,), QUANTITY, _quantity, walked),
    function("isQuantity", (STRING,), BOOL, _is_quantity, walked),
    method("isInteger", (QUANTITY,), BOOL, _whole),
    method("asInteger", (QUANTITY,), INT, _as_integer),
    method("asApproximateFloat", (QUANTITY,), DOUBLE, lambda value: float(value.amount)),
    Function("sign", (Overload((QUANTITY,), INT, False),), lambda value: (value.amount > 0) - (value.amount < 0)),
    Function("add", _PAIR, lambda one, other: QuantityValue(one.amount + _amount(other))),
    Function("sub", _PAIR, lambda one, other: QuantityValue(one.amount - _amount(other))),
    method("isLessThan", (QUANTITY, QUANTITY), BOOL, lambda one, other: _compared(one, other) < 0),
    method("isGreaterThan", (QUANTITY, QUANTITY), BOOL, lambda one, other: _compared(one, other) > 0),
    method("compareTo", (QUANTITY, QUANTITY), INT, _compared),
)
