"""Webhook configurations and requests for tests of a whole server."""

from __future__ import annotations

from typing import Any

import httpx

from tests.support.webhook_server import WebhookServer

ALLOW: dict[str, Any] = {"allowed": True}
CONFIGMAPS = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["configmaps"]}
GROUP = "/apis/admissionregistration.k8s.io/v1"
MAPS = "/api/v1/namespaces/default/configmaps"
SUBRESOURCES = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"]}


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
