"""Macros over lists and maps."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cmp_to_key
from typing import Any

from minik8s.machinery.cel.errors import CostExceeded, EvalError
from minik8s.machinery.cel.operators import compare
from minik8s.machinery.cel.run import Run, Step
from minik8s.machinery.cel.values import NONE, Optional, type_name


def comprehension(kind: str, over: Step, slots: list[int], body: Step, condition: Step | None) -> Step:
    """A closure for one macro."""
    if kind in ("optMap", "optFlatMap"):
        return _optional(kind, over, slots[0], body)
    if kind in ("all", "exists"):
        return _quantifier(over, slots, body, kind == "exists")
    if kind == "existsOne":
        return _exactly_one(over, slots, body)
    if kind == "filter":
        return _filter(over, slots, body)
    if kind == "sortBy":
        return _sorted(over, slots, body)
    if kind in ("map", "transformList"):
        return _list(over, slots, body, condition)
    return _map(over, slots, body, condition, entries=kind == "transformMapEntry")


def _each(run: Run, value: Any, slots: list[int]) -> Iterator[Any]:
    """Walk a list or map, variables set for each step; yields what one variable stands for."""
    places = run.slots
    if isinstance(value, Optional):
        raise EvalError("no such overload")
    if isinstance(value, dict):
        if len(slots) == 2:
            for key, item in value.items():
                run.spend(1)
                places[slots[0]], places[slots[1]] = key, item
                yield key
        else:
            for key in value:
                run.spend(1)
                places[slots[0]] = key
                yield key
    elif isinstance(value, list):
        for number, item in enumerate(value):
            run.spend(1)
            if len(slots) == 2:
                places[slots[0]], places[slots[1]] = number, item
            else:
                places[slots[0]] = item
            yield item if len(slots) == 1 else number
    else:
        name = _GO_NAMES.get(type_name(value)) or type_name(value).rpartition(".")[2].capitalize()
        raise EvalError(f"got 'types.{name}', expected iterable type")


# Go's names of values, where they are other ones than CEL's.
_GO_NAMES = {"null_type": "Null", "optional_type": "*Optional"}


def _quantifier(over: Step, slots: list[int], body: Step, wanted: bool) -> Step:
    """`exists` (wanted True) and `all`: an error counts only when no item decides; of several the first."""

    def work(run: Run) -> Any:
        error: EvalError | None = None
        for _ in _each(run, over(run), slots):
            try:
                found = body(run)
            except CostExceeded:
                raise
            except EvalError as failed:
                error = error or failed
                continue
            if found is wanted:
                return wanted
            if found is not (not wanted):
                error = error or EvalError("no such overload")
        if error is not None:
            raise error
        return not wanted

    return work


def _exactly_one(over: Step, slots: list[int], body: Step) -> Step:
    def work(run: Run) -> Any:
        return sum(1 for _ in _each(run, over(run), slots) if _true(body(run))) == 1

    return work


def _true(value: Any) -> bool:
    if value is True or value is False:
        return bool(value)
    raise EvalError("no such overload")


def _filter(over: Step, slots: list[int], body: Step) -> Step:
    def work(run: Run) -> Any:
        run.cost += 10
        return [item for item in _each(run, over(run), slots) if _true(body(run))]

    return work


def _list(over: Step, slots: list[int], body: Step, condition: Step | None) -> Step:
    def work(run: Run) -> Any:
        run.cost += 10
        return [body(run) for _ in _each(run, over(run), slots) if condition is None or _true(condition(run))]

    return work


def _sorted(over: Step, slots: list[int], body: Step) -> Step:
    def work(run: Run) -> Any:
        run.cost += 10
        keyed = [(body(run), item) for item in _each(run, over(run), slots)]
        run.spend(len(keyed))
        return [item for _, item in sorted(keyed, key=_by_key)]

    return work


def _compared(one: tuple[Any, Any], other: tuple[Any, Any]) -> int:
    return compare(one[0], other[0])


_by_key = cmp_to_key(_compared)


def _map(over: Step, slots: list[int], body: Step, condition: Step | None, entries: bool) -> Step:
    def work(run: Run) -> Any:
        run.cost += 30
        found: dict[Any, Any] = {}
        for key in _each(run, over(run), slots):
            if condition is not None and not _true(condition(run)):
                continue
            value = body(run)
            if not entries:
                found[key] = value
                continue
            for name, item in value.items():
                if name in found:
                    raise EvalError(f"insert failed: key {name} already exists")
                found[name] = item
        return found

    return work


def _optional(kind: str, over: Step, slot: int, body: Step) -> Step:
    def work(run: Run) -> Any:
        value = over(run)
        if not isinstance(value, Optional):
            raise EvalError("no such overload")
        if not value.present:
            return NONE
        run.slots[slot] = value.value
        found = body(run)
        return found if kind == "optFlatMap" else Optional(found)

    return work
