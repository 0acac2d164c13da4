"""Resources by number: columns and requests hold amounts, cpu in thousandths, everything else in units or bytes."""

from __future__ import annotations

from functools import lru_cache

from minik8s.machinery import quantity

CPU, MEMORY, STORAGE = 0, 1, 2
PODS = "pods"

_names = ["cpu", "memory", "ephemeral-storage"]
_numbers = {name: number for number, name in enumerate(_names)}


def number_of(name: str) -> int:
    """The number of a resource; a new name gets the next one, for the life of the process."""
    found = _numbers.get(name)
    if found is None:
        found = _numbers[name] = len(_names)
        _names.append(name)
    return found


def name_of(number: int) -> str:
    """The name of a resource."""
    return _names[number]


def count() -> int:
    """How many resources have a number."""
    return len(_names)


@lru_cache(maxsize=4096)
def amount(number: int, text: str) -> int:
    """A quantity as the whole number that columns hold. Raises QuantityError."""
    return quantity.milli_value(text) if number == CPU else quantity.value(text)
