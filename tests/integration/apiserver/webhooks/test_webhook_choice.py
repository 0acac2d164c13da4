"""Which webhooks are asked about a request, and where they are found."""

from __future__ import annotations

from pathlib import Path

import httpx
import msgspec

from apiserver.app import APIServer
from apiserver.auth.setup import AuthSettings
from apiserver.flags import AdmissionSettings
from apiserver.storage.sqlite import SQLiteStore
from minik8s.api.discovery_v1 import EndpointSlice
from tests.support.webhook_requests import GROUP, MAPS, config_map, configure, webhook
from tests.support.webhook_server import WebhookServer


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
