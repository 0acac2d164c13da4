"""Match conditions: expressions that must all hold before a webhook or a policy is asked about a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from apiserver.admission.expressions.budget import PER_CONDITIONS, Budget, BudgetSpent, bounded
from minik8s.api.admissionregistration_v1 import MatchCondition
from minik8s.machinery.admission.environment import TypeMismatch, checked
from minik8s.machinery.cel import CompileError, Environment, EvalError, Program


class Verdict(NamedTuple):
    """Whether all conditions hold; `error` says what went wrong where none was false."""

    matches: bool
    error: str = ""


MATCHES = Verdict(True)


class Conditions:
    """Compiled conditions."""

    def __init__(self, conditions: Sequence[MatchCondition], place: Environment) -> None:
        self._programs: list[tuple[str, Program | str]] = []
        for condition in conditions:
            program: Program | str
            try:
                program = checked(condition.expression, place, "bool")
            except (CompileError, TypeMismatch) as error:
                program = f"compilation error: {error}"
            self._programs.append((condition.expression, program))

    async def judge(self, variables: Mapping[str, Any]) -> Verdict:
        """Whether they hold; one that is false decides, whatever is wrong with others."""
        if not self._programs:
            return MATCHES
        # Conditions may name the namespace, but Kubernetes does not look it up for them.
        known = {**variables, "namespaceObject": None}
        try:
            return await bounded(lambda time_left: self._judge(known, Budget(PER_CONDITIONS, time_left)))
        except EvalError as error:
            return Verdict(False, str(error))

    def _judge(self, variables: Mapping[str, Any], budget: Budget) -> Verdict:
        errors = []
        for expression, program in self._programs:
            if isinstance(program, str):
                errors.append(program)
                continue
            try:
                value = budget.run(program, variables)
            except BudgetSpent as error:
                errors.append(str(error))
                break
            except EvalError as error:
                errors.append(f"expression '{expression}' resulted in error: {error}")
                continue
            if value is False:
                return Verdict(False)
            if value is not True:
                errors.append(f"expression '{expression}' resulted in error: its value is no bool")
        if not errors:
            return MATCHES
        return Verdict(False, errors[0] if len(errors) == 1 else f"[{', '.join(errors)}]")
