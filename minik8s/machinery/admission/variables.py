"""A policy's own variables: each may use those before it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from minik8s.api.admissionregistration_v1 import Variable
from minik8s.machinery.admission.environment import TypeMismatch, checked, environment
from minik8s.machinery.cel import CompileError, Environment, Program
from minik8s.machinery.cel.types import DYN, ObjectType, Type


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where a policy's expressions stand: see `environment`."""

    params: bool = False
    mutating: bool = False
    types: Mapping[str, Type] = dataclasses.field(default_factory=dict)
    objects: tuple[ObjectType, ...] = ()

    def environment(self, variables: Mapping[str, Type] | None, *, authorizer: bool = True) -> Environment:
        """What an expression may use there."""
        return environment(
            params=self.params,
            mutating=self.mutating,
            authorizer=authorizer,
            variables=variables,
            types=self.types,
            objects=self.objects,
        )


@dataclasses.dataclass(slots=True)
class Compiled:
    """Variables by name: their types, and the program of each, or what is wrong with it."""

    types: dict[str, Type] = dataclasses.field(default_factory=dict)
    programs: dict[str, Program | str] = dataclasses.field(default_factory=dict)


def compile_variables(variables: Iterable[Variable], place: Place) -> Compiled:
    """Compile variables in their order; one that does not compile is of any type."""
    found, plain = Compiled(), dataclasses.replace(place, mutating=False)
    for variable in variables:
        try:
            # Nothing can be made in a variable.
            program = checked(variable.expression, plain.environment(found.types), "any")
        except (CompileError, TypeMismatch) as error:
            found.types[variable.name] = DYN
            found.programs[variable.name] = str(error)
        else:
            found.types[variable.name] = program.type
            found.programs[variable.name] = program
    return found
