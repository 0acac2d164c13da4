"""What writes accept and refuse, in Kubernetes' order and words, through the ASGI application."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from apiserver.app import APIServer
from apiserver.auth.setup import AuthSettings
from apiserver.storage.sqlite import SQLiteStore

CMS = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
MERGE = {"content-type": "application/merge-patch+json"}
STRATEGIC = {"content-type": "application/strategic-merge-patch+json"}
JSON_PATCH = {"content-type": "application/json-patch+json"}
APPLY = {"content-type": "application/apply-patch+yaml"}


@pytest.fixture
async def client(tmp_path: Path) -> Any:
    server = APIServer(await SQLiteStore.open(str(tmp_path / "db")), AuthSettings())
    await server.start()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://api") as client:
        yield client
    await server.stop()


async def make(client: httpx.AsyncClient, name: str, **metadata: Any) -> dict[str, Any]:
    answer = await client.post(CMS, json={"metadata": {"name": name, **metadata}, "data": {"a": "b"}})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def deployment(client: httpx.AsyncClient) -> None:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    answer = await client.post(DEPLOYMENTS, json={"metadata": {"name": "d"}, "spec": spec})
    assert answer.status_code == 201, answer.text


def warnings(answer: httpx.Response) -> list[str]:
    return [each.partition('"')[2][:-1] for each in answer.headers.get_list("warning")]


def owners(obj: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["manager"]: each for each in obj["metadata"].get("managedFields", [])}


async def test_objections_are_told_in_the_order_of_the_text(client: httpx.AsyncClient) -> None:
    text = '{"metadata":{"name":"x","foo":1},"data":{"a":"1","a":"2"},"nil":null,"kind":"ConfigMap","kind":"ConfigMap"}'
    expected = [
        'unknown field "metadata.foo"',
        'duplicate field "data.a"',
        'unknown field "nil"',
        'duplicate field "kind"',
    ]
    strict = await client.post(CMS, content=text, params={"fieldValidation": "Strict"})
    assert strict.json()["message"].endswith(f"strict decoding error: {', '.join(expected)}")
    warned = await client.post(CMS, content=text)
    assert warnings(warned) == [each.replace('"', '\\"') for each in expected]


async def test_yaml_duplicates_come_first_and_are_warned_of_one_by_one(client: httpx.AsyncClient) -> None:
    text = "metadata:\n  name: x\n  name: x\nfoo: 1\n---\nother: document\n"
    yaml = {"content-type": "application/yaml"}
    strict = await client.post(CMS, content=text, headers=yaml, params={"fieldValidation": "Strict"})
    twice = 'line 3: key "name" already set in map'
    assert strict.json()["message"].endswith(f'yaml: unmarshal errors:\n  {twice}, unknown field "foo"')
    warned = await client.post(CMS, content=text, headers=yaml)
    assert warned.status_code == 201
    assert warnings(warned) == [twice.replace('"', '\\"'), 'unknown field \\"foo\\"']


async def test_a_strict_patch_is_judged_after_the_object_was_found(client: httpx.AsyncClient) -> None:
    text, strict = '{"data":{"x":"1","x":"2"},"foo":1}', {"fieldValidation": "Strict"}
    for headers in (MERGE, STRATEGIC):
        absent = await client.patch(f"{CMS}/x", content=text, headers=headers, params=strict)
        assert absent.status_code == 404
    await make(client, "x")
    for headers in (MERGE, STRATEGIC):
        found = await client.patch(f"{CMS}/x", content=text, headers=headers, params=strict)
        assert found.status_code == 422
        why = 'strict decoding error: duplicate field "data.x", unknown field "foo"'
        assert found.json()["message"].endswith(why)


async def test_json_patches_know_the_members_of_an_operation(client: httpx.AsyncClient) -> None:
    await make(client, "x")
    text = '[{"op":"add","path":"/data/y","value":"1","foo":1}]'
    warned = await client.patch(f"{CMS}/x", content=text, headers=JSON_PATCH)
    assert warned.status_code == 200 and warnings(warned) == ['json patch unknown field \\"[0].foo\\"']
    broken = await client.patch(f"{CMS}/x", content="[1]", headers=JSON_PATCH)
    assert (broken.status_code, broken.json()["message"]) == (
        400,
        "error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp",
    )
    nothing = await client.patch(f"{CMS}/x", content="null", headers=MERGE)
    assert (nothing.status_code, nothing.json()["message"]) == (400, "Invalid JSON Patch")


async def test_an_apply_is_judged_before_what_stands_twice_in_it(client: httpx.AsyncClient) -> None:
    head = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},'
    asked = {"fieldManager": "m", "fieldValidation": "Strict"}
    unfit = await client.patch(f"{CMS}/x", content=head + '"a":1,"a":2}', headers=APPLY, params=asked)
    assert unfit.status_code == 500 and unfit.json()["message"].endswith(".a: field not declared in schema")
    twice = await client.patch(f"{CMS}/x", content=head + '"data":{"a":"1","a":"2"}}', headers=APPLY, params=asked)
    assert twice.status_code == 400 and "error strict decoding YAML" in twice.json()["message"]


async def test_an_apply_that_only_names_what_is_there_has_no_time(client: httpx.AsyncClient) -> None:
    await make(client, "x")
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": "b"}}
    same = await client.patch(f"{CMS}/x", json=config, headers=APPLY, params={"fieldManager": "m"})
    assert same.status_code == 200 and "time" not in owners(same.json())["m"]
    changed = {**config, "data": {"a": "b", "c": "d"}}
    more = await client.patch(f"{CMS}/x", json=changed, headers=APPLY, params={"fieldManager": "m"})
    assert owners(more.json())["m"]["time"]


async def test_an_empty_list_of_managed_fields_takes_them_all_away(client: httpx.AsyncClient) -> None:
    made = await make(client, "x")
    assert owners(made)
    patched = await client.patch(f"{CMS}/x", json={"metadata": {"managedFields": []}}, headers=MERGE)
    assert not owners(patched.json())
    made = await make(client, "y")
    made["metadata"]["managedFields"] = []
    assert not owners((await client.put(f"{CMS}/y", json=made)).json())


async def test_a_scale_tells_nothing_of_owners_and_new_ones_have_no_time(client: httpx.AsyncClient) -> None:
    await deployment(client)
    scale = f"{DEPLOYMENTS}/d/scale"
    patched = await client.patch(scale, json={"spec": {"replicas": 3}}, headers={**MERGE, "user-agent": "scaler/1"})
    assert patched.json()["spec"] == {"replicas": 3} and "managedFields" not in patched.json()["metadata"]
    owner = owners((await client.get(f"{DEPLOYMENTS}/d")).json())["scaler"]
    assert owner["subresource"] == "scale" and "time" not in owner


async def test_scales_and_components_have_tables(client: httpx.AsyncClient) -> None:
    await deployment(client)
    shown = (await client.get(f"{DEPLOYMENTS}/d/scale", headers={"accept": TABLE})).json()
    assert [each["name"] for each in shown["columnDefinitions"]] == ["Name", "Desired", "Available", "Age"]
    assert shown["rows"][0]["cells"][:3] == ["d", 1, 0]
    listed = (await client.get("/api/v1/componentstatuses", headers={"accept": TABLE})).json()
    assert {row["cells"][0] for row in listed["rows"]} == {"controller-manager", "etcd-0", "scheduler"}
    plain = (await client.get("/api/v1/componentstatuses")).json()
    assert plain["kind"] == "ComponentStatusList" and "kind" not in plain["items"][0]
    unknown = await client.get("/api/v1/componentstatuses", params={"fieldSelector": "a=b"})
    assert unknown.json()["message"] == (
        '"a" is not a known field selector: only "metadata.name", "metadata.namespace"'
    )
    nobody = await client.get("/api/v1/componentstatuses/x")
    assert nobody.json()["message"] == 'componentstatus "x" not found'


async def test_a_status_update_owns_no_labels_of_a_deployment(client: httpx.AsyncClient) -> None:
    await deployment(client)
    patch = {"metadata": {"labels": {"l": "m"}}, "status": {"replicas": 2}}
    headers = {**MERGE, "user-agent": "statuser/1"}
    answer = await client.patch(f"{DEPLOYMENTS}/d/status", json=patch, headers=headers)
    assert owners(answer.json())["statuser"]["fieldsV1"] == {"f:status": {"f:replicas": {}}}


async def test_the_wish_for_dependents_may_change_while_an_object_goes(client: httpx.AsyncClient) -> None:
    await make(client, "x", finalizers=["a/b"])
    first = await client.request("DELETE", f"{CMS}/x", json={"propagationPolicy": "Foreground"})
    assert first.json()["metadata"]["finalizers"] == ["a/b", "foregroundDeletion"]
    second = await client.request("DELETE", f"{CMS}/x", json={"propagationPolicy": "Orphan"})
    assert second.json()["metadata"]["finalizers"] == ["a/b", "orphan"]
    again = await client.post(CMS, json={"metadata": {"name": "x"}})
    assert again.json()["message"] == 'object is being deleted: configmaps "x" already exists'


async def test_deletecollection_goes_by_pages(client: httpx.AsyncClient) -> None:
    for name in ("a", "b", "c"):
        await make(client, name)
    page = (await client.delete(CMS, params={"limit": "2"})).json()
    assert [each["metadata"]["name"] for each in page["items"]] == ["a", "b"]
    assert page["metadata"]["remainingItemCount"] == 1
    rest = (await client.delete(CMS, params={"continue": page["metadata"]["continue"]})).json()
    assert [each["metadata"]["name"] for each in rest["items"]] == ["c"]
    assert (await client.delete(CMS, params={"continue": "x"})).status_code == 400


@pytest.mark.parametrize(
    ("method", "body", "code", "message"),
    [
        ("DELETE", b'{"gracePeriodSeconds":"x"}', 400, "DeleteOptions.gracePeriodSeconds of type int64"),
        ("DELETE", b"[]", 400, "json: cannot unmarshal array into Go value of type struct { APIVersion string"),
        ("PUT", b'{"metadata":{"name":"x","resourceVersion":"y"}}', 500, 'ParseUint: parsing "y": invalid syntax'),
    ],
)
async def test_what_cannot_be_read_is_told_in_gos_words(
    client: httpx.AsyncClient, method: str, body: bytes, code: int, message: str
) -> None:
    await make(client, "x")
    answer = await client.request(method, f"{CMS}/x", content=body)
    assert answer.status_code == code and message in answer.json()["message"]


async def test_options_in_a_broken_envelope_and_links_to_oneself(client: httpx.AsyncClient) -> None:
    await make(client, "x")
    protobuf = {"content-type": "application/vnd.kubernetes.protobuf"}
    refused = await client.request("DELETE", f"{CMS}/x", content=b"{}", headers=protobuf)
    why = "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"
    assert (refused.status_code, refused.json()["message"]) == (400, why)
    empty = await client.post(CMS, content=b"k8s\0", headers=protobuf)
    assert empty.json()["message"].endswith("empty body (6b387300)")
    updated = await client.put(f"{CMS}/x", json={"metadata": {"name": "x", "selfLink": "/x"}})
    assert "selfLink" not in updated.json()["metadata"]


async def test_options_that_are_empty_are_no_options(client: httpx.AsyncClient) -> None:
    for method in ("POST", "DELETE"):
        path = CMS if method == "POST" else f"{CMS}/x"
        # The body of a delete would take the place of the query.
        body = {} if method == "POST" else None
        answer = await client.request(method, path, json=body, params={"dryRun": ""})
        assert (answer.status_code, answer.json()["details"]["causes"][0]["field"]) == (422, "dryRun")


async def test_a_version_to_come_is_not_waited_for(client: httpx.AsyncClient) -> None:
    asked = {"resourceVersion": "99999", "resourceVersionMatch": "Exact"}
    answer = await client.get(CMS, params=asked)
    assert answer.status_code == 504 and "retryAfterSeconds" not in answer.json()["details"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/apis/apps/v1/replicasets", '"status.replicas" is not a known field selector: only "metadata.name", '),
        ("/api/v1/persistentvolumeclaims", '"status.replicas" is not a known field selector: only "metadata.name", '),
        (
            "/apis/resource.k8s.io/v1/resourceslices",
            "field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: status.replicas",
        ),
    ],
)
async def test_kinds_say_which_fields_select(client: httpx.AsyncClient, path: str, message: str) -> None:
    answer = await client.get(path, params={"fieldSelector": "status.replicas=1"})
    assert answer.status_code == 400 and answer.json()["message"].startswith(message)


async def test_owners_of_one_version_of_an_autoscaler_know_what_another_changes(client: httpx.AsyncClient) -> None:
    target = {"kind": "Deployment", "name": "d", "apiVersion": "apps/v1"}
    kind = {"kind": "HorizontalPodAutoscaler", "metadata": {"name": "h"}}
    spec = {"maxReplicas": 5, "scaleTargetRef": target}
    old = {"apiVersion": "autoscaling/v1", **kind, "spec": {**spec, "targetCPUUtilizationPercentage": 70}}
    cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}
    new = {"apiVersion": "autoscaling/v2", **kind, "spec": {**spec, "metrics": [{"type": "Resource", "resource": cpu}]}}
    path = "/apis/autoscaling/{}/namespaces/default/horizontalpodautoscalers/h"
    first = await client.patch(path.format("v1"), json=old, headers=APPLY, params={"fieldManager": "a"})
    assert first.status_code == 201, first.text
    refused = await client.patch(path.format("v2"), json=new, headers=APPLY, params={"fieldManager": "b"})
    why = 'Apply failed with 1 conflict: conflict with "a": .spec.targetCPUUtilizationPercentage'
    assert (refused.status_code, refused.json()["message"]) == (409, why)
    params = {"fieldManager": "b", "force": "true"}
    taken = owners((await client.patch(path.format("v2"), json=new, headers=APPLY, params=params)).json())
    assert taken["a"]["fieldsV1"] == {"f:spec": {"f:maxReplicas": {}, "f:scaleTargetRef": {}}}
    assert "f:metrics" in taken["b"]["fieldsV1"]["f:spec"]


async def test_kubectl_keeps_the_annotation_of_what_it_applied_last_as_it_was_written(
    client: httpx.AsyncClient,
) -> None:
    last = "kubectl.kubernetes.io/last-applied-configuration"
    await make(client, "x", annotations={last: '{"apiVersion":"v1","data":{"a":"b"},"kind":"ConfigMap"}'})
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": "b"}}
    applied = await client.patch(f"{CMS}/x", json=config, headers=APPLY, params={"fieldManager": "kubectl"})
    text = '{"apiVersion":"v1","data":{"a":"b"},"kind":"ConfigMap","metadata":{"name":"x"}}\n'
    assert applied.json()["metadata"]["annotations"] == {last: text}
