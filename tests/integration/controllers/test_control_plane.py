"""The controller manager against the API server, both as processes."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from minik8s.api.apps_v1 import Deployment, ReplicaSet
from minik8s.api.core_v1 import ConfigMap, Endpoints, Event, Namespace, Node, Pod, Secret
from minik8s.api.discovery_v1 import EndpointSlice
from minik8s.api.object_meta import ObjectMeta
from minik8s.client.api import ApiClient
from minik8s.client.config import ClientConfig
from minik8s.client.errors import Conflict, NotFound
from minik8s.machinery.owners import controller_of
from tests.integration.controllers.control_plane import ControlPlane, eventually
from tests.unit.controllers import build

pytestmark = pytest.mark.slow


def deployment(namespace: str, **more: Any) -> Deployment:
    made = build.deployment(**more)
    made.metadata.namespace = namespace
    return made


async def run_pods(client: ApiClient, namespace: str) -> int:
    """What scheduler and kubelet would do; tells how many pods run."""
    pods = (await client.list(Pod, namespace)).items
    for number, pod in enumerate(pods):
        if pod.metadata.deletion_timestamp is not None:
            await client.delete(Pod, pod.metadata.name, namespace, grace_period_seconds=0)
        elif not pod.spec.node_name:
            target = {"apiVersion": "v1", "kind": "Node", "name": "n1"}
            path = f"/api/v1/namespaces/{namespace}/pods/{pod.metadata.name}/binding"
            body = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": pod.metadata.name}, "target": target}
            await client.request("POST", path, body=body)
        elif pod.status.phase != "Running":
            address = f"10.244.7.{number + 1}"
            status = {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]}
            ready = {"conditions": [build.condition("Ready", "True")]}
            await client.patch(Pod, pod.metadata.name, {"status": status | ready}, namespace, "strategic", "status")
    return sum(pod.status.phase == "Running" for pod in pods)


async def ensure_node(client: ApiClient) -> None:
    try:
        await client.get(Node, "n1")
    except NotFound:
        made = msgspec.convert({"metadata": {"name": "n1"}}, Node)
        await client.create(made)


async def test_from_a_deployment_to_endpoints_and_through_a_roll_out(client: ApiClient, namespace: str) -> None:
    await ensure_node(client)
    service = build.service()
    service.metadata.namespace = namespace
    service.spec.cluster_ip = service.spec.type = ""
    service.spec.cluster_ips = []
    await client.create(service)
    await client.create(deployment(namespace))

    async def all_run(image: str) -> None:
        await run_pods(client, namespace)
        found = await client.get(Deployment, "web", namespace)
        assert found.status.available_replicas == found.status.updated_replicas == found.status.replicas == 3
        assert found.status.observed_generation == found.metadata.generation
        pods = (await client.list(Pod, namespace)).items
        assert {p.spec.containers[0].image for p in pods} == {image} and len(pods) == 3
        slices = (await client.list(EndpointSlice, namespace)).items
        addresses = {a for s in slices for e in s.endpoints for a in e.addresses if e.conditions.ready}
        assert addresses == {p.status.pod_ip for p in pods}
        endpoints = await client.get(Endpoints, "web", namespace)
        assert {a.ip for s in endpoints.subsets for a in s.addresses} == addresses

    await eventually(lambda: all_run("nginx"))
    found = await client.get(Deployment, "web", namespace)
    found.spec.template.spec.containers[0].image = "nginx:2"
    while True:
        try:
            await client.update(found)
            break
        except Conflict:
            found = await client.get(Deployment, "web", namespace)
            found.spec.template.spec.containers[0].image = "nginx:2"
    await eventually(lambda: all_run("nginx:2"))
    sets = (await client.list(ReplicaSet, namespace)).items
    revisions = {s.metadata.annotations["deployment.kubernetes.io/revision"]: s.spec.replicas for s in sets}
    assert revisions == {"1": 0, "2": 3}

    async def events() -> None:
        told = (await client.list(Event, namespace)).items
        by_component = {(e.source.component, e.reason) for e in told}
        assert ("deployment-controller", "ScalingReplicaSet") in by_component
        assert ("replicaset-controller", "SuccessfulCreate") in by_component

    await eventually(events)


@pytest.mark.parametrize("policy", ["Background", "Foreground"])
async def test_a_deleted_deployment_takes_everything_with_it(client: ApiClient, namespace: str, policy: str) -> None:
    await client.create(deployment(namespace))

    async def made() -> None:
        assert len((await client.list(Pod, namespace)).items) == 3

    await eventually(made)
    await client.delete(Deployment, "web", namespace, propagation_policy=policy)

    async def gone() -> None:
        for cls in (Pod, ReplicaSet, Deployment):
            assert (await client.list(cls, namespace)).items == []

    await eventually(gone)


async def test_orphans_are_taken_over_by_the_next_deployment(client: ApiClient, namespace: str) -> None:
    await client.create(deployment(namespace))

    async def made() -> list[str]:
        pods = (await client.list(Pod, namespace)).items
        assert len(pods) == 3
        return sorted(p.metadata.name for p in pods)

    names = await eventually(made)
    await client.delete(Deployment, "web", namespace, propagation_policy="Orphan")

    async def orphaned() -> None:
        [left] = (await client.list(ReplicaSet, namespace)).items
        assert left.metadata.owner_references == []

    await eventually(orphaned)
    again = await client.create(deployment(namespace))

    async def adopted() -> None:
        [left] = (await client.list(ReplicaSet, namespace)).items
        reference = controller_of(left)
        assert reference is not None and reference.uid == again.metadata.uid

    await eventually(adopted)
    assert await made() == names


async def test_a_namespace_goes_with_all_it_holds(client: ApiClient, namespace: str) -> None:
    await client.create(deployment(namespace))
    await client.create(ConfigMap(metadata=ObjectMeta(name="m", namespace=namespace)))
    await client.delete(Namespace, namespace)

    await eventually(lambda: is_gone(client, namespace))
    assert (await client.list(Pod, namespace)).items == []


async def is_gone(client: ApiClient, namespace: str) -> bool:
    try:
        await client.get(Namespace, namespace)
    except NotFound:
        return True
    return False


async def test_every_namespace_knows_the_ca_and_nodes_get_networks(client: ApiClient, namespace: str) -> None:
    async def published() -> None:
        found = await client.get(ConfigMap, "kube-root-ca.crt", namespace)
        assert found.data["ca.crt"].startswith("-----BEGIN CERTIFICATE-----")

    await eventually(published)
    await ensure_node(client)

    async def has_network() -> None:
        assert (await client.get(Node, "n1")).spec.pod_cidr.startswith("10.244.")

    await eventually(has_network)


async def test_a_token_secret_is_accepted_by_the_server(client: ApiClient, plane: ControlPlane, namespace: str) -> None:
    secret = Secret(
        metadata=ObjectMeta(
            name="t", namespace=namespace, annotations={"kubernetes.io/service-account.name": "default"}
        ),
        type="kubernetes.io/service-account-token",
    )
    await client.create(secret)

    async def filled() -> str:
        found = await client.get(Secret, "t", namespace)
        assert found.data.get("token")
        return found.data["token"].decode()

    token = await eventually(filled)
    config = ClientConfig(server=client.config.server, ca_file=client.config.ca_file, token=token)
    async with ApiClient(config) as other:
        answer = await other.request("GET", "/apis")
        assert answer.status == 200


async def test_a_killed_manager_goes_on_where_it_was(client: ApiClient, plane: ControlPlane, namespace: str) -> None:
    await client.create(deployment(namespace, replicas=300))
    while not (await client.list(Pod, namespace, limit=1)).items:
        await asyncio.sleep(0.01)
    plane.kill_manager()
    interrupted = len((await client.list(Pod, namespace)).items)
    plane.start_manager()

    async def complete() -> None:
        found = await client.get(Deployment, "web", namespace)
        assert found.status.replicas == 300
        assert len((await client.list(Pod, namespace)).items) == 300

    await eventually(complete, 60)
    assert 0 < interrupted <= 300
    assert "Traceback" not in plane.manager_log()
