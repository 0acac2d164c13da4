from __future__ import annotations

import asyncio

from kubelet.runtime.gate import Gate


async def test_who_is_further_goes_first_and_cancelled_waiters_hold_nothing() -> None:
    gate, order, go = Gate(1), [], asyncio.Event()

    async def work(name: str, rank: int) -> None:
        async with gate.passing(rank):
            await go.wait()
            order.append(name)

    first = asyncio.create_task(work("first", 1))
    await asyncio.sleep(0)
    late = [asyncio.create_task(work(name, rank)) for name, rank in (("a", 1), ("gone", 0), ("b", 0), ("c", 1))]
    await asyncio.sleep(0)
    late[1].cancel()
    go.set()
    await asyncio.gather(first, *late, return_exceptions=True)
    assert order == ["first", "b", "a", "c"]
    await asyncio.wait_for(work("again", 0), 30)


async def test_a_place_given_to_one_who_leaves_goes_on() -> None:
    gate = Gate(1)
    holder = gate.passing()
    await holder.__aenter__()

    async def wait() -> None:
        async with gate.passing():
            pass

    one, two = asyncio.create_task(wait()), asyncio.create_task(wait())
    await asyncio.sleep(0)
    await holder.__aexit__(None, None, None)
    one.cancel()
    await asyncio.wait_for(two, 30)
