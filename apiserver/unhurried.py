"""Long collections gone through on the event loop, with room for others in between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Generic, TypeVar

T = TypeVar("T")

AT_ONCE = 50
"""Elements between which other requests get their turn."""


class Unhurried(Generic[T]):
    """The elements one by one. They are those of the moment it is made, whatever becomes of the collection."""

    def __init__(self, elements: Iterable[T]) -> None:
        self._elements = iter(list(elements))
        self._left = AT_ONCE

    def __aiter__(self) -> Unhurried[T]:
        return self

    async def __anext__(self) -> T:
        self._left -= 1
        if not self._left:
            self._left = AT_ONCE
            await asyncio.sleep(0)
        try:
            return next(self._elements)
        except StopIteration:
            raise StopAsyncIteration from None


async def chosen(elements: Iterable[T], match: Callable[[T], bool] | None, most: int | None = None) -> list[T]:
    """The elements that match, all of them where there is nothing to match; no more than `most` of them."""
    if match is None:
        return list(islice(elements, most))
    found: list[T] = []
    async for element in Unhurried(elements):
        if match(element):
            found.append(element)
            if len(found) == most:
                break
    return found
