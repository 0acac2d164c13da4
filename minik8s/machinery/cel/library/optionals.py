"""Optional values (cel-go's optional types)."""

from __future__ import annotations

from typing import Any

from minik8s.machinery.cel.environment import Function, Overload
from minik8s.machinery.cel.errors import EvalError
from minik8s.machinery.cel.library.declare import function, method, need
from minik8s.machinery.cel.types import BOOL, list_of, optional_of, variable
from minik8s.machinery.cel.values import NONE, Optional

A = variable("A")


def _value(optional: Any) -> Any:
    if not need(optional, Optional).present:
        raise EvalError("optional.none() dereference")
    return optional.value


def _or_value(optional: Any, other: Any) -> Any:
    """The value or another; of what is no optional at all, Kubernetes takes the thing itself."""
    if not isinstance(optional, Optional):
        return optional
    return optional.value if optional.present else other


def _of_non_zero(value: Any) -> Optional:
    empty = value is None or value is False or (isinstance(value, int | float) and value == 0)
    return NONE if empty or (isinstance(value, str | bytes | list | dict) and not value) else Optional(value)


FUNCTIONS = (
    function("optional.of", (A,), optional_of(A), Optional),
    function("optional.ofNonZeroValue", (A,), optional_of(A), _of_non_zero),
    function("optional.none", (), optional_of(A), lambda: NONE),
    method("first", (list_of(A),), optional_of(A), lambda items: Optional(items[0]) if need(items, list) else NONE),
    method("last", (list_of(A),), optional_of(A), lambda items: Optional(items[-1]) if need(items, list) else NONE),
    method("hasValue", (optional_of(A),), BOOL, lambda optional: need(optional, Optional).present),
    Function("value", (Overload((optional_of(A),), A, True),), _value),
    method(
        "orValue",
        (optional_of(A), A),
        A,
        _or_value,
    ),
    method(
        "or",
        (optional_of(A), optional_of(A)),
        optional_of(A),
        lambda optional, other: optional if need(optional, Optional).present else other,
    ),
    Function(
        "optional.unwrap",
        (Overload((list_of(optional_of(A)),), list_of(A)),),
        lambda items: [each.value for each in items if each.present],
    ),
)
