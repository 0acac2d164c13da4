"""Admission webhooks through the whole server, asked over real TLS connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from aiohttp import web

from apiserver.app import APIServer
from apiserver.auth.setup import AuthSettings
from apiserver.flags import AdmissionSettings
from apiserver.storage.sqlite import SQLiteStore
from minik8s.api.discovery_v1 import EndpointSlice
from tests.support.webhook_server import WebhookServer, patch

ALLOW: dict[str, Any] = {"allowed": True}
CONFIGMAPS = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["configmaps"]}
GROUP = "/apis/admissionregistration.k8s.io/v1"
MAPS = "/api/v1/namespaces/default/configmaps"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[APIServer]:
    made = APIServer(await SQLiteStore.open(str(tmp_path / "db")), AuthSettings())
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


@pytest.fixture
async def api(server: APIServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://api") as client:
        yield client


@pytest.fixture
async def hooks(tmp_path: Path) -> AsyncIterator[WebhookServer]:
    made = WebhookServer(tmp_path, "hook.default.svc")
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


def webhook(hooks: WebhookServer, path: str, **more: Any) -> dict[str, Any]:
    return {
        "name": f"{path.strip('/')}.example.com",
        "clientConfig": hooks.config(path),
        "rules": [CONFIGMAPS],
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        **more,
    }


async def configure(api: httpx.AsyncClient, kind: str, name: str, *webhooks: dict[str, Any]) -> None:
    body = {"metadata": {"name": name}, "webhooks": list(webhooks)}
    answer = await api.post(f"{GROUP}/{kind}webhookconfigurations", json=body)
    assert answer.status_code == 201, answer.text


def config_map(name: str = "c", **more: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, **more}


async def test_a_refusal_is_told_in_kubernetes_words(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    hooks.answers["/deny"] = lambda review: {
        "allowed": False,
        "status": {"message": "no such thing", "code": 418, "reason": "Teapot"},
        "warnings": ["look out"],
    }
    await configure(api, "validating", "v", webhook(hooks, "/deny"))
    answer = await api.post(MAPS, json=config_map())
    assert answer.status_code == 418
    assert answer.json()["message"] == 'admission webhook "deny.example.com" denied the request: no such thing'
    assert answer.headers["warning"] == '299 - "look out"'
    hooks.answers["/deny"] = lambda review: {"allowed": False}
    answer = await api.post(MAPS, json=config_map())
    assert (answer.status_code, answer.json()["message"]) == (
        400,
        'admission webhook "deny.example.com" denied the request without explanation',
    )
    text = (await api.get("/metrics")).text
    rejected = 'apiserver_admission_webhook_rejection_count{error_type="no_error",name="deny.example.com"'
    assert f'{rejected},operation="CREATE",rejection_code="418",type="validating"}} 1' in text
    assert 'apiserver_admission_webhook_admission_duration_seconds_count{name="deny.example.com"' in text


async def test_what_a_webhook_is_asked(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    hooks.answers["/see"] = lambda review: ALLOW
    await configure(api, "validating", "v", webhook(hooks, "/see", timeoutSeconds=7))
    assert (await api.post(f"{MAPS}?fieldManager=me", json=config_map(data={"a": "1"}))).status_code == 201
    assert (await api.put(f"{MAPS}/c", json=config_map(data={"a": "2"}))).status_code == 200
    assert (await api.delete(f"{MAPS}/c")).status_code == 200
    created, updated, deleted = (seen["request"] for seen in hooks.seen)
    assert hooks.seen[0]["query"] == {"timeout": "7s"}
    assert created["operation"] == "CREATE" and created["name"] == "c" and created["namespace"] == "default"
    assert created["kind"] == created["requestKind"] == {"group": "", "version": "v1", "kind": "ConfigMap"}
    assert created["resource"] == {"group": "", "version": "v1", "resource": "configmaps"}
    assert created["object"]["kind"] == "ConfigMap" and created["object"]["metadata"]["uid"]
    assert created["oldObject"] is None and created["dryRun"] is False
    assert created["options"] == {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1", "fieldManager": "me"}
    assert created["userInfo"]["username"] == "system:anonymous"
    assert updated["oldObject"]["data"] == {"a": "1"} and updated["object"]["data"] == {"a": "2"}
    assert deleted["object"] is None and deleted["oldObject"]["data"] == {"a": "2"}
    assert deleted["options"]["kind"] == "DeleteOptions"


async def test_a_patch_has_the_options_of_what_comes_of_it(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    hooks.answers["/see"] = lambda review: ALLOW
    await configure(api, "validating", "v", webhook(hooks, "/see"))
    headers = {"Content-Type": "application/apply-patch+yaml"}
    applied = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "1"}}
    assert (await api.patch(f"{MAPS}/c?fieldManager=m&force=true", json=applied, headers=headers)).status_code == 201
    merge = {"Content-Type": "application/merge-patch+json"}
    assert (await api.patch(f"{MAPS}/c", json={"data": {"a": "2"}}, headers=merge)).status_code == 200
    created, updated = (seen["request"]["options"] for seen in hooks.seen)
    assert created == {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1", "fieldManager": "m"}
    assert updated == {"kind": "UpdateOptions", "apiVersion": "meta.k8s.io/v1"}
    assert list(hooks.seen[1]["request"])[-4:] == ["object", "oldObject", "dryRun", "options"]


async def test_what_a_collection_is_made_of_is_asked_about_without_names(
    api: httpx.AsyncClient, hooks: WebhookServer
) -> None:
    for name in ("a", "b"):
        assert (await api.post(MAPS, json=config_map(name))).status_code == 201
    hooks.answers["/judge"] = lambda review: ALLOW
    await configure(api, "validating", "v", webhook(hooks, "/judge"))
    assert (await api.delete(MAPS)).status_code == 200
    judging = [seen["request"] for seen in hooks.seen]
    assert sorted(request["oldObject"]["metadata"]["name"] for request in judging) == ["a", "b"]
    assert not any("name" in request for request in judging)


SUBRESOURCES = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"]}


async def test_an_eviction_is_judged_and_not_the_delete_it_ends_in(
    api: httpx.AsyncClient, hooks: WebhookServer
) -> None:
    pods = "/api/v1/namespaces/default/pods"
    account = {"metadata": {"name": "default"}}
    await api.post("/api/v1/namespaces/default/serviceaccounts", json=account)
    spec = {"containers": [{"name": "a", "image": "x"}], "automountServiceAccountToken": False}
    made = await api.post(pods, json={"metadata": {"name": "p"}, "spec": spec})
    assert made.status_code == 201, made.text
    hooks.answers["/see"] = lambda review: ALLOW
    await configure(api, "validating", "v", webhook(hooks, "/see", rules=[SUBRESOURCES]))
    target = {"kind": "Node", "name": "n"}
    bound = await api.post("/api/v1/namespaces/default/bindings", json={"metadata": {"name": "p"}, "target": target})
    assert bound.status_code == 201, bound.text
    assert (await api.post(f"{pods}/p/eviction", json={"metadata": {"name": "p"}})).status_code == 201
    binding, eviction = (seen["request"] for seen in hooks.seen)
    assert binding["resource"]["resource"] == "bindings" and "subResource" not in binding
    assert eviction["subResource"] == "eviction" and eviction["object"]["kind"] == "Eviction"
    assert binding["object"]["metadata"]["managedFields"][0]["fieldsV1"] == {"f:target": {}}


async def test_of_a_scale_who_judges_sees_the_whole(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    controllers = "/api/v1/namespaces/default/replicationcontrollers"
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "a", "image": "x"}]}}
    made = await api.post(controllers, json={"metadata": {"name": "r"}, "spec": {"template": template}})
    assert made.status_code == 201, made.text
    hooks.answers["/see"] = lambda review: ALLOW
    await configure(api, "validating", "v", webhook(hooks, "/see", rules=[SUBRESOURCES]))
    scaled = await api.put(f"{controllers}/r/scale", json={"metadata": {"name": "r"}, "spec": {"replicas": 3}})
    assert scaled.status_code == 200, scaled.text
    (asked,) = (seen["request"] for seen in hooks.seen)
    for each in (asked["object"], asked["oldObject"]):
        assert each["status"]["selector"] == "a=b" and each["metadata"]["uid"]
        assert "managedFields" not in each["metadata"]


async def test_patches_are_applied_in_order_and_defaulted(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    hooks.answers["/one"] = lambda review: patch({"op": "add", "path": "/data", "value": {"one": "yes"}})
    hooks.answers["/two"] = lambda review: patch(
        {"op": "add", "path": "/data/two", "value": str(len(review["request"]["object"]["data"]))}
    )
    await configure(api, "mutating", "m", webhook(hooks, "/one"), webhook(hooks, "/two"))
    answer = await api.post(MAPS, json=config_map())
    assert answer.json()["data"] == {"one": "yes", "two": "1"}
    pods = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
    container = {"name": "added", "image": "i"}
    hooks.answers["/pod"] = lambda review: patch({"op": "add", "path": "/spec/initContainers", "value": [container]})
    await configure(api, "mutating", "p", webhook(hooks, "/pod", rules=[pods]))
    await api.post("/api/v1/namespaces/default/serviceaccounts", json={"metadata": {"name": "default"}})
    pod = {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    made = (await api.post("/api/v1/namespaces/default/pods", json=pod)).json()
    assert made["spec"]["initContainers"][0]["terminationMessagePolicy"] == "File"


@pytest.mark.parametrize(
    ("operations", "said"),
    [
        ([{"op": "remove", "path": "/data/missing"}], "missing path"),
        ([{"op": "replace", "path": "/data", "value": "text"}], "data"),
        (
            [{"op": "replace", "path": "/metadata/namespace", "value": "kube-system"}],
            "namespace of the provided object",
        ),
        ([{"op": "replace", "path": "/kind", "value": "Secret"}], "Secret"),
        ([{"op": "replace", "path": "", "value": []}], "made something else of the object"),
    ],
)
async def test_patches_that_break_the_object_are_refused(
    api: httpx.AsyncClient, hooks: WebhookServer, operations: list[dict[str, Any]], said: str
) -> None:
    hooks.answers["/bad"] = lambda review: patch(*operations)
    await configure(api, "mutating", "m", webhook(hooks, "/bad", failurePolicy="Ignore"))
    answer = await api.post(MAPS, json=config_map())
    assert answer.status_code in (400, 500) and said in answer.json()["message"], answer.text
    for namespace in ("default", "kube-system"):
        found = await api.get(f"/api/v1/namespaces/{namespace}/configmaps/c")
        assert found.status_code == 404


async def test_what_mutating_webhooks_did_is_noted_whatever_becomes_of_it(
    server: APIServer, api: httpx.AsyncClient, hooks: WebhookServer
) -> None:
    noted: list[dict[str, str]] = []
    chain = server.core.writes.admission
    validate = chain.validate

    async def noting(request: Any) -> None:
        noted.append(request.annotations)
        await validate(request)

    chain.validate = noting  # type: ignore[method-assign]
    hooks.answers["/p"] = lambda review: {
        **patch({"path": "/data", "op": "add", "value": {"b": "1", "a": "2"}}),
        "auditAnnotations": {"good": "1", "no good": "2", "a/b": "3"},
    }
    hooks.answers["/bad"] = lambda review: {"uid": "other", "allowed": True}
    await configure(api, "mutating", "m", webhook(hooks, "/p"), webhook(hooks, "/bad", failurePolicy="Ignore"))
    assert (await api.post(MAPS, json=config_map())).status_code == 201
    notes = noted[-1]
    prefix = "webhook.admission.k8s.io/round_0_index_"
    assert notes[f"mutation.{prefix}0"] == '{"configuration":"m","webhook":"p.example.com","mutated":true}'
    assert notes[f"mutation.{prefix}1"] == '{"configuration":"m","webhook":"bad.example.com","mutated":false}'
    assert '"patch":[{"op":"add","path":"/data","value":{"b":"1","a":"2"}}]' in notes[f"patch.{prefix}0"]
    assert [key for key in notes if key.startswith("p.example.com")] == ["p.example.com/good"]


async def test_a_patched_object_need_not_say_what_and_where_it_is(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    hooks.answers["/p"] = lambda review: patch({"op": "replace", "path": "", "value": {"metadata": {"name": "other"}}})
    await configure(api, "mutating", "m", webhook(hooks, "/p"))
    answer = await api.post(MAPS, json=config_map())
    assert answer.status_code == 201, answer.text
    assert answer.json()["metadata"]["name"] == "other" and answer.json()["metadata"]["namespace"] == "default"


async def test_a_name_may_not_change_under_an_update(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    await api.post(MAPS, json=config_map())
    hooks.answers["/bad"] = lambda review: patch({"op": "replace", "path": "/metadata/name", "value": "other"})
    await configure(api, "mutating", "m", webhook(hooks, "/bad"))
    answer = await api.put(f"{MAPS}/c", json=config_map(data={"a": "b"}))
    assert answer.status_code == 400 and "does not match the name on the URL" in answer.json()["message"]


async def test_a_delete_cannot_be_patched(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    await api.post(MAPS, json=config_map())
    hooks.answers["/p"] = lambda review: patch({"op": "add", "path": "/data", "value": {}})
    await configure(api, "mutating", "m", webhook(hooks, "/p"))
    answer = await api.delete(f"{MAPS}/c")
    assert answer.status_code == 500
    assert "attempted to modify the object, which is not supported for this operation" in answer.json()["message"]
    text = (await api.get("/metrics")).text
    labels = 'error_type="apiserver_internal_error",name="p.example.com",operation="DELETE",rejection_code="0"'
    assert f'apiserver_admission_webhook_rejection_count{{{labels},type="admit"}} 1' in text
    asked = 'code="0",name="p.example.com",operation="DELETE",rejected="true",type="admit"'
    assert f"apiserver_admission_webhook_request_total{{{asked}}} 1" in text


def _wrong(**changes: Any) -> Any:
    def answer(review: dict[str, Any]) -> web.Response:
        response = {"uid": review["request"]["uid"], "allowed": True}
        document = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}
        response.update(changes.pop("response", {}))
        return web.json_response({**document, **changes})

    return answer


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda review: b"{garbage", "failed to call webhook: couldn't get version/kind; json parse error"),
        (lambda review: b"[]", "failed to call webhook: couldn't get version/kind; json parse error"),
        (lambda review: b"", "failed to call webhook: 0-length response with status code: 200 and content type: "),
        (lambda review: b"{}", "received invalid webhook response: webhook response was absent"),
        (lambda review: {"uid": "other", "allowed": True}, 'got "other"'),
        (_wrong(kind="Pod"), 'failed to call webhook: no kind "Pod" is registered for version'),
        (_wrong(apiVersion=""), "expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got /, Kind"),
        (lambda review: patch({"op": "test"}), "validating webhook may not return response.patch"),
        (lambda review: web.Response(status=500, text="boom"), 'an error on the server ("boom") has prevented'),
        (lambda review: web.Response(status=404), "failed to call webhook: the server could not find"),
        (lambda review: b" " * (17 * 1024 * 1024), "the answer is longer than"),
        (lambda review: web.Response(status=302, headers={"location": "/x"}), "status code 302"),
    ],
)
async def test_answers_that_are_none_fail_the_request(
    api: httpx.AsyncClient, hooks: WebhookServer, answer: Any, said: str
) -> None:
    hooks.answers["/odd"] = answer
    await configure(api, "validating", "v", webhook(hooks, "/odd"))
    refused = await api.post(MAPS, json=config_map())
    message = refused.json()["message"]
    assert refused.status_code == 500 and said in message, message
    assert message.startswith('Internal error occurred: failed calling webhook "odd.example.com": '), message


async def test_who_wants_to_be_asked_again_is(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    answers = [web.Response(status=503, headers={"Retry-After": "0"}), ALLOW]
    hooks.answers["/busy"] = lambda review: answers.pop(0)
    await configure(api, "validating", "v", webhook(hooks, "/busy"))
    assert (await api.post(MAPS, json=config_map())).status_code == 201
    assert answers == []


async def test_failing_open(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    hooks.answers["/odd"] = lambda review: b"garbage"
    for kind in ("validating", "mutating"):
        await configure(api, kind, "open", webhook(hooks, "/odd", failurePolicy="Ignore"))
    assert (await api.post(MAPS, json=config_map())).status_code == 201
    text = (await api.get("/metrics")).text
    assert 'apiserver_admission_webhook_fail_open_count{name="odd.example.com",type="admit"} 1' in text
    assert 'apiserver_admission_webhook_fail_open_count{name="odd.example.com",type="validating"} 1' in text


async def test_who_cannot_be_reached(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    closed = {"url": "https://127.0.0.1:1/x", "caBundle": hooks.bundle}
    await configure(api, "validating", "v", webhook(hooks, "/closed", clientConfig=closed))
    answer = await api.post(MAPS, json=config_map())
    assert answer.status_code == 500 and answer.json()["message"] == (
        'Internal error occurred: failed calling webhook "closed.example.com": failed to call webhook: '
        'Post "https://127.0.0.1:1/x?timeout=10s": dial tcp 127.0.0.1:1: connect: connection refused'
    )


async def test_a_certificate_of_somebody_else(api: httpx.AsyncClient, hooks: WebhookServer, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = WebhookServer(tmp_path / "other")
    config = {**hooks.config("/x"), "caBundle": other.bundle}
    await configure(api, "validating", "v", webhook(hooks, "/x", clientConfig=config))
    answer = await api.post(MAPS, json=config_map())
    said = "tls: failed to verify certificate: x509: certificate signed by unknown authority"
    assert answer.status_code == 500 and answer.json()["message"].endswith(said), answer.text
    assert not hooks.seen


async def test_one_that_hangs_is_given_up_and_slows_nobody_else(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    async def hang(review: dict[str, Any]) -> dict[str, Any]:
        await asyncio.sleep(30)
        return ALLOW

    hooks.answers["/slow"] = hang
    await configure(api, "validating", "v", webhook(hooks, "/slow", timeoutSeconds=1))
    held = asyncio.ensure_future(api.post(MAPS, json=config_map()))
    began = asyncio.get_running_loop().time()
    other = await api.post("/api/v1/namespaces/default/secrets", json={"metadata": {"name": "s"}})
    assert other.status_code == 201 and asyncio.get_running_loop().time() - began < 0.8
    answer = await held
    message = answer.json()["message"]
    assert answer.status_code == 500 and message.endswith('/slow?timeout=1s": context deadline exceeded'), message


async def test_selectors(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    hooks.answers["/deny"] = lambda review: {"allowed": False}
    await api.post("/api/v1/namespaces", json={"metadata": {"name": "on", "labels": {"hook": "on"}}})
    selectors = {
        "namespaceSelector": {"matchLabels": {"hook": "on"}},
        "objectSelector": {"matchExpressions": [{"key": "free", "operator": "DoesNotExist"}]},
    }
    await configure(api, "validating", "v", webhook(hooks, "/deny", **selectors))
    assert (await api.post(MAPS, json=config_map())).status_code == 201
    there = "/api/v1/namespaces/on/configmaps"
    assert (await api.post(there, json=config_map())).status_code == 400
    free = {"metadata": {"name": "f", "labels": {"free": "yes"}}}
    assert (await api.post(there, json=free)).status_code == 201


async def test_match_conditions(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    hooks.answers["/deny"] = lambda review: {"allowed": False}
    conditions = [
        {"name": "not-me", "expression": "object.metadata.name != 'skip-me'"},
        {"name": "has-a", "expression": "object.data.a == 'b'"},
    ]
    await configure(api, "validating", "v", webhook(hooks, "/deny", matchConditions=conditions))
    assert (await api.post(MAPS, json=config_map("skip-me"))).status_code == 201
    assert (await api.post(MAPS, json=config_map("x", data={"a": "c"}))).status_code == 201
    assert (await api.post(MAPS, json=config_map("x2", data={"a": "b"}))).status_code == 400
    failed = await api.post(MAPS, json=config_map("y"))
    assert failed.status_code == 403
    assert failed.json()["message"] == (
        "configmaps \"y\" is forbidden: expression 'object.data.a == 'b'' resulted in error: no such key: data"
    )
    text = (await api.get("/metrics")).text
    labels = 'kind="webhook",name="deny.example.com",operation="CREATE"'
    prefix = "apiserver_admission_match_condition_"
    assert f'{prefix}evaluation_seconds_count{{{labels},type="validating"}} 4' in text
    assert f'{prefix}evaluation_errors_total{{{labels},type="validating"}} 1' in text
    assert f'{prefix}exclusions_total{{{labels},type="validate"}} 2' in text


async def test_another_version_of_the_resource_is_converted(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    rule = {"apiGroups": ["autoscaling"], "apiVersions": ["v1"], "operations": ["CREATE"]}
    rule["resources"] = ["horizontalpodautoscalers"]
    hooks.answers["/m"] = lambda review: patch(
        {"op": "replace", "path": "/spec/targetCPUUtilizationPercentage", "value": 42}
    )
    hooks.answers["/exact"] = lambda review: {"allowed": False}
    await configure(
        api,
        "mutating",
        "m",
        webhook(hooks, "/m", rules=[rule]),
        webhook(hooks, "/exact", rules=[rule], matchPolicy="Exact"),
    )
    metric = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 7}},
    }
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}
    body = {"metadata": {"name": "h"}, "spec": {"maxReplicas": 3, "scaleTargetRef": target, "metrics": [metric]}}
    answer = await api.post("/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"] == 42
    asked = hooks.seen[0]["request"]
    assert asked["kind"]["version"] == "v1" and asked["requestKind"]["version"] == "v2"
    assert asked["object"]["apiVersion"] == "autoscaling/v1"


async def test_their_own_configurations_are_never_asked_about(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    everything = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"]}
    hooks.answers["/deny"] = lambda review: {"allowed": False}
    await configure(api, "validating", "v", webhook(hooks, "/deny", rules=[everything]))
    await configure(api, "mutating", "m", webhook(hooks, "/deny", rules=[everything]))
    assert (await api.post(MAPS, json=config_map())).status_code == 400
    for kind in ("validating", "mutating"):
        name = {"validating": "v", "mutating": "m"}[kind]
        assert (await api.delete(f"{GROUP}/{kind}webhookconfigurations/{name}")).status_code == 200
    assert (await api.post(MAPS, json=config_map())).status_code == 201


async def test_asked_again_when_others_change_the_object(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    def count(review: dict[str, Any]) -> dict[str, Any]:
        data = review["request"]["object"].get("data", {})
        return patch({"op": "add", "path": "/data", "value": {**data, "seen": str(len(data))}})

    hooks.answers["/first"] = count
    hooks.answers["/never"] = lambda review: ALLOW
    hooks.answers["/adds"] = lambda review: patch({"op": "add", "path": "/data/added", "value": "x"})
    await configure(
        api,
        "mutating",
        "m",
        webhook(hooks, "/first", reinvocationPolicy="IfNeeded"),
        webhook(hooks, "/never"),
        webhook(hooks, "/adds"),
    )
    answer = await api.post(MAPS, json=config_map())
    assert answer.json()["data"] == {"seen": "2", "added": "x"}
    assert [seen["path"] for seen in hooks.seen] == ["/first", "/never", "/adds", "/first"]


async def test_two_that_never_agree_end(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    for name in ("a", "b"):
        hooks.answers[f"/{name}"] = lambda review, name=name: patch(
            {"op": "add", "path": "/data", "value": {"who": name}}
        )
    await configure(api, "mutating", "m", *(webhook(hooks, f"/{name}", reinvocationPolicy="IfNeeded") for name in "ab"))
    assert (await api.post(MAPS, json=config_map())).json()["data"] == {"who": "b"}
    assert len(hooks.seen) == 4


async def test_connections(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CONNECT"], "resources": ["pods/*"]}
    hooks.answers["/no"] = lambda review: {"allowed": False, "status": {"message": "going there is not allowed"}}
    await configure(api, "validating", "v", webhook(hooks, "/no", rules=[rule]))
    answer = await api.get("/api/v1/namespaces/default/pods/p/proxy/a/b")
    assert answer.status_code == 400 and "going there is not allowed" in answer.text
    asked = hooks.seen[0]["request"]
    assert asked["operation"] == "CONNECT" and asked["subResource"] == "proxy" and asked["name"] == "p"
    assert asked["kind"] == {"group": "", "version": "v1", "kind": "PodProxyOptions"}
    assert asked["object"] == {"kind": "PodProxyOptions", "apiVersion": "v1", "path": "/a/b"}
    assert asked["options"] is None


async def test_dry_runs_are_told_and_connections_kept(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    hooks.answers["/see"] = lambda review: {"allowed": True, "warnings": ["w"], "auditAnnotations": {"k": "v"}}
    await configure(api, "validating", "v", webhook(hooks, "/see"))
    answer = await api.post(f"{MAPS}?dryRun=All", json=config_map())
    assert answer.status_code == 201 and answer.headers["warning"] == '299 - "w"'
    assert hooks.seen[0]["request"]["dryRun"] is True
    assert hooks.seen[0]["request"]["options"]["dryRun"] == ["All"]


async def test_a_service_is_asked_under_its_own_name(
    server: APIServer, api: httpx.AsyncClient, hooks: WebhookServer
) -> None:
    spec = {"clusterIP": "None", "ports": [{"name": "https", "port": 8443}]}
    created = await api.post("/api/v1/namespaces/default/services", json={"metadata": {"name": "hook"}, "spec": spec})
    assert created.status_code == 201
    missing = {"service": {"namespace": "default", "name": "gone"}}
    here = {"service": {"namespace": "default", "name": "hook", "port": 8443, "path": "/in"}, "caBundle": hooks.bundle}
    hooks.answers["/in"] = lambda review: {"allowed": False}
    await configure(api, "validating", "v", webhook(hooks, "/in", clientConfig=here))
    nobody = await api.post(MAPS, json=config_map())
    assert 'no endpoints available for service "hook"' in nobody.json()["message"]
    endpoints = {
        "metadata": {"name": "hook-1", "labels": {"kubernetes.io/service-name": "hook"}},
        "addressType": "IPv4",
        "ports": [{"name": "https", "port": hooks.port}],
        "endpoints": [{"addresses": ["127.0.0.1"]}],
    }
    # Addresses of loopback are refused to clients: this one is for the test's server.
    made = msgspec.json.decode(msgspec.json.encode(endpoints), type=EndpointSlice)
    made.metadata.namespace = "default"
    await server.objects.create(made)
    answer = await api.post(MAPS, json=config_map())
    assert answer.status_code == 400, answer.text
    assert hooks.seen[0]["host"] == "hook.default.svc:8443" and hooks.seen[0]["path"] == "/in"
    await configure(api, "validating", "a", webhook(hooks, "/gone", clientConfig=missing))
    gone = await api.post(MAPS, json=config_map())
    assert 'Post "https://gone.default.svc:443/?timeout=10s": service "gone" not found' in gone.text.replace("\\", "")


async def test_plugins_can_be_switched_off(tmp_path: Path, hooks: WebhookServer) -> None:
    settings = AdmissionSettings(enable=("MutatingAdmissionWebhook",), disable=("ValidatingAdmissionWebhook",))
    made = APIServer(await SQLiteStore.open(str(tmp_path / "db2")), AuthSettings(), admission=settings)
    await made.start()
    hooks.answers["/deny"] = lambda review: {"allowed": False}
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(made), base_url="http://api") as api:
            await configure(api, "validating", "v", webhook(hooks, "/deny"))
            assert (await api.post(MAPS, json=config_map())).status_code == 201
            await configure(api, "mutating", "m", webhook(hooks, "/deny"))
            assert (await api.post(MAPS, json=config_map("d"))).status_code == 400
    finally:
        await made.stop()


async def test_warnings_cannot_add_headers(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    hooks.answers["/w"] = lambda review: {"allowed": True, "warnings": ["a\r\nset-cookie: b", "c"]}
    await configure(api, "validating", "v", webhook(hooks, "/w"))
    answer = await api.post(MAPS, json=config_map())
    assert answer.headers["warning"] == '299 - "c"' and "set-cookie" not in answer.headers
