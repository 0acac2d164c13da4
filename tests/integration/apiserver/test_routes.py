"""Which paths and methods there are, and how the rest is refused, through the ASGI application."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from apiserver.app import APIServer
from apiserver.auth.setup import AuthSettings
from apiserver.chain.flags import RequestSettings
from apiserver.storage.sqlite import SQLiteStore

NOT_FOUND = "the server could not find the requested resource"
NOT_ALLOWED = "the server does not allow this method on the requested resource"


@pytest.fixture
async def client(tmp_path: Path) -> Any:
    requests = RequestSettings(address="10.9.9.9", port=7443)
    server = APIServer(await SQLiteStore.open(str(tmp_path / "db")), AuthSettings(), requests=requests)
    await server.start()
    headers = {"accept-encoding": "identity"}
    transport = httpx.ASGITransport(server)
    async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers) as client:
        yield client
    await server.stop()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("HEAD", "/api"),
        ("HEAD", "/version"),
        ("POST", "/version"),
        ("OPTIONS", "/apis/apps/v1"),
        ("POST", "/apis/apiregistration.k8s.io"),
        ("HEAD", "/api/v1/namespaces/default"),
        ("POST", "/api/v1/watch/pods"),
    ],
)
async def test_paths_of_kubernetes_own_kinds_are_for_their_methods_alone(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == 405
    if method != "HEAD":
        assert (answer.json()["message"], answer.json()["details"]) == (NOT_ALLOWED, {})


@pytest.mark.parametrize("path", ["/apis", "/apis/apps"])
async def test_lists_of_groups_answer_every_method(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.post(path)).json() == (await client.get(path)).json()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "path",
    ["/api/v1/pods/x", "/api/v1/namespaces/default/pods/x/status/y", "/api/v2", "/apis/apps/v2", "/version/x"],
)
async def test_a_path_that_is_not_there_is_not_found_whatever_the_method(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["message"]) == (404, NOT_FOUND)


@pytest.mark.parametrize("path", ["/apis/nope", "/apis/nope/v1", "/nope", "/healthz/", "/livez/ping/"])
async def test_what_no_group_owns_is_answered_in_plain_text(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.text) == (404, "404 page not found\n")
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_documents_end_a_line_and_those_that_are_no_objects_are_indented(client: httpx.AsyncClient) -> None:
    for path in ("/api/v1/namespaces/default", "/api/v1/namespaces", "/apis/apps", "/api/v1/nope"):
        answer = await client.get(path)
        assert answer.text.endswith("}\n") and answer.text.count("\n") == 1
        assert int(answer.headers["content-length"]) == len(answer.content)
    for path in ("/version", "/", "/index.html"):
        text = (await client.get(path)).text
        assert text == json.dumps(json.loads(text), indent=2)


async def test_version_is_json_and_nothing_else(client: httpx.AsyncClient) -> None:
    answer = await client.get("/version", headers={"accept": "application/yaml"})
    assert answer.status_code == 406 and "Available representations: application/json" in answer.text


async def test_what_cannot_be_written_as_asked_is_refused_in_indented_json(client: httpx.AsyncClient) -> None:
    only = "only the following media types are accepted: application/json, application/yaml, "
    route = "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, "
    for path, begin in (("/apis", only), ("/apis/apps", only), ("/api", route), ("/apis/apps/v1", route)):
        answer = await client.get(path, headers={"accept": "text/html"})
        assert answer.status_code == 406 and answer.json()["message"].startswith(begin)
        assert answer.text.startswith('{\n  "')


async def test_clients_are_told_the_advertised_address(client: httpx.AsyncClient) -> None:
    found = (await client.get("/api")).json()["serverAddressByClientCIDRs"]
    assert found == [{"clientCIDR": "0.0.0.0/0", "serverAddress": "10.9.9.9:7443"}]


async def test_discovery_tells_the_hash_of_the_stored_version(client: httpx.AsyncClient) -> None:
    async def hashes(path: str) -> dict[str, str | None]:
        listed = (await client.get(path)).json()["resources"]
        return {each["name"]: each.get("storageVersionHash") for each in listed}

    core = await hashes("/api/v1")
    assert (core["configmaps"], core["pods/status"], core["bindings"]) == ("qFsyl6wFWjQ=", None, None)
    assert (await hashes("/apis/events.k8s.io/v1"))["events"] == core["events"] == "r2yiGXH7wu8="
    assert (await hashes("/apis/autoscaling/v1"))["horizontalpodautoscalers"] == "qwQve8ut294="


async def test_only_answers_with_a_deprecated_kind_warn(client: httpx.AsyncClient) -> None:
    path = "/api/v1/namespaces/default/endpoints"
    assert "v1 Endpoints is deprecated" in (await client.get(path)).headers["warning"]
    for method, where in (("OPTIONS", path), ("GET", f"{path}/x/status"), ("POST", "/api/v1/componentstatuses")):
        assert "warning" not in (await client.request(method, where)).headers


async def test_a_watch_tells_its_priority_level(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/namespaces", params={"watch": "1", "timeoutSeconds": "1"})
    assert answer.headers["x-kubernetes-pf-prioritylevel-uid"]
    refused = await client.get("/api/v1/namespaces", params={"watch": "1", "continue": "x"})
    assert refused.status_code == 422 and "forbidden when continue is provided" in refused.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/namespaces/default/persistentvolumes"),
        ("POST", "/api/v1/namespaces/default/persistentvolumes"),
        ("GET", "/api/v1/namespaces/default/nodes/x"),
        ("GET", "/apis/rbac.authorization.k8s.io/v1/namespaces/default/clusterroles"),
        ("GET", "/api/v1/namespaces/a/namespaces/b"),
    ],
)
async def test_kinds_without_a_namespace_are_not_found_in_one(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await client.request(method, path, json={} if method == "POST" else None)
    assert (answer.status_code, answer.json()["message"]) == (404, NOT_FOUND)
    assert (await client.get("/api/v1/namespaces/default")).status_code == 200
    assert (await client.get("/api/v1/namespaces/default/status")).status_code == 200


async def test_what_cannot_be_read_of_a_query_is_passed_over(client: httpx.AsyncClient) -> None:
    path = "/api/v1/namespaces?labelSelector=a%zz&x=1;y=2&fieldSelector=metadata.name%3Ddefault"
    assert [each["metadata"]["name"] for each in (await client.get(path)).json()["items"]] == ["default"]


@pytest.mark.parametrize(
    ("path", "managers"),
    [
        ("/api/v1/namespaces/default", ["kube-apiserver"]),
        ("/apis/scheduling.k8s.io/v1/priorityclasses/system-node-critical", ["kube-apiserver"]),
        (
            "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/global-default",
            ["api-priority-and-fairness-config-consumer-v1", "api-priority-and-fairness-config-producer-v1"],
        ),
    ],
)
async def test_what_the_server_makes_by_itself_is_its_own(
    client: httpx.AsyncClient, path: str, managers: list[str]
) -> None:
    metadata = (await client.get(path)).json()["metadata"]
    assert [entry["manager"] for entry in metadata["managedFields"]] == managers
    owned = metadata["managedFields"][-1]
    assert owned["operation"] == "Update" and owned["fieldsV1"]
    assert metadata.get("generation") == (None if "namespaces" in path else 1)
