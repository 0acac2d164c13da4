"""Refusals, and answers that are none: webhooks that lie, hang, or are not there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web

from tests.support.webhook_requests import ALLOW, MAPS, config_map, configure, webhook
from tests.support.webhook_server import WebhookServer, patch


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
    await configure(api, "validating", "v", webhook(hooks, "/slow", timeoutSeconds=3))
    held = asyncio.ensure_future(api.post(MAPS, json=config_map()))
    other = await api.post("/api/v1/namespaces/default/secrets", json={"metadata": {"name": "s"}})
    assert other.status_code == 201 and not held.done()
    answer = await held
    message = answer.json()["message"]
    assert answer.status_code == 500 and message.endswith('/slow?timeout=3s": context deadline exceeded'), message


async def test_warnings_cannot_add_headers(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    hooks.answers["/w"] = lambda review: {"allowed": True, "warnings": ["a\r\nset-cookie: b", "c"]}
    await configure(api, "validating", "v", webhook(hooks, "/w"))
    answer = await api.post(MAPS, json=config_map())
    assert answer.headers["warning"] == '299 - "c"' and "set-cookie" not in answer.headers
