from __future__ import annotations

from typing import Any

import pytest

from minik8s.testing.fake_clock import FakeClock
from scheduler.plugin import Status, unresolvable
from scheduler.plugins.priority_sort import PrioritySort
from scheduler.pods.info import PodInfo
from scheduler.queueing.events import NODE, POD, Action, Event
from scheduler.queueing.queue import SchedulingQueue

from .make import node, pod

NODE_ADDED = Event(NODE, Action.ADD, None, node("n"))
POD_GONE = Event(POD, Action.DELETE, PodInfo(pod("gone")))


class Gates:
    def __init__(self) -> None:
        self.closed: set[str] = set()

    def __call__(self, info: PodInfo) -> Status | None:
        return unresolvable("closed")._replace(plugin="Gate") if info.name in self.closed else None


@pytest.fixture
async def parts() -> Any:
    clock, gates = FakeClock(), Gates()
    hints = {("Fit", NODE), ("Fit", POD), ("Claims", POD), ("Labels", NODE), ("Gate", NODE)}
    queue = SchedulingQueue(
        clock, PrioritySort().key, gates, lambda event, _, plugin: (plugin, event.resource) in hints
    )
    yield queue, clock, gates
    queue.stop()


def info(name: str, **more: Any) -> PodInfo:
    return PodInfo(pod(name, **more))


async def test_priority_then_age_decide(parts: Any) -> None:
    queue, clock, _ = parts
    queue.add(info("old"))
    await clock.advance(1)
    queue.add(info("young"))
    queue.add(info("high", priority=5))
    assert [queue.pop_now().info.name for _ in range(3)] == ["high", "old", "young"]
    assert queue.pop_now() is None


async def test_only_events_that_help_bring_a_pod_back(parts: Any) -> None:
    queue, _, _ = parts
    queue.add(info("a"))
    queue.put_back(queue.pop_now(), {"Labels"}, set(), error=False)
    queue.happened(POD_GONE)
    assert queue.counts()["unschedulable"] == 1
    queue.happened(NODE_ADDED)
    assert queue.counts() == {"active": 0, "backoff": 1, "unschedulable": 0, "gated": 0}


async def test_backoff_doubles_up_to_ten_seconds_but_an_idle_queue_does_not_wait(parts: Any) -> None:
    queue, clock, _ = parts
    queue.add(info("a"))
    waits = []
    for _ in range(6):
        queued = queue.pop_now()
        queue.put_back(queued, {"Fit"}, set(), error=False)
        waits.append(queued.backoff(1, 10))
        queue.happened(NODE_ADDED)
    assert waits == [1, 2, 4, 8, 10, 10]
    assert queue.pop_now().info.name == "a"


async def test_after_an_error_the_backoff_is_waited_out(parts: Any) -> None:
    queue, clock, _ = parts
    queue.add(info("a"))
    queue.put_back(queue.pop_now(), set(), set(), error=True)
    assert queue.pop_now() is None
    await clock.advance(1.01)
    assert queue.pop_now().info.name == "a"


async def test_what_was_pending_comes_back_at_once(parts: Any) -> None:
    queue, _, _ = parts
    queue.add(info("a"))
    queue.put_back(queue.pop_now(), set(), {"Claims"}, error=False)
    queue.happened(POD_GONE)
    assert queue.counts()["active"] == 1


async def test_events_during_an_attempt_are_not_missed(parts: Any) -> None:
    queue, _, _ = parts
    queue.add(info("a"))
    queued = queue.pop_now()
    queue.happened(NODE_ADDED)
    queue.put_back(queued, {"Fit"}, set(), error=False)
    assert queue.counts()["unschedulable"] == 0


async def test_a_pod_aside_is_tried_again_after_five_minutes(parts: Any) -> None:
    queue, clock, _ = parts
    queue.add(info("a"))
    queue.put_back(queue.pop_now(), {"Labels"}, set(), error=False)
    await clock.advance(299)
    assert queue.counts()["unschedulable"] == 1
    await clock.advance(32)
    assert queue.counts()["active"] == 1


async def test_gated_pods_wait_at_the_door(parts: Any) -> None:
    queue, _, gates = parts
    gates.closed.add("a")
    queue.add(info("a"))
    assert queue.counts()["gated"] == 1
    queue.happened(NODE_ADDED)
    assert queue.counts()["gated"] == 1
    gates.closed.clear()
    queue.happened(POD_GONE)
    assert queue.counts()["gated"] == 1
    queue.happened(NODE_ADDED)
    assert queue.pop_now().info.name == "a"


async def test_an_update_of_the_pod_counts_if_a_plugin_says_so(parts: Any) -> None:
    queue, _, _ = parts
    queue.add(info("a"))
    queue.put_back(queue.pop_now(), {"Fit"}, set(), error=False)
    queue.update(info("a"), [])
    assert queue.counts()["unschedulable"] == 1
    queue.update(info("a"), [Event(POD, Action.POD_SCALE_DOWN, info("a"), info("a"))])
    assert queue.counts()["unschedulable"] == 0


async def test_removed_pods_are_not_popped(parts: Any) -> None:
    queue, _, _ = parts
    queue.add(info("a"))
    queue.remove("uid-a")
    assert queue.pop_now() is None
