"""Resources served under two group versions and stored under one: every verb, seen from both sides."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from apiserver.app import APIServer
from apiserver.auth.setup import AuthSettings
from apiserver.storage.sqlite import SQLiteStore

V1 = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers"
V2 = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers"
OLD_EVENTS = "/api/v1/namespaces/default/events"
NEW_EVENTS = "/apis/events.k8s.io/v1/namespaces/default/events"
MERGE = {"content-type": "application/merge-patch+json"}
SPEC = {"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}}


@pytest.fixture
async def client(server: APIServer) -> Any:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://api") as client:
        yield client


async def stored_kind(server: APIServer, key: str) -> str:
    found = await server.cacher.store.get(key)
    assert found is not None
    version: str = json.loads(found.value)["apiVersion"]
    return version


async def test_an_autoscaler_is_one_object_in_two_versions(server: APIServer, client: httpx.AsyncClient) -> None:
    created = await client.post(V1, json={"metadata": {"name": "h"}, "spec": SPEC})
    assert created.status_code == 201, created.text
    assert created.json()["apiVersion"] == "autoscaling/v1"
    assert created.json()["spec"]["targetCPUUtilizationPercentage"] == 80
    assert await stored_kind(server, "/registry/horizontalpodautoscalers/default/h") == "autoscaling/v2"
    newer = (await client.get(f"{V2}/h")).json()
    assert newer["spec"]["metrics"][0]["resource"]["target"] == {"type": "Utilization", "averageUtilization": 80}
    patched = await client.patch(
        f"{V2}/h", content=json.dumps({"spec": {"behavior": {"scaleDown": {"selectPolicy": "Min"}}}}), headers=MERGE
    )
    assert patched.status_code == 200, patched.text
    older = (await client.get(f"{V1}/h")).json()
    assert "autoscaling.alpha.kubernetes.io/behavior" in older["metadata"]["annotations"]
    assert older["metadata"]["resourceVersion"] == patched.json()["metadata"]["resourceVersion"]
    older["spec"]["maxReplicas"] = 7
    replaced = await client.put(f"{V1}/h", json=older)
    assert replaced.status_code == 200, replaced.text
    newer = (await client.get(f"{V2}/h")).json()
    assert (newer["spec"]["maxReplicas"], newer["spec"]["behavior"]["scaleDown"]["selectPolicy"]) == (7, "Min")
    assert "annotations" not in newer["metadata"]
    assert [item["metadata"]["name"] for item in (await client.get(V1)).json()["items"]] == ["h"]
    assert (await client.delete(f"{V1}/h")).status_code == 200
    assert (await client.get(f"{V2}/h")).status_code == 404


async def test_a_finalizer_holds_what_is_deleted_by_the_other_version(
    server: APIServer, client: httpx.AsyncClient
) -> None:
    held = {"metadata": {"name": "h", "finalizers": ["example.com/hold"]}, "spec": SPEC}
    await client.post(V2, json=held)
    gone = await client.delete(f"{V1}/h")
    assert gone.json()["metadata"]["deletionTimestamp"], gone.text
    assert await stored_kind(server, "/registry/horizontalpodautoscalers/default/h") == "autoscaling/v2"
    await client.patch(f"{V1}/h", content=b'{"metadata":{"finalizers":null}}', headers=MERGE)
    assert (await client.get(f"{V1}/h")).status_code == 404


async def test_an_event_is_one_object_in_two_groups(server: APIServer, client: httpx.AsyncClient) -> None:
    event = {
        "metadata": {"name": "e"},
        "eventTime": "2026-01-01T00:00:00.000000Z",
        "reportingController": "example.com/c",
        "reportingInstance": "i",
        "action": "Do",
        "reason": "Done",
        "type": "Normal",
        "note": "it is done",
        "regarding": {"kind": "Pod", "namespace": "default", "name": "p"},
    }
    created = await client.post(NEW_EVENTS, json=event)
    assert created.status_code == 201, created.text
    assert created.json()["note"] == "it is done"
    assert await stored_kind(server, "/registry/events/default/e") == "v1"
    old = (await client.get(f"{OLD_EVENTS}/e")).json()
    assert (old["message"], old["involvedObject"]["name"]) == ("it is done", "p")
    by_old = await client.get(OLD_EVENTS, params={"fieldSelector": "involvedObject.name=p"})
    by_new = await client.get(NEW_EVENTS, params={"fieldSelector": "regarding.name=p"})
    assert len(by_old.json()["items"]) == len(by_new.json()["items"]) == 1
    assert by_new.json()["items"][0]["regarding"]["name"] == "p"


async def test_a_watch_sees_what_is_written_by_the_other_version(client: httpx.AsyncClient) -> None:
    created = await client.post(V2, json={"metadata": {"name": "h"}, "spec": SPEC})
    version = created.json()["metadata"]["resourceVersion"]
    change = json.dumps({"spec": {"minReplicas": 2}})
    await client.patch(f"{V2}/h", content=change, headers=MERGE)
    await client.delete(f"{V2}/h")
    params = {"watch": "1", "resourceVersion": version, "timeoutSeconds": "1"}
    answer = await asyncio.wait_for(client.get(V1, params=params), 10)
    events = [json.loads(line) for line in answer.text.splitlines()]
    assert [event["type"] for event in events] == ["MODIFIED", "DELETED"]
    assert {event["object"]["apiVersion"] for event in events} == {"autoscaling/v1"}
    assert events[0]["object"]["spec"]["minReplicas"] == 2


async def test_both_versions_are_there_after_a_restart(tmp_path: Path) -> None:
    path = str(tmp_path / "again")
    for attempt in range(2):
        server = APIServer(await SQLiteStore.open(path), AuthSettings())
        await server.start()
        async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://api") as client:
            if attempt == 0:
                await client.post(V1, json={"metadata": {"name": "h"}, "spec": SPEC})
            for version in (V1, V2):
                assert (await client.get(f"{version}/h")).status_code == 200
        await server.stop()


async def test_who_deletes_a_job_without_a_wish_for_its_pods_is_told_that_they_stay(client: httpx.AsyncClient) -> None:
    jobs = "/apis/batch/v1/namespaces/default/jobs"
    pod = {"containers": [{"name": "c", "image": "i"}], "restartPolicy": "Never"}
    for name, params in (("a", {}), ("b", {"propagationPolicy": "Background"})):
        created = await client.post(jobs, json={"metadata": {"name": name}, "spec": {"template": {"spec": pod}}})
        assert created.status_code == 201, created.text
        gone = await client.delete(f"{jobs}/{name}", params=params)
        assert gone.status_code == 200
        told = gone.headers.get("warning", "")
        assert told.startswith('299 - "child pods are preserved by default') == (not params)
