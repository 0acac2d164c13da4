"""Apply, owners, dry run, deletion and subresources through the ASGI application."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from apiserver.app import APIServer
from apiserver.auth.authorization.always import AlwaysDeny

CMS = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
PODS = "/api/v1/namespaces/default/pods"
SERVICES = "/api/v1/namespaces/default/services"
BUDGETS = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
APPLY = {"content-type": "application/apply-patch+yaml"}
MERGE = {"content-type": "application/merge-patch+json"}


@pytest.fixture
async def client(server: APIServer) -> Any:
    headers = {"user-agent": "tester/1.0", "accept": "application/json"}
    transport = httpx.ASGITransport(server)
    async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers) as client:
        await client.post("/api/v1/namespaces/default/serviceaccounts", json={"metadata": {"name": "default"}})
        yield client


def config_map(name: str = "a", **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def deployment(replicas: int | None = None) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
    }
    if replicas is not None:
        spec["replicas"] = replicas
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec}


async def apply(client: httpx.AsyncClient, path: str, config: dict[str, Any], manager: str, **query: str) -> Any:
    params = {"fieldManager": manager, **query}
    return await client.patch(path, content=json.dumps(config), headers=APPLY, params=params)


def owners(obj: dict[str, Any]) -> dict[str, Any]:
    return {entry["manager"]: entry["fieldsV1"] for entry in obj["metadata"].get("managedFields", [])}


async def test_apply_creates_changes_conflicts_and_takes_over(client: httpx.AsyncClient) -> None:
    created = await apply(client, f"{CMS}/a", config_map(x="1"), "one")
    assert created.status_code == 201, created.text
    assert owners(created.json()) == {"one": {"f:data": {"f:x": {}}}}
    refused = await apply(client, f"{CMS}/a", config_map(x="2"), "two")
    assert (refused.status_code, refused.json()["details"]["causes"]) == (
        409,
        [{"reason": "FieldManagerConflict", "message": 'conflict with "one"', "field": ".data.x"}],
    )
    forced = await apply(client, f"{CMS}/a", config_map(x="2", y="3"), "two", force="true")
    assert forced.json()["data"] == {"x": "2", "y": "3"}
    less = await apply(client, f"{CMS}/a", config_map(y="3"), "two")
    assert less.json()["data"] == {"y": "3"}
    same = await apply(client, f"{CMS}/a", config_map(y="3"), "two")
    assert same.json() == less.json()


async def test_who_may_patch_but_not_create_makes_nothing_by_apply(
    client: httpx.AsyncClient, server: APIServer
) -> None:
    server.writes.authorizer = AlwaysDeny()
    refused = await apply(client, f"{CMS}/a", config_map(x="1"), "one")
    assert (refused.status_code, refused.json()["reason"]) == (403, "Forbidden")
    assert 'cannot create resource "configmaps"' in refused.json()["message"]
    assert (await client.get(f"{CMS}/a")).status_code == 404


async def test_kubectl_takes_over_what_it_applied_from_its_own_side(client: httpx.AsyncClient) -> None:
    last = json.dumps(config_map(x="1"))
    stored = config_map(x="1")
    stored["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": last}
    await client.post(CMS, json=stored, params={"fieldManager": "kubectl-client-side-apply"})
    upgraded = await apply(client, f"{CMS}/a", config_map(x="2"), "kubectl")
    assert upgraded.status_code == 200, upgraded.text
    annotation = upgraded.json()["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"]
    assert json.loads(annotation)["data"] == {"x": "2"}


async def test_owners_by_user_agent_and_their_reset(client: httpx.AsyncClient) -> None:
    await client.post(CMS, json=config_map(x="1"))
    patched = await client.patch(f"{CMS}/a", content=b'{"data":{"x":"2"}}', headers=MERGE, params={"fieldManager": "m"})
    assert owners(patched.json()) == {"tester": {"f:data": {}}, "m": {"f:data": {"f:x": {}}}}
    kept = await client.put(f"{CMS}/a", json=config_map(x="2"))
    assert owners(kept.json()) == owners(patched.json())
    reset = await client.patch(f"{CMS}/a", content=b'{"metadata":{"managedFields":[{}]}}', headers=MERGE)
    assert owners(reset.json()) == {}


async def test_field_validation_warns_or_refuses(client: httpx.AsyncClient) -> None:
    sent = {**config_map(), "colour": "red"}
    warned = await client.post(CMS, json=sent, params={"dryRun": "All"})
    assert warned.headers.get_list("warning") == ['299 - "unknown field \\"colour\\""']
    strict = await client.post(CMS, json=sent, params={"fieldValidation": "Strict"})
    assert strict.json()["message"].endswith('strict decoding error: unknown field "colour"')
    ignored = await client.post(CMS, json=sent, params={"fieldValidation": "Ignore", "dryRun": "All"})
    assert (ignored.status_code, "warning" in ignored.headers) == (201, False)
    assert (await client.get(f"{CMS}/a")).status_code == 404


async def test_a_put_of_a_lease_that_is_not_there_makes_it(client: httpx.AsyncClient) -> None:
    path = "/apis/coordination.k8s.io/v1/namespaces/default/leases/l"
    lease = {"metadata": {"name": "l"}, "spec": {"holderIdentity": "me"}}
    assert [(await client.put(path, json=lease)).status_code for _ in range(2)] == [201, 422]
    assert (await client.put(f"{CMS}/a", json=config_map())).status_code == 404


async def test_a_body_of_a_delete_takes_the_place_of_the_query(client: httpx.AsyncClient) -> None:
    for body, left in (({"kind": "DeleteOptions"}, 404), ({"dryRun": ["All"]}, 200), (None, 404)):
        await client.post(CMS, json=config_map())
        answer = await client.request("DELETE", f"{CMS}/a?dryRun=All&gracePeriodSeconds=x", json=body)
        if body is None:
            # Nothing but "null" counts as a body without options; none at all leaves it to the query.
            assert answer.status_code == 400
            answer = await client.request("DELETE", f"{CMS}/a?dryRun=All", content=b"null")
        assert (answer.status_code, (await client.get(f"{CMS}/a")).status_code) == (200, left)
    other = await client.request("DELETE", f"{CMS}/a", json={"kind": "Foo"})
    assert 'no kind "Foo" is registered for version "meta.k8s.io/v1"' in other.json()["message"]


async def test_conditions_of_a_delete_may_stand_in_the_query(client: httpx.AsyncClient) -> None:
    held = (await client.post(CMS, json=config_map())).json()["metadata"]
    for path in (f"{CMS}/a", CMS):
        refused = await client.delete(path, params={"resourceVersion": "0"})
        assert (refused.status_code, refused.json()["message"]) == (
            409,
            'Operation cannot be fulfilled on ConfigMap "a": the ResourceVersion in the precondition (0) does not '
            f"match the ResourceVersion in record ({held['resourceVersion']}). The object might have been modified",
        )
        refused = await client.delete(path, params={"uid": "other"})
        assert (refused.status_code, "the UID in the precondition (other)" in refused.text) == (409, True)
    assert (await client.delete(f"{CMS}/a", params={"uid": held["uid"]})).status_code == 200


async def test_types_of_bodies_are_the_same_in_capitals(client: httpx.AsyncClient) -> None:
    body = json.dumps(config_map())
    for kind, code in (("Application/JSON; Charset=UTF-8", 201), ("application/json;x", 415), ("text/plain", 415)):
        answer = await client.post(f"{CMS}?dryRun=All", content=body, headers={"content-type": kind})
        assert (kind, answer.status_code) == (kind, code)


async def test_deletes_know_finalizers_preconditions_and_dry_run(client: httpx.AsyncClient) -> None:
    await client.post(DEPLOYMENTS, json=deployment())
    path = f"{DEPLOYMENTS}/d"
    tried = await client.delete(path, params={"dryRun": "All"})
    assert (tried.status_code, (await client.get(path)).status_code) == (200, 200)
    wrong = await client.request("DELETE", path, json={"preconditions": {"uid": "x"}})
    assert wrong.status_code == 409
    held = (await client.delete(path, params={"propagationPolicy": "Foreground"})).json()["metadata"]
    assert (held["finalizers"], held["deletionGracePeriodSeconds"], held["generation"]) == (
        ["foregroundDeletion"],
        0,
        2,
    )
    bad = await client.delete(path, params={"propagationPolicy": "Zap"})
    assert bad.json()["message"] == (
        'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Zap": '
        'supported values: "Foreground", "Background", "Orphan", "nil"'
    )


async def test_deletecollection_lists_what_it_deleted(client: httpx.AsyncClient) -> None:
    for name in ("a", "b"):
        await client.post(CMS, json=config_map(name))
    answer = await client.delete(CMS, params={"fieldSelector": "metadata.name=a"})
    assert [item["metadata"]["name"] for item in answer.json()["items"]] == ["a"]
    assert [item["metadata"]["name"] for item in (await client.get(CMS)).json()["items"]] == ["b"]


async def test_the_metadata_of_a_scale_is_judged(client: httpx.AsyncClient) -> None:
    await client.post(DEPLOYMENTS, json=deployment(2))
    scale = (await client.get(f"{DEPLOYMENTS}/d/scale")).json()
    scale["metadata"]["labels"] = {"": "x"}
    scale["spec"]["replicas"] = -1
    answer = await client.put(f"{DEPLOYMENTS}/d/scale", json=scale)
    assert (answer.status_code, answer.json()["details"]["kind"]) == (422, "Scale")
    fields = [cause["field"] for cause in answer.json()["details"]["causes"]]
    assert fields == ["metadata.labels", "metadata.labels", "spec.replicas"]
    scale["metadata"].pop("labels")
    scale["spec"]["replicas"] = 3
    for version, code in (("x", 500), ("1", 409), ("0", 200), ("", 200)):
        scale["metadata"]["resourceVersion"] = version
        assert (await client.put(f"{DEPLOYMENTS}/d/scale", json=scale)).status_code == code


async def test_scale_is_read_written_and_owned(client: httpx.AsyncClient) -> None:
    await client.post(DEPLOYMENTS, json=deployment(2))
    scale = (await client.get(f"{DEPLOYMENTS}/d/scale")).json()
    assert (scale["kind"], scale["spec"], scale["status"]["selector"]) == ("Scale", {"replicas": 2}, "a=b")
    scale["spec"]["replicas"] = 5
    assert (await client.put(f"{DEPLOYMENTS}/d/scale", json=scale)).json()["spec"] == {"replicas": 5}
    assert (await client.put(f"{DEPLOYMENTS}/d/scale", json=scale)).status_code == 409
    stored = (await client.get(f"{DEPLOYMENTS}/d")).json()
    assert (stored["spec"]["replicas"], stored["metadata"]["generation"]) == (5, 2)
    of_scale = [each for each in stored["metadata"]["managedFields"] if each.get("subresource") == "scale"]
    assert [each["fieldsV1"] for each in of_scale] == [{"f:spec": {"f:replicas": {}}}]
    negative = await client.patch(f"{DEPLOYMENTS}/d/scale", content=b'{"spec":{"replicas":-1}}', headers=MERGE)
    assert negative.status_code == 422


async def test_eviction_asks_the_budget(client: httpx.AsyncClient) -> None:
    pod = {"metadata": {"name": "p", "labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    await client.post(PODS, json=pod)
    status = {"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}}
    await client.patch(f"{PODS}/p/status", content=json.dumps(status), headers=MERGE)
    budget = {"metadata": {"name": "b"}, "spec": {"minAvailable": 1, "selector": {"matchLabels": {"a": "b"}}}}
    assert (await client.post(BUDGETS, json=budget)).status_code == 201
    eviction = {"metadata": {"name": "p"}}
    early = await client.post(f"{PODS}/p/eviction", json=eviction)
    assert (early.status_code, early.headers["retry-after"]) == (429, "10")
    told = {"status": {"observedGeneration": 1, "disruptionsAllowed": 1, "desiredHealthy": 1, "currentHealthy": 2}}
    await client.patch(f"{BUDGETS}/b/status", content=json.dumps(told), headers=MERGE)
    assert (await client.post(f"{PODS}/p/eviction", json=eviction)).status_code == 201
    assert (await client.get(f"{PODS}/p")).status_code == 404
    spent = (await client.get(f"{BUDGETS}/b")).json()["status"]
    assert (spent["disruptionsAllowed"], list(spent["disruptedPods"])) == (0, ["p"])


async def test_services_get_addresses_and_ports_and_give_them_back(client: httpx.AsyncClient) -> None:
    first = {"metadata": {"name": "s"}, "spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30100}]}}
    spec = (await client.post(SERVICES, json=first)).json()["spec"]
    addresses = "/apis/networking.k8s.io/v1/ipaddresses"
    assert (await client.get(f"{addresses}/{spec['clusterIP']}")).status_code == 200
    second = {**first, "metadata": {"name": "t"}}
    taken = await client.post(SERVICES, json=second)
    assert taken.json()["message"] == (
        'Service "t" is invalid: spec.ports[0].nodePort: Invalid value: 30100: provided port is already allocated'
    )
    assert len((await client.get(addresses)).json()["items"]) == 1
    await client.delete(f"{SERVICES}/s")
    assert (await client.get(addresses)).json()["items"] == []
    assert (await client.post(SERVICES, json=second)).status_code == 201


async def test_what_is_in_no_namespace_may_say_one(client: httpx.AsyncClient) -> None:
    """As examples of the official client do; Kubernetes forgets what they say."""
    role: dict[str, Any] = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole"}
    roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
    role["metadata"] = {"name": "r", "namespace": "default"}
    made = await client.post(roles, json=role)
    assert (made.status_code, made.json()["metadata"].get("namespace")) == (201, None)
    assert (await client.put(f"{roles}/r", json=role)).status_code == 200
    patch = {"metadata": {"namespace": "kube-system", "labels": {"a": "b"}}}
    patched = await client.patch(f"{roles}/r", content=json.dumps(patch), headers=MERGE)
    assert (patched.status_code, patched.json()["metadata"].get("namespace")) == (200, None)
    assert (await apply(client, f"{roles}/r", role, "me")).status_code == 200


async def test_a_binding_may_name_the_pod_it_means(client: httpx.AsyncClient) -> None:
    pod = {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    metadata = (await client.post(PODS, json=pod)).json()["metadata"]
    target = {"kind": "Node", "name": "n"}
    for wrong, what in (({"uid": "x"}, "UID"), ({"resourceVersion": "1"}, "ResourceVersion")):
        refused = await client.post(f"{PODS}/p/binding", json={"metadata": {"name": "p", **wrong}, "target": target})
        assert (refused.status_code, refused.json()["details"]) == (409, {"name": "p", "kind": "pods"})
        assert f"Precondition failed: {what} in precondition" in refused.json()["message"]
    right = {"name": "p", "uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}
    assert (await client.post(f"{PODS}/p/binding", json={"metadata": right, "target": target})).status_code == 201


async def test_evictions_of_the_older_version_and_with_bad_options(client: httpx.AsyncClient) -> None:
    pod = {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    await client.post(PODS, json=pod)
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p"}}
    bad = {"deleteOptions": {"propagationPolicy": "Orphan", "orphanDependents": True}}
    refused = await client.post(f"{PODS}/p/eviction", json={**eviction, **bad})
    assert (refused.status_code, refused.json()["details"]["kind"]) == (422, "DeleteOptions")
    assert (await client.post(f"{PODS}/p/eviction", json={**eviction, "apiVersion": "policy/v2"})).status_code == 400
    older = {**eviction, "apiVersion": "policy/v1beta1"}
    assert (await client.post(f"{PODS}/p/eviction", json=older)).status_code == 201


async def test_a_uid_is_a_precondition_whether_or_not_the_object_is_there(client: httpx.AsyncClient) -> None:
    wanted = {"metadata": {"name": "a", "uid": "other"}, "spec": {"holderIdentity": "me"}}
    leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases"
    missing = await client.put(f"{leases}/a", json=wanted)
    assert missing.status_code == 409
    assert missing.json()["message"].endswith(
        "StorageError: invalid object, Code: 4, Key: /registry/leases/default/a, ResourceVersion: 0, "
        "AdditionalErrorMsg: Precondition failed: UID in precondition: other, UID in object meta: "
    )
    assert (await client.get(f"{leases}/a")).status_code == 404
    made = (await client.post(leases, json={"metadata": {"name": "a"}})).json()
    there = await client.put(f"{leases}/a", json=wanted)
    assert there.status_code == 409
    assert there.json()["message"].endswith(f"UID in object meta: {made['metadata']['uid']}")
