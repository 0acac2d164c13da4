"""One ValidatingAdmissionPolicy: what it finds of a request."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from apiserver.admission.expressions.activation import Variables
from apiserver.admission.expressions.budget import PER_POLICY, Budget, BudgetSpent, TimeLeft, bounded
from apiserver.admission.expressions.conditions import Conditions
from apiserver.policies.matching import Match
from minik8s.api.admissionregistration_v1 import ValidatingAdmissionPolicy, Validation
from minik8s.machinery.admission.environment import TypeMismatch, checked
from minik8s.machinery.admission.variables import Compiled, Place, compile_variables
from minik8s.machinery.cel import CompileError, Environment, EvalError, Program
from minik8s.machinery.cel.values import type_name

_MOST_MESSAGE = 5 * 1024


@dataclasses.dataclass(frozen=True, slots=True)
class Decision:
    """One thing a policy objects to; `index` is the validation's place, `error` tells that it came to no value."""

    index: int
    message: str
    reason: str = ""
    error: bool = False


@dataclasses.dataclass(slots=True)
class Outcome:
    """What a policy finds: objections, audit annotations, and what went wrong with those."""

    denied: list[Decision] = dataclasses.field(default_factory=list)
    annotations: dict[str, str] = dataclasses.field(default_factory=dict)
    failed_annotations: list[str] = dataclasses.field(default_factory=list)
    ignored: int = 0


@dataclasses.dataclass(slots=True)
class _Check:
    validation: Validation
    program: Program | str
    message: Program | None


@dataclasses.dataclass(slots=True)
class _Compiled:
    variables: Compiled
    conditions: Conditions
    checks: list[_Check]
    annotations: list[tuple[str, str, Program | str]]


class ValidatingPolicy:
    """A policy; compiled when first asked."""

    def __init__(self, policy: ValidatingAdmissionPolicy) -> None:
        self.policy = policy
        self.name = policy.metadata.name
        self.match = Match(policy.spec.match_constraints)
        self.fails = policy.spec.failure_policy != "Ignore"
        self._ready: _Compiled | None = None

    def _compiled(self) -> _Compiled:
        if self._ready is None:
            spec = self.policy.spec
            place = Place(params=spec.param_kind is not None)
            variables = compile_variables(spec.variables, place)
            full, asking_nobody = (
                place.environment(variables.types or None),
                place.environment(variables.types or None, authorizer=False),
            )
            checks = []
            for each in spec.validations:
                message = _program(each.message_expression, asking_nobody, "string")
                checks.append(
                    _Check(
                        each,
                        _program(each.expression, full, "bool"),
                        message if isinstance(message, Program) else None,
                    )
                )
            annotations = [
                (each.key, each.value_expression, _program(each.value_expression, full, "string or null"))
                for each in spec.audit_annotations
            ]
            conditions = Conditions(spec.match_conditions, place.environment(None))
            self._ready = _Compiled(variables, conditions, checks, annotations)
        return self._ready

    async def judge(self, values: Mapping[str, Any]) -> Outcome:
        """What the policy finds, given the values of all variables but its own."""
        compiled = self._compiled()
        verdict = await compiled.conditions.judge(values)
        if verdict.error:
            return self._failed(verdict.error)
        if not verdict.matches:
            return Outcome()
        try:
            return await bounded(lambda time_left: self._judge(compiled, values, time_left))
        except EvalError as error:
            return self._failed(str(error))

    def _failed(self, why: str) -> Outcome:
        if self.fails:
            return Outcome(denied=[Decision(0, why, error=True)])
        return Outcome(ignored=1)

    def _judge(self, compiled: _Compiled, values: Mapping[str, Any], time_left: TimeLeft) -> Outcome:
        budget = Budget(PER_POLICY, time_left)
        known = dict(values)
        known["variables"] = Variables(compiled.variables.programs, known, budget)
        found = Outcome()
        for index, check in enumerate(compiled.checks):
            self._check(index, check, known, budget, found)
        for key, expression, program in compiled.annotations:
            self._annotate(key, expression, program, known, budget, found)
        return found

    def _check(self, index: int, check: _Check, known: dict[str, Any], budget: Budget, found: Outcome) -> None:
        source = check.validation.expression
        try:
            if isinstance(check.program, str):
                raise EvalError(f"compilation error: {check.program}")
            value = budget.run(check.program, known)
        except BudgetSpent:
            raise
        except EvalError as error:
            why = str(error)
            if not isinstance(check.program, str):
                why = f"expression '{source}' resulted in error: {why}"
            if self.fails:
                found.denied.append(Decision(index, why, error=True))
            else:
                found.ignored += 1
            return
        if value is not True:
            found.denied.append(Decision(index, _message(check, known, budget), check.validation.reason or "Invalid"))

    def _annotate(
        self,
        key: str,
        expression: str,
        program: Program | str,
        known: dict[str, Any],
        budget: Budget,
        found: Outcome,
    ) -> None:
        try:
            if isinstance(program, str):
                raise EvalError(f"compilation error: {program}")
            value = budget.run(program, known)
            if value is not None and not isinstance(value, str):
                raise EvalError(
                    f"valueExpression '{expression}' resulted in unsupported return type: {type_name(value)}. "
                    "Return type must be either string or null."
                )
        except BudgetSpent:
            raise
        except EvalError as error:
            if self.fails:
                found.failed_annotations.append(str(error))
            return
        if value and value.strip():
            found.annotations[key] = value.strip()


def _program(expression: str, place: Environment, wanted: str) -> Program | str:
    try:
        return checked(expression, place, wanted)
    except (CompileError, TypeMismatch) as error:
        return str(error)


def _message(check: _Check, known: dict[str, Any], budget: Budget) -> str:
    """What people are told: the expression's message, the fixed one, or the expression that failed."""
    if check.message is not None:
        try:
            value = budget.run(check.message, known)
        except EvalError:
            value = None
        if isinstance(value, str):
            value = value.strip()
            if value and len(value.encode()) <= _MOST_MESSAGE and "\n" not in value:
                return value
    return check.validation.message.strip() or f"failed expression: {check.validation.expression.strip()}"
