"""Whether the expressions of a ValidatingAdmissionPolicy fit the kinds it is about: warnings for its status."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from minik8s.api.admissionregistration_v1 import ExpressionWarning, ValidatingAdmissionPolicy
from minik8s.machinery.admission.environment import problem
from minik8s.machinery.admission.variables import Place, compile_variables
from minik8s.machinery.cel.types import ObjectType, Type


class Known(NamedTuple):
    """A kind whose fields are known: how messages name it (`apps/v1, Kind=Deployment`), its type and its parts'."""

    told: str
    type: Type
    objects: tuple[ObjectType, ...]


def check_types(
    policy: ValidatingAdmissionPolicy, kinds: Sequence[Known], params: Known | None
) -> list[ExpressionWarning]:
    """What is wrong with a policy's validations for objects of these kinds."""
    spec = policy.spec
    places = [_place(kind, params, given=spec.param_kind is not None) for kind in kinds]
    types = [compile_variables(spec.variables, place).types for place in places]
    found = []
    for index, each in enumerate(spec.validations):
        for field, expression in (("expression", each.expression), ("messageExpression", each.message_expression)):
            if not expression:
                continue
            told = _told(
                (kind.told, problem(expression, place.environment(known), "any"))
                for kind, place, known in zip(kinds, places, types, strict=True)
            )
            if told:
                found.append(ExpressionWarning(field_ref=f"spec.validations[{index}].{field}", warning=told))
    return found


def _place(kind: Known, params: Known | None, *, given: bool) -> Place:
    types, objects = {"object": kind.type, "oldObject": kind.type}, kind.objects
    if given and params is not None:
        types["params"] = params.type
        objects = (*objects, *params.objects)
    return Place(params=given, types=types, objects=objects)


def _told(problems: Iterable[tuple[str, str]]) -> str:
    # What errors begin with is left out where it is only warned.
    return "\n".join(f"{kind}: {said.removeprefix('compilation failed: ')}\n" for kind, said in problems if said)
