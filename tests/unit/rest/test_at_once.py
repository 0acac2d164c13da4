"""What is slow is what computes for long, not what a busy machine keeps waiting."""

from __future__ import annotations

import time

import pytest

from apiserver.at_once import SECONDS, Allowance, TooSlow, at_once, judged, out_of_time, seconds_left
from apiserver.slow_kinds import SlowKinds, watch_for


def compute(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_who_had_to_wait_is_not_slow() -> None:
    def work() -> float:
        time.sleep(SECONDS * 4)
        return seconds_left(100.0)

    assert 0 < at_once(work) <= SECONDS


def test_who_computes_for_long_is_slow() -> None:
    def work() -> float:
        compute(SECONDS * 2)
        return seconds_left(100.0)

    with pytest.raises(TooSlow):
        at_once(work)
    assert seconds_left(100.0) == 100.0, "elsewhere nothing is in a hurry"
    out_of_time()
    with pytest.raises(TooSlow):
        at_once(out_of_time)


def test_an_allowance_is_used_up_once() -> None:
    allowance = Allowance(0.002)
    assert allowance.left() > 0
    compute(0.004)
    assert allowance.left() <= 0


async def test_who_is_slow_once_more_elsewhere_is_noted() -> None:
    slow = SlowKinds()
    watch_for(slow, ("", "quick"))
    judged(lambda: None)
    assert ("", "quick") not in slow, "it was a matter of that occasion"
    watch_for(slow, ("", "slow"))
    judged(lambda: compute(SECONDS * 2))
    assert ("", "slow") in slow

    def fail() -> None:
        compute(SECONDS * 2)
        raise ValueError

    watch_for(slow, ("", "failing"))
    with pytest.raises(ValueError):
        judged(fail)
    assert ("", "failing") in slow
