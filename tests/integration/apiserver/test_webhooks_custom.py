"""Webhooks and policies about custom resources."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web

from apiserver.app import APIServer
from tests.support.webhook_server import WebhookServer, patch

GROUP = "/apis/admissionregistration.k8s.io/v1"
TABS = "/apis/stable.example.com/v1/namespaces/default/crontabs"
RULE = {"apiGroups": ["stable.example.com"], "apiVersions": ["v1"], "operations": ["*"], "resources": ["crontabs"]}


async def settled(server: APIServer) -> None:
    """Wait until definitions are served as they were written."""
    await server.core.cacher.fresh()
    await server.core.definitions.settled()


@pytest.fixture
async def api(server: APIServer) -> AsyncIterator[httpx.AsyncClient]:
    properties = {
        "spec": {"type": "object", "properties": {"a": {"type": "string"}, "n": {"type": "integer", "default": 3}}}
    }
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "properties": properties}},
    }
    spec = {
        "group": "stable.example.com",
        "scope": "Namespaced",
        "names": {"plural": "crontabs", "kind": "CronTab", "singular": "crontab"},
        "versions": [version, {**version, "name": "v2", "storage": False}],
    }
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://api") as client:
        body = {"metadata": {"name": "crontabs.stable.example.com"}, "spec": spec}
        made = await client.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", json=body)
        assert made.status_code == 201, made.text
        async with asyncio.timeout(30):
            while (await client.get(TABS)).status_code != 200:
                await asyncio.sleep(0.02)
        yield client


@pytest.fixture
async def hooks(tmp_path: Path) -> AsyncIterator[WebhookServer]:
    made = WebhookServer(tmp_path)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


def tab(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "stable.example.com/v1", "kind": "CronTab", "metadata": {"name": "t"}, "spec": spec}


async def test_webhooks_change_custom_objects_and_they_are_pruned_and_defaulted(
    api: httpx.AsyncClient, hooks: WebhookServer
) -> None:
    hooks.answers["/m"] = lambda review: patch(
        {"op": "add", "path": "/spec/a", "value": "b"}, {"op": "add", "path": "/spec/unknown", "value": "x"}
    )
    webhook = {
        "name": "m.example.com",
        "clientConfig": hooks.config("/m"),
        "rules": [RULE],
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    body = {"metadata": {"name": "m"}, "webhooks": [webhook]}
    assert (await api.post(f"{GROUP}/mutatingwebhookconfigurations", json=body)).status_code == 201
    answer = await api.post(TABS, json=tab())
    assert answer.status_code == 201, answer.text
    assert answer.json()["spec"] == {"a": "b", "n": 3}
    asked = hooks.seen[0]["request"]
    assert asked["kind"] == {"group": "stable.example.com", "version": "v1", "kind": "CronTab"}
    assert asked["object"]["spec"] == {"n": 3}


async def test_policies_judge_and_change_custom_objects(api: httpx.AsyncClient) -> None:
    spec = {"matchConstraints": {"resourceRules": [RULE]}, "validations": [{"expression": "object.spec.n < 5"}]}
    made = await api.post(f"{GROUP}/validatingadmissionpolicies", json={"metadata": {"name": "v"}, "spec": spec})
    assert made.status_code == 201, made.text
    bound = {"policyName": "v", "validationActions": ["Deny"]}
    await api.post(f"{GROUP}/validatingadmissionpolicybindings", json={"metadata": {"name": "v"}, "spec": bound})
    assert (await api.post(TABS, json=tab(n=7))).status_code == 422
    mutation = {
        "patchType": "ApplyConfiguration",
        "applyConfiguration": {"expression": "Object{spec: Object.spec{a: 'made'}}"},
    }
    spec = {
        "matchConstraints": {"resourceRules": [RULE]},
        "mutations": [mutation],
        "reinvocationPolicy": "Never",
    }
    made = await api.post(f"{GROUP}/mutatingadmissionpolicies", json={"metadata": {"name": "m"}, "spec": spec})
    assert made.status_code == 201, made.text
    await api.post(
        f"{GROUP}/mutatingadmissionpolicybindings", json={"metadata": {"name": "m"}, "spec": {"policyName": "m"}}
    )
    answer = await api.post(TABS, json=tab(n=4))
    assert answer.status_code == 201, answer.text
    assert answer.json()["spec"] == {"a": "made", "n": 4}


async def test_another_version_of_a_custom_object_is_converted(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    hooks.answers["/m"] = lambda review: patch({"op": "add", "path": "/spec/a", "value": "b"})
    webhook = {
        "name": "m.example.com",
        "clientConfig": hooks.config("/m"),
        "rules": [RULE],
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    body = {"metadata": {"name": "m"}, "webhooks": [webhook]}
    assert (await api.post(f"{GROUP}/mutatingwebhookconfigurations", json=body)).status_code == 201
    sent = {**tab(n=1), "apiVersion": "stable.example.com/v2"}
    answer = await api.post(TABS.replace("/v1/", "/v2/"), json=sent)
    assert answer.status_code == 201, answer.text
    assert answer.json()["spec"] == {"a": "b", "n": 1} and answer.json()["apiVersion"] == "stable.example.com/v2"
    asked = hooks.seen[0]["request"]
    assert asked["object"]["apiVersion"] == "stable.example.com/v1" and asked["requestKind"]["version"] == "v2"


async def test_fields_that_another_version_does_not_have_are_shown_and_come_back(
    server: APIServer, api: httpx.AsyncClient, hooks: WebhookServer
) -> None:
    url = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/crontabs.stable.example.com"
    text, count = {"type": "string"}, {"type": "integer"}
    old = {"type": "object", "properties": {"a": text, "replicas": count}}
    new = {"type": "object", "properties": {**old["properties"], "later": text}}  # type: ignore[dict-item]
    scale = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}
    shared = {"served": True, "subresources": {"scale": scale}}
    versions = [
        {**shared, "name": name, "storage": stored, "schema": {"openAPIV3Schema": {"type": "object", "properties": of}}}
        for name, stored, of in (("v1", False, {"spec": old}), ("v2", True, {"spec": new}))
    ]
    merge = {"content-type": "application/merge-patch+json"}
    assert (await api.patch(url, json={"spec": {"versions": versions}}, headers=merge)).status_code == 200
    await settled(server)
    hooks.answers["/m"] = lambda review: (
        {"allowed": True}
        if review["request"].get("subResource")
        else patch({"op": "add", "path": "/spec/a", "value": "b"})
    )
    webhook = {
        "name": "m.example.com",
        "clientConfig": hooks.config("/m"),
        "rules": [{**RULE, "resources": ["crontabs", "crontabs/scale"]}],
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    body = {"metadata": {"name": "m"}, "webhooks": [webhook]}
    assert (await api.post(f"{GROUP}/mutatingwebhookconfigurations", json=body)).status_code == 201
    sent = {**tab(later="x"), "apiVersion": "stable.example.com/v2"}
    answer = await api.post(TABS.replace("/v1/", "/v2/"), json=sent)
    assert answer.status_code == 201 and answer.json()["spec"] == {"a": "b", "later": "x"}, answer.text
    assert hooks.seen[0]["request"]["object"]["spec"] == {"later": "x"}
    scaled = await api.patch(TABS.replace("/v1/", "/v2/") + "/t/scale", json={"spec": {"replicas": 2}}, headers=merge)
    assert scaled.status_code == 200, scaled.text
    asked = hooks.seen[1]["request"]
    assert (asked["resource"]["version"], asked["requestResource"]["version"]) == ("v1", "v2")
    assert asked["kind"] == {"group": "autoscaling", "version": "v1", "kind": "Scale"}


async def test_validating_webhooks_see_what_the_stored_version_will_not_keep(
    server: APIServer, api: httpx.AsyncClient, hooks: WebhookServer
) -> None:
    url = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/crontabs.stable.example.com"
    made = (await api.get(url)).json()
    inside = made["spec"]["versions"][1]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    inside["later"] = {"type": "string"}
    merge = {"content-type": "application/merge-patch+json"}
    changed = await api.patch(url, json={"spec": {"versions": made["spec"]["versions"]}}, headers=merge)
    assert changed.status_code == 200, changed.text
    await settled(server)
    hooks.answers["/v"] = lambda review: {"allowed": True}
    webhook = {
        "name": "v.example.com",
        "clientConfig": hooks.config("/v"),
        "rules": [{**RULE, "apiVersions": ["v2"]}],
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    body = {"metadata": {"name": "v"}, "webhooks": [webhook]}
    assert (await api.post(f"{GROUP}/validatingwebhookconfigurations", json=body)).status_code == 201
    sent = {**tab(later="x"), "apiVersion": "stable.example.com/v2"}
    answer = await api.post(TABS.replace("/v1/", "/v2/"), json=sent)
    assert answer.status_code == 201 and answer.json()["spec"] == {"n": 3}, answer.text
    assert hooks.seen[0]["request"]["object"]["spec"] == {"n": 3, "later": "x"}


async def test_a_conversion_webhook_is_asked_for_the_version_a_webhook_wants(
    server: APIServer, api: httpx.AsyncClient, hooks: WebhookServer
) -> None:
    def convert(review: dict[str, Any]) -> Any:
        asked = review["request"]
        made = [{**each, "apiVersion": asked["desiredAPIVersion"]} for each in asked["objects"]]
        response = {"uid": asked["uid"], "convertedObjects": made, "result": {"status": "Success"}}
        document = {"apiVersion": review["apiVersion"], "kind": "ConversionReview", "response": response}
        return web.json_response(document)

    hooks.answers["/convert"] = convert
    config = {"clientConfig": hooks.config("/convert"), "conversionReviewVersions": ["v1"]}
    change = {"spec": {"conversion": {"strategy": "Webhook", "webhook": config}}}
    url = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/crontabs.stable.example.com"
    merge = {"content-type": "application/merge-patch+json"}
    changed = await api.patch(url, json=change, headers=merge)
    assert changed.status_code == 200, changed.text
    await settled(server)
    hooks.answers["/m"] = lambda review: patch({"op": "add", "path": "/spec/a", "value": "b"})
    for version in ("v1", "v2"):
        webhook = {
            "name": f"{version}.example.com",
            "clientConfig": hooks.config("/m"),
            "rules": [{**RULE, "apiVersions": [version]}],
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
        }
        body = {"metadata": {"name": version}, "webhooks": [webhook]}
        assert (await api.post(f"{GROUP}/mutatingwebhookconfigurations", json=body)).status_code == 201
    answer = await api.post(TABS, json=tab(n=1))
    assert answer.status_code == 201 and answer.json()["spec"] == {"a": "b", "n": 1}, answer.text
    shown = [seen["request"]["object"]["apiVersion"] for seen in hooks.seen if seen["path"] == "/m"]
    assert shown == ["stable.example.com/v1", "stable.example.com/v2"]
    assert any(seen["path"] == "/convert" for seen in hooks.seen)
