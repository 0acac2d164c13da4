"""Sizes and costs of which only the least and the most are known. Nothing is more than 2**64 - 1."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

MOST = (1 << 64) - 1


class Range(NamedTuple):
    """The least and the most of something."""

    least: int
    most: int

    def plus(self, other: Range) -> Range:
        """Both together."""
        return Range(min(self.least + other.least, MOST), min(self.most + other.most, MOST))

    def times(self, other: Range) -> Range:
        """One for each of the other."""
        return Range(min(self.least * other.least, MOST), min(self.most * other.most, MOST))

    def scaled(self, factor: float) -> Range:
        """That many for each, rounded up."""
        return Range(_scaled(self.least, factor), _scaled(self.most, factor))

    def union(self, other: Range) -> Range:
        """Either of them."""
        return Range(min(self.least, other.least), max(self.most, other.most))


def _scaled(number: int, factor: float) -> int:
    found = float(number) * factor
    return MOST if found >= MOST else ceil(found)


def fixed(number: int) -> Range:
    """What is known."""
    return Range(number, number)


NOTHING = fixed(0)
ONE = fixed(1)
UNKNOWN = Range(0, MOST)
