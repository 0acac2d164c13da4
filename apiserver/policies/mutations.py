"""One MutatingAdmissionPolicy: what it makes of an object."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from apiserver.admission.expressions.activation import Variables
from apiserver.admission.expressions.budget import PER_POLICY, Budget, BudgetSpent, TimeLeft, bounded
from apiserver.admission.expressions.conditions import Conditions, Verdict
from apiserver.policies.json_values import as_json
from apiserver.policies.matching import Match
from minik8s.api.admissionregistration_v1 import MutatingAdmissionPolicy
from minik8s.machinery.admission.environment import TypeMismatch, checked
from minik8s.machinery.admission.made_objects import misnamed
from minik8s.machinery.admission.variables import Compiled, Place, compile_variables
from minik8s.machinery.apply.merge import merge
from minik8s.machinery.apply.schema import Schema
from minik8s.machinery.apply.validate import ShapeError, check
from minik8s.machinery.cel import CompileError, EvalError, Program
from minik8s.machinery.patches import PatchError, json_patch

_APPLY = "ApplyConfiguration"


class MutationFailed(Exception):
    """A mutation cannot be made; the text says why."""


@dataclasses.dataclass(slots=True)
class _Mutation:
    apply: bool
    expression: str
    program: Program | None
    problem: str


@dataclasses.dataclass(slots=True)
class _Compiled:
    variables: Compiled
    conditions: Conditions
    mutations: list[_Mutation]


class MutatingPolicy:
    """A policy; compiled when first asked."""

    def __init__(self, policy: MutatingAdmissionPolicy) -> None:
        self.policy = policy
        self.name = policy.metadata.name
        self.match = Match(policy.spec.match_constraints)
        self.fails = policy.spec.failure_policy != "Ignore"
        self.again = policy.spec.reinvocation_policy == "IfNeeded"
        self._ready: _Compiled | None = None

    @property
    def count(self) -> int:
        """How many mutations there are."""
        return len(self.policy.spec.mutations)

    def _compiled(self) -> _Compiled:
        if self._ready is None:
            spec = self.policy.spec
            place = Place(params=spec.param_kind is not None, mutating=True)
            variables = compile_variables(spec.variables, place)
            full = place.environment(variables.types or None)
            mutations = []
            for each in spec.mutations:
                apply = each.patch_type == _APPLY
                source = each.apply_configuration if apply else each.json_patch
                made = _Mutation(apply, source.expression if source is not None else "", None, "")
                try:
                    made.program = checked(made.expression, full, "Object" if apply else "list(JSONPatch)")
                    if problem := misnamed(made.program.checked.nodes):
                        made.problem = f"type mismatch: {problem}"
                except (CompileError, TypeMismatch) as error:
                    made.problem = f"compilation error: {error}"
                mutations.append(made)
            conditions = Conditions(spec.match_conditions, place.environment(None))
            self._ready = _Compiled(variables, conditions, mutations)
        return self._ready

    async def applies(self, values: Mapping[str, Any]) -> Verdict:
        """Whether the match conditions hold."""
        return await self._compiled().conditions.judge(values)

    async def mutated(
        self, index: int, values: Mapping[str, Any], document: dict[str, Any], schema: Schema | None
    ) -> dict[str, Any]:
        """The object after one mutation. Raises MutationFailed."""
        compiled = self._compiled()
        mutation = compiled.mutations[index]
        if mutation.problem or mutation.program is None:
            raise MutationFailed(mutation.problem)
        program = mutation.program

        def work(time_left: TimeLeft) -> Any:
            budget = Budget(PER_POLICY, time_left)
            known = dict(values)
            known["variables"] = Variables(compiled.variables.programs, known, budget)
            return budget.run(program, known)

        try:
            value = await bounded(work)
        except BudgetSpent as error:
            raise MutationFailed(str(error)) from None
        except EvalError as error:
            raise MutationFailed(f"expression '{mutation.expression}' resulted in error: {error}") from None
        try:
            made = as_json(value)
        except EvalError as error:
            # Kubernetes makes JSON of each operation's value by itself.
            why = f"JSONPath valueExpression evaluated to a type that could not marshal to JSON: {error}"
            if mutation.apply:
                why = f"expression '{mutation.expression}' resulted in error: {error}"
            raise MutationFailed(why) from None
        return _applied(made, document, schema) if mutation.apply else _patched(made, document)


def _patched(operations: Any, document: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(operations, list):
        raise MutationFailed("type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch")
    operations = [{"op": "", "path": "", **each} if isinstance(each, dict) else each for each in operations]
    try:
        found = json_patch(document, operations)
    except (PatchError, RecursionError) as error:
        if str(error).endswith("test failed"):
            return document  # a patch whose test fails changes nothing
        raise MutationFailed(f"JSON Patch: {error}") from None
    if not isinstance(found, dict):
        raise MutationFailed("JSON Patch: the result is no object")
    return found


def _applied(value: Any, document: dict[str, Any], schema: Schema | None) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MutationFailed("unsupported return type from ApplyConfiguration expression")
    version, kind = document.get("apiVersion"), document.get("kind")
    if schema is None:
        named = version if "/" in str(version) else f"/{version}"
        raise MutationFailed(
            "error applying patch: failed to convert patch object to typed object: "
            f"no corresponding type for {named}, Kind={kind}"
        )
    config = {**value, "apiVersion": version, "kind": kind}
    try:
        check(schema, config)
    except ShapeError as error:
        raise MutationFailed(f"error applying patch: failed to convert patch object to typed object: {error}") from None
    if atomic := list(_atomics(schema, config, "")):
        raise MutationFailed(
            "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: "
            + ", ".join(atomic)
        )
    found: dict[str, Any] = merge(schema, document, config)
    return found


def _atomics(schema: Schema | None, value: Any, path: str) -> list[str]:
    """The paths of what can only be replaced as a whole, by which fields nobody thought of would be lost."""
    if schema is None:
        return []
    found: list[str] = []
    if isinstance(value, dict):
        if schema.atomic:
            found.append(path)
        for key, each in value.items():
            found += _atomics(schema.fields.get(key), each, f"{path}.{key}")
    elif isinstance(value, list):
        if schema.kind == "list" and schema.leaf:
            found.append(path)
        for index, each in enumerate(value):
            found += _atomics(schema.element, each, f"{path}[{index}]")
    return found
