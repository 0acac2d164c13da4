"""Expressions of webhooks' and policies' configurations compiled when they are written."""

from __future__ import annotations

from collections.abc import Sequence

from apiserver.registry.expressions import PARAMS
from minik8s.machinery.admission.environment import TypeMismatch, checked
from minik8s.machinery.admission.variables import Place
from minik8s.machinery.cel import CompileError
from minik8s.machinery.cel.types import DYN, Type

_MUTATING = ("Object", "list(JSONPatch)")
_MOST = 1024


class ExpressionChecks:
    """Checks one expression after the other. The types of a policy's variables are those found just before."""

    def __init__(self) -> None:
        self._types: dict[tuple[str, ...], Type] = {}

    def check(self, expression: str, wanted: str, variables: Sequence[str]) -> str:
        """What is wrong with an expression, "" for nothing; `variables` may hold `PARAMS` besides the policy's own."""
        own = tuple(name for name in variables if name != PARAMS)
        known = {name: self._types.get(own[:index], DYN) for index, name in enumerate(own)}
        place = Place(params=PARAMS in variables, mutating=wanted in _MUTATING)
        try:
            # A policy without variables does not know the word; where they are declared it is known from the first.
            declared = known if known or wanted == "any" else None
            program = checked(expression, place.environment(declared, authorizer=wanted != "string"), wanted)
        except CompileError as error:
            problem, found = f"{error.stage}: {error}", DYN
        except TypeMismatch as error:
            problem, found = str(error), DYN
        else:
            problem, found = "", program.type
        if wanted == "any":
            if len(self._types) >= _MOST:
                self._types.clear()
            self._types[own] = found
        return problem
