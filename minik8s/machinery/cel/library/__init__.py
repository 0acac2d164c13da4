"""Functions by subject, one file each: CEL's own, and Kubernetes' (k8s.io/apiserver/pkg/cel/library)."""

from __future__ import annotations

from minik8s.machinery.cel.environment import Function, library


def everything() -> dict[tuple[str, bool], Function]:
    """All functions there are."""
    from minik8s.machinery.cel.library import (
        authorizer,
        basics,
        conversions,
        formats,
        lists,
        networks,
        optionals,
        quantities,
        regexes,
        semvers,
        sets,
        strings,
        times,
        urls,
    )

    found: dict[tuple[str, bool], Function] = {}
    for module in (
        basics,
        conversions,
        strings,
        times,
        lists,
        regexes,
        urls,
        networks,
        quantities,
        semvers,
        formats,
        sets,
        optionals,
        authorizer,
    ):
        for key, function in library(*module.FUNCTIONS).items():
            if key in found:
                found[key] = _merged(found[key], function)
            else:
                found[key] = function
    return found


def _merged(one: Function, other: Function) -> Function:
    """Two subjects with a function of one name: the second works where the first has no overload."""
    from minik8s.machinery.cel.errors import EvalError

    first, second = one.implementation, other.implementation

    def either(*values: object) -> object:
        try:
            return first(*values)
        except EvalError as error:
            if str(error) != "no such overload":
                raise
            return second(*values)

    def cost(*values: object) -> int:
        return max(each.cost(*values) if each.cost is not None else 0 for each in (one, other))

    return Function(one.name, (*one.overloads, *other.overloads), either, cost)
