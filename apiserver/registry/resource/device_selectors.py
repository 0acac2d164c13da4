"""Expressions that select devices: compiled when they are written."""

from __future__ import annotations

from functools import lru_cache

from apiserver.registry.errors import Errors
from apiserver.registry.resource.parts import check_each
from minik8s.api.resource_v1 import DeviceSelector

_SELECTORS_MAX = 32
_TEXT_MAX = 10 * 1024
_FITTING = ("bool", "dyn")


@lru_cache(maxsize=1024)
def _problem(expression: str) -> str:
    """What is wrong with an expression, "" for nothing."""
    # The compiler takes memory that a server without such devices need not spend.
    from minik8s.machinery.cel import CompileError, compile_expression
    from minik8s.machinery.cel.devices import device_environment

    try:
        found = str(compile_expression(expression, device_environment()).type)
    except CompileError as error:
        return f"compilation failed: {error}"
    return "" if found in _FITTING else f"must evaluate to bool or the unknown type, not {found}"


def _check(selector: DeviceSelector, path: str, errors: Errors) -> None:
    if selector.cel is None:
        errors.required(f"{path}.cel")
        return
    expression, here = selector.cel.expression, f"{path}.cel.expression"
    if len(expression.encode()) > _TEXT_MAX:
        errors.too_long(here, _TEXT_MAX)
    elif problem := _problem(expression):
        errors.invalid(here, expression, problem)


def validate_selectors(selectors: list[DeviceSelector], path: str, errors: Errors) -> None:
    """Not too many, each an expression that says yes or no about a device."""
    check_each(selectors, _SELECTORS_MAX, path, errors, _check)
