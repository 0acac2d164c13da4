"""What the audit log says of requests: their stages, their answers, and nothing else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from apiserver.app import APIServer
from apiserver.auth.setup import AuthSettings
from apiserver.chain.flags import RequestSettings
from apiserver.storage.sqlite import SQLiteStore

MAPS = "/api/v1/namespaces/default/configmaps"
POLICY = """
apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- {level: RequestResponse, resources: [{group: "", resources: [configmaps]}]}
- {level: Metadata, omitStages: [ResponseStarted, RequestReceived], resources: [{group: "", resources: [secrets]}]}
- {level: Metadata}
"""
RECEIVED, STARTED, COMPLETE = "RequestReceived", "ResponseStarted", "ResponseComplete"


class Audited:
    """A server that keeps a log; `events` ends it and tells what is in the log of the requests with that id."""

    def __init__(self, server: APIServer, client: httpx.AsyncClient, log: Path) -> None:
        self.client = client
        self._server = server
        self._log = log

    async def events(self, *identifiers: str) -> dict[str, list[dict[str, Any]]]:
        await self._server.stop()
        found: dict[str, list[dict[str, Any]]] = {identifier: [] for identifier in identifiers}
        for line in self._log.read_text().splitlines():
            event = json.loads(line)
            if event["auditID"] in found:
                found[event["auditID"]].append(event)
        return found


@pytest.fixture
async def audited(tmp_path: Path) -> AsyncIterator[Audited]:
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "tokens.csv").write_text('t,admin,1,"system:masters"\n')
    requests = RequestSettings(audit_policy=str(tmp_path / "policy.yaml"), audit_log=str(tmp_path / "audit.log"))
    settings = AuthSettings(authorization_mode=("RBAC",), token_auth_file=str(tmp_path / "tokens.csv"))
    server = APIServer(await SQLiteStore.open(str(tmp_path / "db")), settings, requests=requests)
    await server.start()
    headers = {"authorization": "Bearer t"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(server), base_url="http://api", headers=headers
    ) as client:
        yield Audited(server, client, tmp_path / "audit.log")


def stages(events: list[dict[str, Any]]) -> list[str]:
    return [event["stage"] for event in events]


async def test_what_runs_long_is_told_when_it_begins(audited: Audited) -> None:
    asked = {
        "watch": f"{MAPS}?watch=1&timeoutSeconds=1",
        "bad": f"{MAPS}?watch=1&resourceVersion=x",
        "omitted": "/api/v1/secrets?watch=1&timeoutSeconds=1",
        "proxy": "/api/v1/namespaces/default/pods/none/proxy/",
        "list": MAPS,
    }
    for identifier, path in asked.items():
        await audited.client.get(path, headers={"audit-id": identifier})
    found = await audited.events(*asked)
    assert stages(found["watch"]) == [RECEIVED, STARTED, COMPLETE]
    started = found["watch"][1]
    assert started["responseStatus"] == {"metadata": {}, "code": 200}
    assert started["annotations"]["authorization.k8s.io/decision"] == "allow"
    assert stages(found["bad"]) == [RECEIVED, STARTED, COMPLETE]
    assert found["bad"][1]["responseStatus"]["code"] == 500
    assert stages(found["omitted"]) == [COMPLETE]
    assert stages(found["proxy"]) == [RECEIVED, STARTED, COMPLETE]
    assert found["proxy"][1]["responseStatus"]["reason"] == "NotFound"
    assert stages(found["list"]) == [RECEIVED, COMPLETE]


async def test_who_is_not_known_is_told_of_at_once(audited: Audited) -> None:
    answer = await audited.client.get(f"{MAPS}/x", headers={"authorization": "Bearer no", "audit-id": "n" * 90})
    assert answer.status_code == 401 and answer.headers["audit-id"] == "n" * 90
    (event,) = (await audited.events("n" * 90))["n" * 90]
    assert (event["stage"], event["level"], event["user"]) == (STARTED, "RequestResponse", {})
    assert event["objectRef"] == {"resource": "configmaps", "namespace": "default", "name": "x", "apiVersion": "v1"}
    assert event["responseStatus"] == {
        "metadata": {}, "status": "Failure", "message": "Unauthorized", "reason": "Unauthorized", "code": 401,
    }  # fmt: skip


async def test_objects_of_every_verb(audited: Audited) -> None:
    client = audited.client
    big = {"metadata": {"name": "big"}, "data": {"k": "x" * 200_000}}
    await client.post(MAPS, json=big, headers={"audit-id": "create"})
    await client.get(MAPS, headers={"audit-id": "list"})
    merge = {"content-type": "application/merge-patch+json", "audit-id": "patch"}
    await client.patch(f"{MAPS}/big", content='{"data":\n{"n":"1"}}', headers=merge)
    forged = b'{}}\n{"auditID":"patch","stage":"forged"}'
    await client.patch(f"{MAPS}/big", content=forged, headers={**merge, "audit-id": "forged"})
    applied = {"content-type": "application/apply-patch+yaml", "audit-id": "apply"}
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: big\n"
    await client.patch(f"{MAPS}/big?fieldManager=m", content=config, headers=applied)
    options = {"gracePeriodSeconds": 3}
    await client.request("DELETE", f"{MAPS}/big", json=options, headers={"audit-id": "delete"})
    found = {
        identifier: events[-1]
        for identifier, events in (await audited.events("create", "list", "patch", "forged", "apply", "delete")).items()
    }
    assert {event["stage"] for event in found.values()} == {COMPLETE}
    assert len(found["list"]["responseObject"]["items"][0]["data"]["k"]) == 200_000
    assert found["patch"]["requestObject"] == {"data": {"n": "1"}}
    assert found["forged"]["requestObject"] == forged.decode()
    assert found["apply"]["requestObject"]["metadata"] == {"name": "big"}
    assert found["delete"]["requestObject"]["gracePeriodSeconds"] == 3
    status = found["delete"]["responseStatus"]
    assert (status["status"], status["code"], status["details"]["name"]) == ("Success", 200, "big")
    assert "kind" not in status
