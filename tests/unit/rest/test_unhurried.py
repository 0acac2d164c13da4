"""Long collections leave room for others, and do not change while they are gone through."""

from __future__ import annotations

import asyncio

from apiserver.unhurried import AT_ONCE, Unhurried, chosen


async def test_others_get_their_turn() -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.ensure_future(other())
    assert await chosen(range(AT_ONCE * 10), lambda n: n % 2 == 0) == list(range(0, AT_ONCE * 10, 2))
    task.cancel()
    assert turns >= 9


async def test_what_is_taken_away_meanwhile_is_still_there() -> None:
    elements = list(range(AT_ONCE * 3))
    seen = []
    async for element in Unhurried(elements):
        seen.append(element)
        elements.clear()
    assert seen == list(range(AT_ONCE * 3))


async def test_no_more_than_wanted_are_looked_at() -> None:
    looked: list[int] = []
    assert await chosen(range(100), lambda n: looked.append(n) is None and n % 2 == 1, 3) == [1, 3, 5]
    assert looked == list(range(6))
    assert await chosen(iter(range(100)), None, 3) == [0, 1, 2]
    assert await chosen(range(3), None) == [0, 1, 2]
