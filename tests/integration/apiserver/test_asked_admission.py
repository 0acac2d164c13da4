"""What is asked and never stored goes through admission: webhooks see and change it; policies leave reviews alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from apiserver.app import APIServer
from apiserver.auth.setup import AuthSettings
from apiserver.storage.sqlite import SQLiteStore
from minik8s import pki
from tests.support.webhook_server import WebhookServer, patch

GROUP = "/apis/admissionregistration.k8s.io/v1"
DEFAULT = "/api/v1/namespaces/default"
EVERYTHING = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["CREATE"], "resources": ["*/*"]}
LOGIN, ACCESS = "/apis/authentication.k8s.io/v1", "/apis/authorization.k8s.io/v1"
ATTRIBUTES = {"resourceAttributes": {"verb": "get", "resource": "pods", "namespace": "default"}}
REVIEWS: dict[str, tuple[str, dict[str, Any]]] = {
    "TokenReview": (f"{LOGIN}/tokenreviews", {"token": "x"}),
    "SelfSubjectReview": (f"{LOGIN}/selfsubjectreviews", {}),
    "SubjectAccessReview": (f"{ACCESS}/subjectaccessreviews", {"user": "u", **ATTRIBUTES}),
    "LocalSubjectAccessReview": (
        f"{ACCESS}/namespaces/default/localsubjectaccessreviews",
        {"user": "u", **ATTRIBUTES},
    ),
    "SelfSubjectAccessReview": (f"{ACCESS}/selfsubjectaccessreviews", ATTRIBUTES),
    "SelfSubjectRulesReview": (f"{ACCESS}/selfsubjectrulesreviews", {"namespace": "default"}),
}
OTHERS: dict[str, tuple[str, dict[str, Any], str]] = {
    "TokenRequest": (f"{DEFAULT}/serviceaccounts/default/token", {"spec": {}}, "authentication.k8s.io"),
    "Binding": (f"{DEFAULT}/pods/a/binding", {"metadata": {"name": "a"}, "target": {"name": "n"}}, ""),
    "Eviction": (f"{DEFAULT}/pods/a/eviction", {"metadata": {"name": "a"}}, "policy"),
}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    pki.ensure_service_account_keys(tmp_path)
    settings = AuthSettings(
        service_account_issuer=("https://x",),
        service_account_key_file=(str(tmp_path / "sa.pub"),),
        service_account_signing_key_file=str(tmp_path / "sa.key"),
    )
    server = APIServer(await SQLiteStore.open(str(tmp_path / "db")), settings)
    await server.start()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://api") as client:
        await client.post(f"{DEFAULT}/serviceaccounts", json={"metadata": {"name": "default"}})
        pod = {"metadata": {"name": "a"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
        assert (await client.post(f"{DEFAULT}/pods", json=pod)).status_code == 201
        yield client
    await server.stop()


@pytest.fixture
async def hooks(tmp_path: Path) -> AsyncIterator[WebhookServer]:
    made = WebhookServer(tmp_path)
    await made.start()
    yield made
    await made.stop()


async def configure(api: httpx.AsyncClient, hooks: WebhookServer, kind: str, path: str) -> None:
    hook = {
        "name": f"{path[1:]}.example.com", "clientConfig": hooks.config(path), "rules": [EVERYTHING],
        "sideEffects": "None", "admissionReviewVersions": ["v1"],
    }  # fmt: skip
    body = {"metadata": {"name": path[1:]}, "webhooks": [hook]}
    assert (await api.post(f"{GROUP}/{kind}webhookconfigurations", json=body)).status_code == 201


@pytest.mark.parametrize("kind", [*REVIEWS, *OTHERS])
async def test_webhooks_are_asked_of_all_of_it(api: httpx.AsyncClient, hooks: WebhookServer, kind: str) -> None:
    hooks.answers["/refuse"] = lambda review: {"allowed": False, "status": {"message": "not you", "code": 403}}
    await configure(api, hooks, "validating", "/refuse")
    path, body, group = OTHERS[kind] if kind in OTHERS else (REVIEWS[kind][0], {"spec": REVIEWS[kind][1]}, None)
    answer = await api.post(path, json=body)
    assert (answer.status_code, answer.json()["message"]) == (
        403,
        'admission webhook "refuse.example.com" denied the request: not you',
    )
    seen = hooks.seen[-1]["request"]
    assert seen["kind"]["kind"] == seen["object"]["kind"] == kind and seen["operation"] == "CREATE"
    if group is not None:
        assert seen["kind"]["group"] == group
        assert seen["resource"]["group"] == "" and seen["name"] in ("a", "default")
    else:
        assert seen["resource"]["group"] == seen["kind"]["group"] != ""
        assert seen["resource"]["resource"] == path.rpartition("/")[2]


async def test_webhooks_change_what_is_asked(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    hooks.answers["/turn"] = lambda review: patch(
        {"op": "replace", "path": "/spec/user", "value": "somebody-else"},
        {"op": "add", "path": "/spec/groups", "value": ["system:masters"]},
    )
    await configure(api, hooks, "mutating", "/turn")
    path, spec = REVIEWS["SubjectAccessReview"]
    answer = (await api.post(path, json={"spec": spec})).json()
    assert answer["spec"]["user"] == "somebody-else" and answer["status"]["allowed"] is True


async def test_a_pod_is_bound_to_where_a_webhook_says(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    hooks.answers["/elsewhere"] = lambda review: patch({"op": "replace", "path": "/target/name", "value": "other"})
    await configure(api, hooks, "mutating", "/elsewhere")
    path, body, _ = OTHERS["Binding"]
    assert (await api.post(path, json=body)).status_code == 201
    assert (await api.get(f"{DEFAULT}/pods/a")).json()["spec"]["nodeName"] == "other"


async def test_a_pod_is_evicted_as_a_webhook_says(api: httpx.AsyncClient, hooks: WebhookServer) -> None:
    hooks.answers["/only-try"] = lambda review: patch(
        {"op": "add", "path": "/deleteOptions", "value": {"dryRun": ["All"]}}
    )
    await configure(api, hooks, "mutating", "/only-try")
    path, body, _ = OTHERS["Eviction"]
    assert (await api.post(path, json=body)).status_code == 201
    assert (await api.get(f"{DEFAULT}/pods/a")).status_code == 200


async def test_who_judges_an_eviction_sees_whether_it_is_only_tried(
    api: httpx.AsyncClient, hooks: WebhookServer
) -> None:
    hooks.answers["/see"] = lambda review: {"allowed": True}
    await configure(api, hooks, "validating", "/see")
    path, body, _ = OTHERS["Eviction"]
    sent = {**body, "deleteOptions": {"gracePeriodSeconds": 0}}
    assert (await api.post(f"{path}?dryRun=All", json=sent)).status_code == 201
    seen = hooks.seen[-1]["request"]
    assert seen["dryRun"] is True and seen["object"]["deleteOptions"]["dryRun"] == ["All"]


async def test_policies_leave_reviews_alone_and_see_the_rest(api: httpx.AsyncClient) -> None:
    spec = {
        "matchConstraints": {"resourceRules": [EVERYTHING]},
        "validations": [{"expression": "object.kind == 'ValidatingAdmissionPolicyBinding'", "message": "never"}],
    }
    await api.post(f"{GROUP}/validatingadmissionpolicies", json={"metadata": {"name": "p"}, "spec": spec})
    bound = {"policyName": "p", "validationActions": ["Deny"]}
    await api.post(f"{GROUP}/validatingadmissionpolicybindings", json={"metadata": {"name": "p"}, "spec": bound})
    for kind, (path, body) in REVIEWS.items():
        assert (await api.post(path, json={"spec": body})).status_code == 201, kind
    for kind, (path, sent, _) in OTHERS.items():
        answer = await api.post(path, json=sent)
        assert answer.status_code == 422 and answer.json()["message"].endswith("never"), (kind, answer.text)


async def test_a_binding_names_its_pod(api: httpx.AsyncClient) -> None:
    answer = await api.post(f"{DEFAULT}/pods/a/binding", json={"target": {"name": "n"}})
    assert (answer.status_code, answer.json()["message"]) == (400, "name in URL does not match name in Binding object")


async def test_a_token_may_be_asked_of_one_account_only(api: httpx.AsyncClient) -> None:
    accounts = f"{DEFAULT}/serviceaccounts"
    uid = (await api.post(accounts, json={"metadata": {"name": "a"}})).json()["metadata"]["uid"]
    refused = await api.post(f"{accounts}/a/token", json={"metadata": {"uid": "other"}, "spec": {}})
    assert (refused.status_code, refused.json()["message"]) == (
        409,
        'Operation cannot be fulfilled on TokenRequest.authentication.k8s.io "a": the UID in the token request (other) '
        f"does not match the UID of the service account ({uid})",
    )
    given = await api.post(f"{accounts}/a/token", json={"metadata": {"uid": uid}, "spec": {}})
    assert (given.status_code, given.json()["spec"]["expirationSeconds"]) == (201, 3600)
