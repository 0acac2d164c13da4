"""Jobs, StatefulSets, DaemonSets, quotas and volumes with the manager and the API server as processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from minik8s.api.apps_v1 import ControllerRevision, DaemonSet, StatefulSet
from minik8s.api.batch_v1 import Job
from minik8s.api.core_v1 import PersistentVolumeClaim, Pod, ResourceQuota
from minik8s.api.storage_v1 import StorageClass
from minik8s.client.api import ApiClient
from minik8s.machinery.conditions import is_true
from tests.integration.controllers.control_plane import ControlPlane, eventually
from tests.unit.controllers import build
from tests.unit.controllers.test_daemonset import daemon_set
from tests.unit.controllers.test_statefulset import CLAIM, stateful_set

pytestmark = pytest.mark.slow


async def put_status(client: ApiClient, pod: Pod, phase: str) -> None:
    ready = build.condition("Ready", "True" if phase == "Running" else "False")
    patch = {"status": {"phase": phase, "conditions": [ready]}}
    await client.patch(Pod, pod.metadata.name, patch, pod.metadata.namespace, "strategic", "status")


async def test_a_job_counts_each_pod_once_though_the_manager_is_killed(
    plane: ControlPlane, client: ApiClient, namespace: str
) -> None:
    template = build.template("work")
    template["spec"]["restartPolicy"] = "Never"
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "work", "namespace": namespace},
        "spec": {"completions": 6, "parallelism": 3, "template": template},
    }
    await client.create(job)
    killed = False

    async def step() -> None:
        nonlocal killed
        found = await client.get(Job, "work", namespace)
        listed = await client.list(Pod, namespace)
        for pod in listed.items:
            if pod.status.phase == "Pending":
                await put_status(client, pod, "Succeeded")
        if found.status.succeeded >= 3 and not killed:
            killed = True
            plane.kill_manager()
            plane.start_manager()
        assert is_true(found.status.conditions, "Complete")
        assert found.status.succeeded == 6 and len(listed.items) == 6
        assert all(not pod.metadata.finalizers for pod in listed.items)

    await eventually(step, 60)
    assert killed


async def test_a_stateful_set_gets_volumes_and_a_quota_counts_them(
    client: ApiClient, namespace: str, tmp_path: Path
) -> None:
    storage = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": namespace},
        "provisioner": "minik8s.io/hostpath",
        "parameters": {"path": str(tmp_path)},
    }
    await client.create(storage)
    hard = {"requests.storage": "10Gi", "pods": "10", "count/statefulsets.apps": "5"}
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "spec": {"hard": hard}}
    await client.create(quota | {"metadata": {"name": "q", "namespace": namespace}})

    async def is_counted() -> None:
        assert len((await client.get(ResourceQuota, "q", namespace)).status.used) == 3

    await eventually(is_counted)
    claim = {**CLAIM, "spec": {**CLAIM["spec"], "storageClassName": namespace}}
    made = stateful_set(2, volumeClaimTemplates=[claim])
    made.metadata.namespace = namespace
    await client.create(made)

    async def is_there() -> None:
        for pod in (await client.list(Pod, namespace)).items:
            if pod.status.phase == "Pending":
                await put_status(client, pod, "Running")
        owner = await client.get(StatefulSet, "web", namespace)
        assert owner.status.available_replicas == 2 and owner.status.current_revision
        claims = (await client.list(PersistentVolumeClaim, namespace)).items
        assert [one.status.phase for one in claims] == ["Bound", "Bound"]
        used = (await client.get(ResourceQuota, "q", namespace)).status.used
        assert used == {"requests.storage": "2Gi", "pods": "2", "count/statefulsets.apps": "1"}

    await eventually(is_there)
    await client.delete(StatefulSet, "web", namespace)
    await client.delete_collection(PersistentVolumeClaim, namespace)

    async def is_gone() -> None:
        for pod in (await client.list(Pod, namespace)).items:
            await client.delete(Pod, pod.metadata.name, namespace, grace_period_seconds=0)
        assert list(tmp_path.iterdir()) == []
        used = (await client.get(ResourceQuota, "q", namespace)).status.used
        assert used == {"requests.storage": "0", "pods": "0", "count/statefulsets.apps": "0"}

    await eventually(is_gone)
    await client.delete(StorageClass, namespace)


async def test_a_daemon_set_follows_the_nodes(client: ApiClient, namespace: str) -> None:
    made = daemon_set()
    made.metadata.namespace = namespace
    await client.create(made)

    async def is_observed() -> None:
        found = await client.get(DaemonSet, "web", namespace)
        assert found.status.observed_generation == 1 and found.status.desired_number_scheduled == 0

    await eventually(is_observed)
    await client.create(build.node("d1"))

    async def has_pod() -> None:
        [pod] = (await client.list(Pod, namespace)).items
        [revision] = (await client.list(ControllerRevision, namespace)).items
        digest = revision.metadata.labels["controller-revision-hash"]
        assert pod.metadata.labels["controller-revision-hash"] == digest

    await eventually(has_pod)
