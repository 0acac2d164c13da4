"""What webhooks are shown of a request."""

from __future__ import annotations

import httpx

from tests.support.webhook_requests import ALLOW, MAPS, SUBRESOURCES, config_map, configure, webhook
from tests.support.webhook_server import WebhookServer, patch


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
