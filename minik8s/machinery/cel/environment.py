"""What an expression may use: variables, types and functions."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from minik8s.machinery.cel.types import ObjectType, Type

Implementation = Callable[..., Any]
Cost = Callable[..., int]


@dataclasses.dataclass(frozen=True, slots=True)
class Overload:
    """One way to call a function: its parameters (a method's receiver first) and its result."""

    parameters: tuple[Type, ...]
    result: Type
    method: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Function:
    """A function: all its overloads share one implementation, which looks at what it is given.

    `cost` tells, from the arguments, what a call costs beyond the 1 that each costs; `estimate` the same from the
    sizes the arguments may have.
    """

    name: str
    overloads: tuple[Overload, ...]
    implementation: Implementation
    cost: Cost | None = None
    lazy: bool = False


Library = Mapping[tuple[str, bool], Function]
"""Functions by (name, whether it is a method)."""


def library(*functions: Function) -> dict[tuple[str, bool], Function]:
    """Functions by name and form; a function with both forms stands twice."""
    found: dict[tuple[str, bool], Function] = {}
    for function in functions:
        for method in (False, True):
            if any(overload.method == method for overload in function.overloads):
                held = found.get((function.name, method))
                if held is not None:
                    raise ValueError(f"function {function.name} is declared twice")
                found[(function.name, method)] = function
    return found


@cache
def standard() -> dict[tuple[str, bool], Function]:
    """CEL's own functions and those Kubernetes adds."""
    from minik8s.machinery.cel.library import everything

    return everything()


@dataclasses.dataclass(slots=True)
class Environment:
    """Names an expression may use.

    `variables` are typed; `types` are the objects those types refer to by name; `functions` adds to the standard ones.
    """

    variables: Mapping[str, Type] = dataclasses.field(default_factory=dict)
    types: Mapping[str, ObjectType] = dataclasses.field(default_factory=dict)
    functions: Library = dataclasses.field(default_factory=dict)
    constants: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def function(self, name: str, method: bool) -> Function | None:
        """A function by name and form."""
        found = standard().get((name, method))
        return found if found is not None else self.functions.get((name, method))

    def extended(self, variables: Mapping[str, Type], types: Iterable[ObjectType] = ()) -> Environment:
        """The same with more variables and types."""
        merged = {**self.types, **{each.name: each for each in types}}
        return Environment({**self.variables, **variables}, merged, self.functions, self.constants)
