"""What webhooks make of an object, and what they may not."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from apiserver.app import APIServer
from tests.support.webhook_requests import ALLOW, MAPS, config_map, configure, webhook
from tests.support.webhook_server import WebhookServer, patch


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
