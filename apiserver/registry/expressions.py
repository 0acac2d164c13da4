"""Where expressions that objects hold are compiled: nobody does so until a check is set.

A check is given the expression, the type its value must have ("bool", "string" …) and the names of the variables it
may use beyond those every such expression knows; it answers what is wrong, "" for nothing. `PARAMS` among the names
is the object that a policy's paramKind names, and no variable of the policy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from apiserver.registry.errors import Errors

# No variable can be called so, while `variables.params` is a good name.
PARAMS = "(params)"

ExpressionCheck = Callable[[str, str, Sequence[str]], str]


def _any_expression(expression: str, wanted: str, variables: Sequence[str]) -> str:
    return ""


class Expressions:
    """Holds the check of this process."""

    check: ExpressionCheck = staticmethod(_any_expression)


def set_expression_check(check: ExpressionCheck) -> None:
    """Compile expressions with `check` from now on."""
    Expressions.check = staticmethod(check)


def check_expression(
    expression: str,
    path: str,
    errors: Errors,
    *,
    wanted: str = "bool",
    variables: Sequence[str] = (),
    missing: str = "expression is not specified",
) -> None:
    """An expression that is there and compiles."""
    if not expression.strip():
        errors.required(path, missing)
    elif problem := Expressions.check(expression, wanted, variables):
        errors.invalid(path, expression, problem)
