from __future__ import annotations

import asyncio

from minik8s.client.workqueue import RateLimiter, WorkQueue
from minik8s.testing.fake_clock import FakeClock


async def test_an_item_added_twice_is_worked_on_once() -> None:
    queue: WorkQueue[str] = WorkQueue(FakeClock())
    queue.add("a")
    queue.add("a")
    assert await queue.get() == "a"
    queue.done("a")
    assert queue.idle and len(queue) == 0


async def test_an_item_added_while_in_work_comes_again_after_done() -> None:
    queue: WorkQueue[str] = WorkQueue(FakeClock())
    queue.add("a")
    await queue.get()
    queue.add("a")
    assert len(queue) == 0
    queue.done("a")
    assert await queue.get() == "a"


async def test_delayed_items_come_in_the_order_of_their_time() -> None:
    clock = FakeClock()
    queue: WorkQueue[str] = WorkQueue(clock)
    queue.add_after("late", 10)
    queue.add_after("early", 1)
    queue.add_after("late", 20)
    await clock.advance(0.9)
    assert len(queue) == 0
    await clock.advance(0.2)
    assert await queue.get() == "early"
    await clock.advance(8.9)
    assert await queue.get() == "late"
    await clock.advance(100)
    assert queue.delayed == 0 and len(queue) == 0


async def test_an_earlier_delay_replaces_a_later_one() -> None:
    clock = FakeClock()
    queue: WorkQueue[str] = WorkQueue(clock)
    queue.add_after("a", 20)
    queue.add_after("a", 5)
    await clock.advance(5)
    assert await queue.get() == "a"
    queue.done("a")
    await clock.advance(20)
    assert queue.idle


def test_pauses_double_up_to_the_longest() -> None:
    limiter: RateLimiter[str] = RateLimiter()
    pauses = [limiter.when("a") for _ in range(20)]
    assert pauses[:4] == [0.005, 0.01, 0.02, 0.04]
    assert pauses[-1] == 1000.0
    limiter.forget("a")
    assert limiter.when("a") == 0.005
    assert limiter.retries("b") == 0


async def test_shut_down_hands_out_what_is_left_then_none() -> None:
    queue: WorkQueue[str] = WorkQueue(FakeClock())
    queue.add("a")
    queue.shut_down()
    queue.add("b")
    assert await queue.get() == "a"
    assert await queue.get() is None


async def test_a_waiting_worker_that_is_cancelled_loses_no_item() -> None:
    queue: WorkQueue[str] = WorkQueue(FakeClock())
    first, second = asyncio.create_task(queue.get()), asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    queue.add("a")
    first.cancel()
    assert await asyncio.wait_for(second, 30) == "a"
