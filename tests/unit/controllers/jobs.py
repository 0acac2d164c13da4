"""Jobs for tests, and a stand-in for what runs their pods."""

from __future__ import annotations

from typing import Any

import msgspec

from minik8s.api.batch_v1 import Job
from minik8s.api.core_v1 import Event, Pod
from minik8s.machinery.times import format_time
from minik8s.testing.controllers import Running
from minik8s.testing.fake_cluster import FakeCluster
from tests.unit.controllers import build

FINALIZER = "batch.kubernetes.io/job-tracking"


def job(name: str = "work", **spec: Any) -> Job:
    template = build.template(name)
    template["metadata"]["labels"] = {"batch.kubernetes.io/controller-uid": name, "job-name": name}
    template["spec"]["restartPolicy"] = "Never"
    wanted = {
        "completions": 1,
        "parallelism": 1,
        "backoffLimit": 6,
        "completionMode": "NonIndexed",
        "suspend": False,
        "podReplacementPolicy": "TerminatingOrFailed",
        "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": name}},
        "template": template,
    }
    meta = {"name": name, "namespace": "default"}
    return msgspec.convert({"metadata": meta, "spec": {k: v for k, v in (wanted | spec).items() if v is not None}}, Job)


def get(cluster: FakeCluster, name: str = "work") -> Job:
    found = cluster.object(Job, name)
    assert found is not None
    return found


def conditions(cluster: FakeCluster) -> list[tuple[str, str]]:
    return [(c.type, c.reason) for c in get(cluster).status.conditions if c.status == "True"]


def active(cluster: FakeCluster) -> list[Pod]:
    return [
        p
        for p in cluster.objects(Pod)
        if p.status.phase not in ("Succeeded", "Failed") and p.metadata.deletion_timestamp is None
    ]


def index_of(pod: Pod) -> int:
    return int(pod.metadata.annotations["batch.kubernetes.io/job-completion-index"])


async def end(at_work: Running, pod: Pod, phase: str = "Succeeded", code: int = 1, **status: Any) -> None:
    """Let a pod end."""
    stamp = format_time(at_work.cluster.clock.now())
    ended = {"terminated": {"exitCode": 0 if phase == "Succeeded" else code, "finishedAt": stamp}}
    containers = [{"name": "c", "ready": False, "restartCount": 0, "image": "", "imageID": "", "state": ended}]

    def change(obj: Pod) -> None:
        obj.status = msgspec.convert({"phase": phase, "containerStatuses": containers} | status, type(obj.status))

    at_work.cluster.modify(Pod, pod.metadata.name, change)
    await at_work.settle()


async def reasons(at_work: Running) -> list[str]:
    await at_work.recorder.flush()
    return [e.reason for e in at_work.cluster.objects(Event)]


def vanish(cluster: FakeCluster) -> None:
    """What a kubelet and the server do with pods being deleted that nothing holds."""
    for pod in cluster.objects(Pod):
        if pod.metadata.deletion_timestamp is not None and not pod.metadata.finalizers:
            cluster.remove(Pod, pod.metadata.name)
