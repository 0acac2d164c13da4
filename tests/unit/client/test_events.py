from __future__ import annotations

import pytest

from minik8s.api import core_v1, events_v1
from minik8s.api.object_meta import ObjectMeta
from minik8s.client.errors import ConnectionFailed
from minik8s.client.events import EventRecorder
from minik8s.machinery.copy import deep_copy
from minik8s.testing.fake_clock import FakeClock
from minik8s.testing.fake_cluster import FakeCluster

pytest.importorskip("minik8s.machinery.patches")

POD = core_v1.Pod(metadata=ObjectMeta(name="p", namespace="ns", uid="u"))
NODE = core_v1.Node(metadata=ObjectMeta(name="n"))


async def test_a_repeated_event_is_counted() -> None:
    cluster = FakeCluster()
    recorder = EventRecorder(cluster, "kubelet", "n1")
    for _ in range(3):
        recorder.event(POD, "Warning", "BackOff", "restarting")
        await recorder.flush()
    (found,) = cluster.objects(core_v1.Event)
    assert (found.count, found.source.component, found.source.host) == (3, "kubelet", "n1")
    assert found.metadata.namespace == "ns" and found.involved_object.uid == "u"


async def test_events_about_cluster_wide_objects_are_in_default() -> None:
    cluster = FakeCluster()
    recorder = EventRecorder(cluster, "c")
    recorder.event(NODE, "Normal", "Ready", "it is")
    await recorder.flush()
    assert cluster.objects(core_v1.Event)[0].metadata.namespace == "default"


async def test_many_similar_events_become_one_and_then_too_many_are_dropped() -> None:
    cluster = FakeCluster()
    recorder = EventRecorder(cluster, "c")
    for i in range(40):
        recorder.event(POD, "Warning", "Odd", f"message {i}")
        await recorder.flush()
    found = cluster.objects(core_v1.Event)
    assert len(found) == 10
    combined = [e for e in found if e.message.startswith("(combined from similar events): ")]
    assert [(e.count, e.source.component, e.reporting_component) for e in combined] == [(16, "c", "")]


async def test_an_event_deleted_meanwhile_is_written_again() -> None:
    cluster = FakeCluster()
    recorder = EventRecorder(cluster, "c")
    recorder.event(POD, "Normal", "A", "a")
    await recorder.flush()
    cluster.remove(core_v1.Event, cluster.objects(core_v1.Event)[0].metadata.name, "ns")
    recorder.event(POD, "Normal", "A", "a")
    await recorder.flush()
    assert cluster.objects(core_v1.Event)[0].count == 2


async def test_sending_waits_for_a_server_that_is_away() -> None:
    clock = FakeClock()
    cluster = FakeCluster(clock)
    cluster.fail("create", "events", lambda: ConnectionFailed("away"), times=2)
    recorder = EventRecorder(cluster, "c")
    recorder.event(POD, "Normal", "A", "a")
    await clock.settle()
    assert cluster.objects(core_v1.Event) == []
    await clock.advance(25)
    assert len(cluster.objects(core_v1.Event)) == 1


async def test_series() -> None:
    clock = FakeClock()
    cluster = FakeCluster(clock)
    recorder = EventRecorder(cluster, "scheduler", "h", series=True)

    async def once() -> None:
        recorder.event(POD, "Warning", "FailedScheduling", "no node", action="Scheduling")
        await recorder.flush()

    await once()
    (found,) = cluster.objects(events_v1.Event)
    assert found.series is None and found.action == "Scheduling" and found.reporting_instance == "scheduler-h"
    await once()
    await once()
    (found,) = cluster.objects(events_v1.Event)
    assert found.series is not None and found.series.count == 2
    for _ in range(8):
        await clock.advance(300)
        await once()
    (found,) = cluster.objects(events_v1.Event)
    assert found.series is not None and found.series.count > 2
    await clock.advance(400)
    await once()
    assert len(cluster.objects(events_v1.Event)) == 2


async def test_what_happens_to_another_version_of_an_object_is_another_series() -> None:
    cluster = FakeCluster(FakeClock())
    recorder = EventRecorder(cluster, "scheduler", "h", series=True)
    for version, note in (("1", "0/1 nodes"), ("2", "0/2 nodes"), ("2", "0/3 nodes")):
        changed = deep_copy(POD)
        changed.metadata.resource_version = version
        recorder.event(changed, "Warning", "FailedScheduling", note, action="Scheduling")
        await recorder.flush()
    assert [event.note for event in cluster.objects(events_v1.Event)] == ["0/1 nodes", "0/2 nodes"]
