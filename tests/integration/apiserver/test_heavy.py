"""Heavy requests carried out by a worker process, as if the server had done it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from apiserver import slow_kinds
from apiserver.app import APIServer
from apiserver.auth.setup import AuthSettings
from apiserver.chain.flags import RequestSettings
from apiserver.heavy.lane import Lane
from apiserver.registry.core.config_maps import STRATEGY
from apiserver.storage.setup import StorageSettings, open_store
from tests.support.webhook_server import WebhookServer, patch

MAPS = "/api/v1/namespaces/default/configmaps"
SECRETS = "/api/v1/namespaces/default/secrets"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
LARGE = {f"k{n}": "v" * 40 for n in range(4000)}
POLICY = """
apiVersion: audit.k8s.io/v1
kind: Policy
rules: [{level: RequestResponse, omitStages: [RequestReceived]}]
"""


def encryption(path: Path, *names: str) -> None:
    keys = [{"name": name, "secret": "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="} for name in names]
    document = {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "EncryptionConfiguration",
        "resources": [{"resources": ["secrets"], "providers": [{"aescbc": {"keys": keys}}]}],
    }
    path.write_text(yaml.safe_dump(document))


class Served:
    """A server with a lane, and a client of it."""

    def __init__(self, folder: Path, **times: float) -> None:
        self.folder = folder
        self.config = folder / "encryption.yaml"
        encryption(self.config, "one")
        (folder / "tokens.csv").write_text('t,admin,1,"system:masters"\nu,user,2\n')
        (folder / "policy.yaml").write_text(POLICY)
        self.lane = Lane(
            [
                *(sys.executable, "-m", "apiserver.heavy", f"--sqlite-path={folder}/nowhere/db"),
                *("--authorization-mode=RBAC", f"--token-auth-file={folder}/tokens.csv"),
            ],
            **times,
        )

    async def answers(self, path: str, code: int) -> None:
        """Wait until it does."""
        async with asyncio.timeout(30):
            while (await self.client.get(path)).status_code != code:
                await asyncio.sleep(0.02)

    async def start(self) -> None:
        where = StorageSettings(sqlite_path=str(self.folder / "db"), encryption_config=str(self.config))
        self.store: Any = await open_store(where)
        settings = AuthSettings(authorization_mode=("RBAC",), token_auth_file=str(self.folder / "tokens.csv"))
        audit = RequestSettings(audit_policy=str(self.folder / "policy.yaml"), audit_log=str(self.folder / "audit.log"))
        self.server = APIServer(self.store, settings, requests=audit, lane=self.lane)
        await self.server.start()
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.server),
            base_url="http://api",
            headers={"authorization": "Bearer t"},
            timeout=60,
        )

    async def stop(self) -> None:
        await self.client.aclose()
        await self.server.stop()

    def events(self, identifier: str) -> list[dict[str, Any]]:
        lines = (self.folder / "audit.log").read_text().splitlines()
        return [event for event in map(json.loads, lines) if event["auditID"] == identifier]


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    made = Served(tmp_path)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


async def test_the_answer_is_as_if_the_server_had_done_it(served: Served) -> None:
    client = served.client
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "here"}, "data": {"k": "v"}}
    small = await client.post(MAPS, json=body)
    assert small.status_code == 201 and not served.lane.pid
    body = {**body, "metadata": {"name": "there"}, "data": LARGE, "unknown": 1}
    made = await client.post(MAPS, json=body, headers={"audit-id": "made"})
    assert made.status_code == 201 and served.lane.pid, made.text
    assert made.json()["data"] == LARGE
    assert {*made.headers} >= {*small.headers} and made.headers["audit-id"] == "made"
    assert made.headers["warning"] == '299 - "unknown field \\"unknown\\""'
    # It can be read at once, its owners are known, and refusals are Kubernetes' own.
    read = (await client.get(f"{MAPS}/there")).json()
    assert read == made.json()
    assert [entry["operation"] for entry in read["metadata"]["managedFields"]] == ["Update"]
    again = await client.post(MAPS, json=body, headers={"audit-id": "again"})
    assert (again.status_code, again.json()["reason"]) == (409, "AlreadyExists")
    bad = await client.post(MAPS, json={**body, "metadata": {"name": "Bad"}})
    assert bad.status_code == 422 and bad.json()["details"]["causes"][0]["field"] == "metadata.name"
    denied = await client.post(MAPS, json=body, headers={"authorization": "Bearer u"})
    assert denied.status_code == 403 and 'User "user" cannot create' in denied.json()["message"]
    # A small patch of a large object is heavy too.
    merge = {"content-type": "application/merge-patch+json"}
    patched = await client.patch(f"{MAPS}/there", content='{"data":{"k0":"new"}}', headers=merge)
    assert patched.status_code == 200 and patched.json()["data"]["k0"] == "new"
    assert (await client.get(f"{MAPS}/there")).json() == patched.json()
    table = {"accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
    shown = await client.put(f"{MAPS}/there", json=patched.json(), headers=table)
    assert shown.json()["kind"] == "Table" and shown.json()["rows"][0]["cells"][1] == 4000
    gone = await client.delete(f"{MAPS}/there")
    assert gone.status_code == 200 and gone.json()["details"]["name"] == "there"
    assert (await client.get(f"{MAPS}/there")).status_code == 404


async def test_the_audit_log_tells_what_the_worker_did(served: Served) -> None:
    body = {"metadata": {"generateName": "g-"}, "data": LARGE}
    made = await served.client.post(MAPS, json=body, headers={"audit-id": "made"})
    name = made.json()["metadata"]["name"]
    body = {"metadata": {"name": "Bad"}, "data": LARGE}
    await served.client.post(MAPS, json=body, headers={"audit-id": "bad"})
    await served.server.stop()
    (event,) = served.events("made")
    assert event["objectRef"]["name"] == name and event["responseStatus"]["code"] == 201
    assert event["requestObject"]["data"] == LARGE and event["responseObject"]["data"] == LARGE
    assert event["annotations"]["authorization.k8s.io/decision"] == "allow"
    (event,) = served.events("bad")
    assert event["responseStatus"]["code"] == 422 and event["responseStatus"]["reason"] == "Invalid"


async def test_a_kind_made_just_now_is_known_there(served: Served) -> None:
    names = {"plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"}
    fields = {f"f{n}": {"type": "string", "maxLength": 5} for n in range(2000)}
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": fields}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    spec = {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]}
    made = await served.client.post(DEFINITIONS, json={"metadata": {"name": "things.example.com"}, "spec": spec})
    assert made.status_code == 201 and served.lane.pid, made.text
    thing = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    path = "/apis/example.com/v1/namespaces/default/things"
    await served.answers(path, 200)
    wrong = {**thing, "spec": {"f1": "too long"}, "metadata": {"name": "a", "annotations": {"a": "x" * 100_000}}}
    refused = await served.client.post(path, json=wrong)
    assert refused.status_code == 422 and "may not be more than 5 bytes" in refused.text
    wrong["spec"] = {"f1": "short"}
    taken = await served.client.post(path, json=wrong)
    assert taken.status_code == 201 and taken.json()["spec"] == {"f1": "short"}, taken.text
    assert (await served.client.get(f"{path}/a")).json() == taken.json()
    await served.client.delete(f"{DEFINITIONS}/things.example.com")
    await served.answers(path, 404)
    gone = await served.client.post(path, json=wrong)
    assert gone.status_code == 404


async def test_a_killed_worker_costs_its_requests_only(served: Served) -> None:
    await served.client.post(MAPS, json={"metadata": {"name": "a"}, "data": LARGE})
    first = served.lane.pid
    # Stopped rather than killed at first, so that the request is certain to be under way.
    os.kill(first, signal.SIGSTOP)
    waiting = asyncio.ensure_future(served.client.post(MAPS, json={"metadata": {"name": "b"}, "data": LARGE}))
    small = await served.client.post(MAPS, json={"metadata": {"name": "c"}})
    assert small.status_code == 201 and not waiting.done()
    os.kill(first, signal.SIGKILL)
    lost = await waiting
    assert lost.status_code == 500 and "has ended before it answered" in lost.json()["message"]
    again = await served.client.post(MAPS, json={"metadata": {"name": "b"}, "data": LARGE})
    assert again.status_code == 201 and served.lane.pid not in (0, first)


async def test_a_worker_that_hangs_is_ended(tmp_path: Path) -> None:
    served = Served(tmp_path, look_seconds=0.1, silent_seconds=0.5)
    await served.start()
    await served.client.post(MAPS, json={"metadata": {"name": "a"}, "data": LARGE})
    os.kill(served.lane.pid, signal.SIGSTOP)
    lost = await served.client.post(MAPS, json={"metadata": {"name": "b"}, "data": LARGE})
    assert lost.status_code == 500 and "has ended before it answered" in lost.json()["message"]
    again = await served.client.post(MAPS, json={"metadata": {"name": "b"}, "data": LARGE})
    assert again.status_code == 201
    await served.stop()


async def test_the_worker_ends_when_nothing_comes_and_with_the_server(tmp_path: Path) -> None:
    served = Served(tmp_path, idle_seconds=0.2)
    await served.start()
    await served.client.post(MAPS, json={"metadata": {"name": "a"}, "data": LARGE})
    pid = served.lane.pid
    assert pid
    for _ in range(500):
        if not served.lane.pid:
            break
        await asyncio.sleep(0.02)
    assert not served.lane.pid
    with pytest.raises(ProcessLookupError):
        for _ in range(500):
            os.kill(pid, 0)
            await asyncio.sleep(0.02)
    again = await served.client.post(MAPS, json={"metadata": {"name": "b"}, "data": LARGE})
    pid = served.lane.pid
    assert again.status_code == 201 and pid
    await served.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_without_a_worker_the_server_does_it_itself(tmp_path: Path) -> None:
    served = Served(tmp_path)
    served.lane._argv = ["/nowhere/python"]
    await served.start()
    made = await served.client.post(MAPS, json={"metadata": {"name": "a"}, "data": LARGE})
    assert made.status_code == 201 and not served.lane.pid
    await served.stop()


async def test_what_is_encrypted_in_an_old_form_is_written_anew(served: Served) -> None:
    made = await served.client.post(SECRETS, json={"metadata": {"name": "s"}, "stringData": LARGE})
    assert made.status_code == 201 and served.lane.pid, made.text

    async def stored() -> bytes:
        found = await served.store.inner.get("/registry/secrets/default/s")
        assert found is not None
        value: bytes = found.value
        return value

    assert (await stored()).startswith(b"k8s:enc:aescbc:v1:one:")
    same = await served.client.put(f"{SECRETS}/s", json=made.json())
    assert same.json() == made.json()
    encryption(served.config, "two", "one")
    await served.store.reload()
    await served.client.put(f"{SECRETS}/s", json=made.json())
    assert (await stored()).startswith(b"k8s:enc:aescbc:v1:two:")


async def test_a_kind_that_an_expression_makes_slow_goes_to_the_worker(served: Served) -> None:
    path = "/apis/admissionregistration.k8s.io/v1"
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["secrets"]}
    expression = "object.data.all(k, object.data.all(l, object.data.all(m, k + l + m != 'x')))"
    spec = {"matchConstraints": {"resourceRules": [rule]}, "validations": [{"expression": expression}]}
    await served.client.post(f"{path}/validatingadmissionpolicies", json={"metadata": {"name": "p"}, "spec": spec})
    bound = {"metadata": {"name": "p"}, "spec": {"policyName": "p", "validationActions": ["Deny"]}}
    await served.client.post(f"{path}/validatingadmissionpolicybindings", json=bound)
    body = {"metadata": {"name": "s"}, "stringData": {f"k{n}": "v" for n in range(300)}}
    first = await served.client.post(SECRETS, json=body)
    assert first.status_code == 422 and "cost" in first.json()["message"] and not served.lane.pid
    second = await served.client.post(SECRETS, json=body)
    assert served.lane.pid and second.json() == first.json()
    # It is counted where all requests are.
    metrics = (await served.client.get("/metrics")).text
    (line,) = [
        line for line in metrics.splitlines()
        if line.startswith("apiserver_validating_admission_policy_check_total") and 'policy="p"' in line
    ]  # fmt: skip
    assert line.endswith(" 2")


async def test_a_webhook_that_talks_much_makes_its_kind_slow(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    judge = STRATEGY.validate

    def judging(*given: Any) -> Any:
        seen.append(threading.current_thread() is threading.main_thread())
        return judge(*given)

    monkeypatch.setattr(STRATEGY, "validate", judging)
    hook = WebhookServer(served.folder)
    await hook.start()
    steps = [{"op": "add", "path": "/data", "value": {}}]
    steps += [{"op": "add", "path": f"/data/k{n}", "value": "v" * 40} for n in range(2000)]
    hook.answers["/talk"] = lambda review: patch(*steps)
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
    webhook = {
        "name": "talk.example.com",
        "clientConfig": hook.config("/talk"),
        "rules": [rule],
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
    }
    path = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
    try:
        await served.client.post(path, json={"metadata": {"name": "talk"}, "webhooks": [webhook]})
        first = await served.client.post(MAPS, json={"metadata": {"name": "a"}})
        assert first.status_code == 201 and len(first.json()["data"]) == 2000 and not served.lane.pid
        # What it made of the object was judged beside the loop already.
        assert seen == [False]
        now = time.monotonic()
        monkeypatch.setattr(slow_kinds, "_now", lambda: now + slow_kinds.SECONDS / 2)
        second = await served.client.post(MAPS, json={"metadata": {"name": "b"}})
        assert second.json()["data"] == first.json()["data"] and served.lane.pid
        # The worker found it slow too: the minute begins anew.
        monkeypatch.setattr(slow_kinds, "_now", lambda: now + slow_kinds.SECONDS * 1.2)
        third = await served.client.post(MAPS, json={"metadata": {"name": "c"}})
        assert third.json()["data"] == first.json()["data"] and seen == [False]
        monkeypatch.undo()
        metrics = (await served.client.get("/metrics")).text
    finally:
        await hook.stop()
    (line,) = [each for each in metrics.splitlines() if each.startswith("apiserver_admission_webhook_request_total{")]
    assert 'name="talk.example.com"' in line and line.endswith(" 3")
    # Steps of admission of both, and of the two configurations and the policy of nobody: counted once each.
    labels = 'operation="CREATE",rejected="false",type="admit"'
    admitted = f"apiserver_admission_step_admission_duration_seconds_count{{{labels}}}"
    (line,) = [each for each in metrics.splitlines() if each.startswith(admitted)]
    assert int(line.rpartition(" ")[2]) >= 3
