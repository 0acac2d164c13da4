"""Who may write roles and bindings may still not grant what they do not hold, whichever verb they use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from apiserver.app import APIServer
from apiserver.auth.setup import AuthSettings
from apiserver.storage.sqlite import SQLiteStore

RBAC = "/apis/rbac.authorization.k8s.io/v1"
ROLES, BINDINGS = f"{RBAC}/namespaces/default/roles", f"{RBAC}/namespaces/default/rolebindings"
SECRETS = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}]
WRITER = [
    {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["*"], "verbs": ["get", "create", "update", "patch"]}
]
ADMIN = {"Authorization": "Bearer admin"}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A server in which `carol` may write roles and bindings, and nothing else; requests are hers."""
    tokens = tmp_path / "tokens"
    tokens.write_text("admin,admin,1,system:masters\ncarol,carol,2\n")
    settings = AuthSettings(token_auth_file=str(tokens), authorization_mode=("RBAC",))
    server = APIServer(await SQLiteStore.open(str(tmp_path / "db")), settings)
    await server.start()
    transport, hers = httpx.ASGITransport(server), {"Authorization": "Bearer carol"}
    async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=hers) as client:
        for path, body in (
            (f"{RBAC}/clusterroles", {"metadata": {"name": "writer"}, "rules": WRITER}),
            (f"{RBAC}/clusterrolebindings", binding("writer", "carol")),
            (ROLES, {"metadata": {"name": "mine"}, "rules": WRITER}),
            (ROLES, {"metadata": {"name": "strong"}, "rules": SECRETS}),
        ):
            answer = await client.post(path, json=body, headers=ADMIN)
            assert answer.status_code == 201, answer.text
        yield client
    await server.stop()


def binding(role: str, user: str, kind: str = "ClusterRole") -> dict[str, Any]:
    return {
        "metadata": {"name": f"{role}-{user}"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
    }


async def test_no_verb_grants_more_than_its_user_holds(api: httpx.AsyncClient) -> None:
    body = {"metadata": {"name": "esc"}, "rules": SECRETS}
    merge, apply = "application/merge-patch+json", "application/apply-patch+yaml"
    typed = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", **body}
    answers = [
        await api.post(ROLES, json=body),
        await api.post(ROLES, json=body, params={"dryRun": "All"}),
        await api.put(f"{ROLES}/esc", json=body),
        await api.put(f"{ROLES}/mine", json={"metadata": {"name": "mine"}, "rules": SECRETS}),
        await api.patch(f"{ROLES}/mine", json={"rules": SECRETS}, headers={"Content-Type": merge}),
        await api.patch(f"{ROLES}/esc", json=typed, params={"fieldManager": "m"}, headers={"Content-Type": apply}),
        await api.post(BINDINGS, json=binding("cluster-admin", "carol")),
        await api.post(f"{RBAC}/clusterrolebindings", json=binding("cluster-admin", "carol")),
    ]
    for answer in answers:
        assert answer.status_code == 403, answer.text
        assert 'user "carol" (groups=["system:authenticated"]) is attempting to grant' in answer.json()["message"]
    assert (await api.get(f"{ROLES}/esc")).status_code == 404
    assert (await api.get(f"{ROLES}/mine")).json()["rules"] == WRITER


async def test_what_its_user_holds_may_be_granted(api: httpx.AsyncClient) -> None:
    for path, body in (
        (ROLES, {"metadata": {"name": "copy"}, "rules": WRITER}),
        (BINDINGS, binding("writer", "dave")),
        (BINDINGS, binding("mine", "dave", "Role")),
    ):
        assert (await api.post(path, json=body)).status_code == 201
    assert (await api.post(BINDINGS, json=binding("nowhere", "dave", "Role"))).status_code == 404
    unknown = (await api.post(BINDINGS, json=binding("writer", "dave", "Nope"))).json()
    assert unknown["message"] == 'unsupported role reference kind: "Nope"'
    assert (unknown["code"], unknown.get("reason"), unknown.get("details")) == (500, None, None)
    # Nothing is granted by a change of what the garbage collector works with.
    body = {"metadata": {"finalizers": ["example.com/x"]}}
    headers = {"Content-Type": "application/merge-patch+json"}
    assert (await api.patch(f"{ROLES}/strong", json=body, headers=headers)).status_code == 200
