"""Arithmetic on resource lists: maps from resource name to quantity."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from minik8s.machinery import quantity

Amounts = dict[str, str]


def add_to(total: Amounts, more: Mapping[str, str]) -> None:
    """Add `more` to `total`, name by name."""
    for name, value in more.items():
        total[name] = quantity.add(total[name], value) if name in total else quantity.canonical(value)


def raise_to(total: Amounts, other: Mapping[str, str]) -> None:
    """Make `total` at least `other`, name by name."""
    for name, value in other.items():
        if name not in total or quantity.cmp(value, total[name]) > 0:
            total[name] = quantity.canonical(value)


def added(first: Mapping[str, str], second: Mapping[str, str]) -> Amounts:
    """The sum."""
    total = dict(first)
    add_to(total, second)
    return total


def above(new: Mapping[str, str], old: Mapping[str, str]) -> Amounts:
    """By how much `new` exceeds `old`: what shrank counts as 0, what is only in `old` is left out."""
    found = {}
    for name, value in new.items():
        difference = quantity.sub(value, old[name]) if name in old else quantity.canonical(value)
        found[name] = difference if quantity.cmp(difference, "0") > 0 else "0"
    return found


def without_zeros(amounts: Mapping[str, str]) -> Amounts:
    """The amounts that are not zero."""
    return {name: value for name, value in amounts.items() if quantity.cmp(value, "0") != 0}


def only(amounts: Mapping[str, str], names: Container[str]) -> Amounts:
    """The amounts of the given names."""
    return {name: value for name, value in amounts.items() if name in names}


def exceeding(amounts: Mapping[str, str], limits: Mapping[str, str]) -> list[str]:
    """Names whose amount is larger than the limit for it, sorted."""
    return sorted(name for name, value in amounts.items() if name in limits and quantity.cmp(value, limits[name]) > 0)


def same(first: Mapping[str, str], second: Mapping[str, str]) -> bool:
    """Whether both hold the same names with equal amounts."""
    return first.keys() == second.keys() and all(
        quantity.cmp(value, second[name]) == 0 for name, value in first.items()
    )


def told(amounts: Mapping[str, str], names: Iterable[str] | None = None) -> str:
    """`name=amount`, sorted by name and joined by commas, of all or of the given names."""
    chosen = sorted(amounts if names is None else (name for name in names if name in amounts))
    return ",".join(f"{name}={quantity.canonical(amounts[name])}" for name in chosen)
