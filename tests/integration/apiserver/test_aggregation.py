"""A second API server behind the first: `examples/aggregated/server.py` in a process of its own."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from apiserver.bootstrap.endpoints import own_address
from minik8s import pki
from tests.support.api_server import ROOT, ApiServer

HERE = own_address()  # endpoints may not be on loopback
PEOPLE = 'alice-token,alice,1,"friends,keepers"\n'
GROUP = "/apis/zoo.example.com/v1"
ANIMALS = f"{GROUP}/namespaces/default/animals"
SERVICE = "/apis/apiregistration.k8s.io/v1/apiservices"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


class Zoo:
    """The example server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.authority = pki.new_ca("zoo-ca")
        pair = pki.issue(self.authority, pki.Request("zoo", hosts=("zoo.default.svc",), server=True))
        pki.write_pair(folder / "zoo.crt", folder / "zoo.key", pair)
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self, allowed: str = "front-proxy-client") -> None:
        self.process = subprocess.Popen(
            [
                sys.executable, str(ROOT / "examples/aggregated/server.py"), "--bind-address=0.0.0.0",
                f"--secure-port={self.port}", f"--tls-cert-file={self.folder}/zoo.crt",
                f"--tls-private-key-file={self.folder}/zoo.key",
                f"--requestheader-client-ca-file={self.folder}/front.crt", f"--requestheader-allowed-names={allowed}",
            ]
        )  # fmt: skip
        for _ in range(500):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return
            except OSError:
                await asyncio.sleep(0.02)
        raise AssertionError("the example server does not start")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
async def zoo(tmp_path: Path) -> AsyncIterator[Zoo]:
    front = pki.new_ca("front-proxy-ca")
    pki.write_pair(tmp_path / "front.crt", tmp_path / "front.key", front)
    client = pki.issue(front, pki.Request("front-proxy-client", client=True))
    pki.write_pair(tmp_path / "proxy.crt", tmp_path / "proxy.key", client)
    made = Zoo(tmp_path)
    await made.start()
    try:
        yield made
    finally:
        made.kill()


@pytest.fixture
async def api(tmp_path: Path, zoo: Zoo) -> AsyncIterator[aiohttp.ClientSession]:
    (tmp_path / "people").write_text(PEOPLE)
    server = ApiServer(
        tmp_path, "api", free_port(), f"--sqlite-path={tmp_path}/db", f"--token-auth-file={tmp_path}/people",
        f"--proxy-client-cert-file={tmp_path}/proxy.crt", f"--proxy-client-key-file={tmp_path}/proxy.key",
        "--enable-aggregator-routing=true",
    )  # fmt: skip
    server.start()
    try:
        await server.ready()
        async with aiohttp.ClientSession(
            server.url,
            connector=aiohttp.TCPConnector(ssl=False),
            headers={"authorization": "Bearer alice-token", "x-remote-user": "mallory", "x-remote-uid": "0"},
        ) as session:
            yield session
    finally:
        server.stop()


async def post(api: aiohttp.ClientSession, path: str, body: dict[str, Any]) -> dict[str, Any]:
    async with api.post(path, json=body) as answer:
        assert answer.status == 201, await answer.text()
        found: dict[str, Any] = await answer.json()
        return found


async def get(api: aiohttp.ClientSession, path: str, code: int = 200, **headers: str) -> Any:
    async with api.get(path, headers=headers) as answer:
        text = await answer.text()
        assert answer.status == code, text
        return msgspec.json.decode(text) if text[:1] == "{" else text


async def register(api: aiohttp.ClientSession, zoo: Zoo, **spec: Any) -> None:
    service = {"metadata": {"name": "zoo"}, "spec": {"ports": [{"name": "https", "port": 443}]}}
    await post(api, "/api/v1/namespaces/default/services", service)
    slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
    await post(
        api,
        slices,
        {
            "metadata": {"name": "zoo-1", "labels": {"kubernetes.io/service-name": "zoo"}},
            "addressType": "IPv4",
            "ports": [{"name": "https", "port": zoo.port}],
            "endpoints": [{"addresses": [HERE]}],
        },
    )
    await announce(api, zoo, **spec)


async def announce(api: aiohttp.ClientSession, zoo: Zoo, **spec: Any) -> None:
    described = {
        "group": "zoo.example.com",
        "version": "v1",
        "groupPriorityMinimum": 1000,
        "versionPriority": 10,
        "service": {"name": "zoo", "namespace": "default"},
        "caBundle": base64.b64encode(zoo.authority.cert_pem).decode(),
        **spec,
    }
    await post(api, SERVICE, {"metadata": {"name": "v1.zoo.example.com"}, "spec": described})


async def condition(api: aiohttp.ClientSession, reason: str, name: str = "v1.zoo.example.com") -> dict[str, str]:
    """The condition, once it has a reason."""
    found: dict[str, str] = {}
    for _ in range(500):
        stored = await get(api, f"{SERVICE}/{name}")
        found = next(iter(stored.get("status", {}).get("conditions", [])), {})
        if found.get("reason") == reason:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(f"the condition stays {found}")


async def test_requests_reach_it_with_who_sent_them(api: aiohttp.ClientSession, zoo: Zoo) -> None:
    await register(api, zoo)
    assert (await condition(api, "Passed"))["status"] == "True"
    made = await post(api, ANIMALS, {"metadata": {"name": "cow"}, "spec": {"sound": "moo"}})
    assert made["metadata"]["annotations"] == {"zoo.example.com/by": "alice"}
    assert (await get(api, f"{ANIMALS}/cow"))["spec"] == {"sound": "moo"}
    assert (await get(api, f"{ANIMALS}/cat", 404))["message"] == 'animals.zoo.example.com "cat" not found'
    assert [each["metadata"]["name"] for each in (await get(api, f"{GROUP}/animals"))["items"]] == ["cow"]
    async with api.delete(f"{ANIMALS}/cow") as answer:
        assert answer.status == 200
    assert (await get(api, GROUP))["resources"][0]["name"] == "animals"


async def test_its_discovery_and_openapi_are_ours(api: aiohttp.ClientSession, zoo: Zoo) -> None:
    await register(api, zoo)
    await condition(api, "Passed")
    asked = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    for _ in range(200):
        groups = {each["metadata"]["name"]: each for each in (await get(api, "/apis", accept=asked))["items"]}
        v3 = await get(api, "/openapi/v3")
        v2 = await get(api, "/openapi/v2")
        if "apis/zoo.example.com/v1" in v3["paths"] and "com.example.zoo.v1.Animal" in v2["definitions"]:
            break
        await asyncio.sleep(0.05)
    version = groups["zoo.example.com"]["versions"][0]
    assert version["freshness"] == "Current"
    assert version["resources"][0]["resource"] == "animals" and version["resources"][0]["shortNames"] == ["an"]
    assert version["resources"][0]["subresources"][0]["subresource"] == "voice"
    names = [each["name"] for each in (await get(api, "/apis"))["groups"]]
    assert "zoo.example.com" in names and "apps" in names
    assert (await get(api, "/apis/zoo.example.com"))["preferredVersion"]["version"] == "v1"
    url = v3["paths"]["apis/zoo.example.com/v1"]["serverRelativeURL"]
    assert "com.example.zoo.v1.Animal" in (await get(api, url))["components"]["schemas"]
    assert f"{GROUP}/namespaces/{{namespace}}/animals/{{name}}" in v2["paths"] and "/api/v1/pods" in v2["paths"]
    async with api.delete(f"{SERVICE}/v1.zoo.example.com") as answer:
        assert answer.status == 200
    for _ in range(200):
        v2, v3 = await get(api, "/openapi/v2"), await get(api, "/openapi/v3")
        if "com.example.zoo.v1.Animal" not in v2["definitions"] and "apis/zoo.example.com/v1" not in v3["paths"]:
            break
        await asyncio.sleep(0.05)
    else:
        raise AssertionError("its documents stay")
    assert "zoo.example.com" not in [each["name"] for each in (await get(api, "/apis"))["groups"]]
    await get(api, ANIMALS, 404)


async def test_watches_and_upgrades_go_through_it(api: aiohttp.ClientSession, zoo: Zoo) -> None:
    await register(api, zoo)
    await condition(api, "Passed")
    async with api.get(f"{GROUP}/animals?watch=1&resourceVersion=0") as events:
        await post(api, ANIMALS, {"metadata": {"name": "cow"}, "spec": {"sound": "moo"}})
        event = json.loads(await asyncio.wait_for(events.content.readline(), 5))
        assert (event["type"], event["object"]["metadata"]["name"]) == ("ADDED", "cow")
        async with api.ws_connect(f"{ANIMALS}/cow/voice") as voice:
            assert await voice.receive_str() == "moo, alice"
            await voice.send_str("again")
            assert await voice.receive_str() == "moo again"
        zoo.kill()
        # It dies in the middle of the stream: that stream ends, without pretending to be complete.
        with pytest.raises(aiohttp.ClientPayloadError):
            await asyncio.wait_for(events.content.readline(), 5)
    answer = await get(api, f"{ANIMALS}/cow", 503)
    assert "connection refused" in answer or "service unavailable" in answer
    assert (await get(api, "/api/v1/namespaces/default"))["metadata"]["name"] == "default"


async def test_what_stands_in_the_way_is_told(api: aiohttp.ClientSession, zoo: Zoo) -> None:
    await announce(api, zoo)
    found = await condition(api, "ServiceNotFound")
    assert (found["status"], found["message"]) == ("False", 'service/zoo in "default" is not present')
    assert await get(api, ANIMALS, 503) == "service unavailable\n"
    assert await get(api, GROUP, 503) == "service unavailable\n"
    ports = {"ports": [{"name": "https", "port": 444}]}
    await post(api, "/api/v1/namespaces/default/services", {"metadata": {"name": "zoo"}, "spec": ports})
    found = await condition(api, "ServicePortError")
    assert found["message"] == 'service/zoo in "default" is not listening on port 443'
    merge = {"content-type": "application/merge-patch+json"}
    ports = {"ports": [{"name": "https", "port": 443}]}
    async with api.patch("/api/v1/namespaces/default/services/zoo", json={"spec": ports}, headers=merge) as answer:
        assert answer.status == 200, await answer.text()
    await condition(api, "EndpointsNotFound")
    slice_ = {
        "metadata": {"name": "zoo-1", "labels": {"kubernetes.io/service-name": "zoo"}},
        "addressType": "IPv4",
        "ports": [{"name": "https", "port": zoo.port}],
        "endpoints": [{"addresses": [HERE], "conditions": {"ready": False}}],
    }
    url = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
    await post(api, url, slice_)
    found = await condition(api, "MissingEndpoints")
    assert found["message"] == 'endpointslices for service/zoo in "default" have no addresses with port name "https"'
    ready = {"endpoints": [{"addresses": [HERE], "conditions": {"ready": True}}]}
    async with api.patch(f"{url}/zoo-1", json=ready, headers=merge) as answer:
        assert answer.status == 200, await answer.text()
    await condition(api, "Passed")
    assert (await get(api, ANIMALS))["items"] == []


async def test_a_bundle_without_certificates_is_an_error_of_the_server(api: aiohttp.ClientSession, zoo: Zoo) -> None:
    await register(api, zoo)
    await condition(api, "Passed")
    merge = {"content-type": "application/merge-patch+json"}
    change = {"spec": {"caBundle": base64.b64encode(b"no certificate").decode()}}
    async with api.patch(f"{SERVICE}/v1.zoo.example.com", json=change, headers=merge) as answer:
        assert answer.status == 200, await answer.text()
    why = "unable to load root certificates: unable to parse bytes as PEM block"
    assert why in (await condition(api, "FailedDiscoveryCheck"))["message"]
    assert await get(api, ANIMALS, 500) == f"{why}\n"


async def test_a_certificate_of_somebody_else_is_not_trusted(api: aiohttp.ClientSession, zoo: Zoo) -> None:
    other = base64.b64encode(pki.new_ca("other").cert_pem).decode()
    await register(api, zoo, caBundle=other)
    found = await condition(api, "FailedDiscoveryCheck")
    assert "certificate signed by unknown authority" in found["message"]
    assert await get(api, ANIMALS, 503) == "service unavailable\n"
    merge = {"content-type": "application/merge-patch+json"}
    change = {"spec": {"caBundle": None, "insecureSkipTLSVerify": True}}
    async with api.patch(f"{SERVICE}/v1.zoo.example.com", json=change, headers=merge) as answer:
        assert answer.status == 200, await answer.text()
    await condition(api, "Passed")
    assert (await get(api, ANIMALS))["items"] == []


async def test_only_the_front_proxy_is_believed(api: aiohttp.ClientSession, zoo: Zoo) -> None:
    context = ssl.create_default_context(cadata=zoo.authority.cert_pem.decode())
    url = f"https://127.0.0.1:{zoo.port}{GROUP}"
    async with aiohttp.ClientSession() as session:
        with pytest.raises((aiohttp.ClientError, ssl.SSLError)):
            async with session.get(url, ssl=context, server_hostname="zoo.default.svc") as answer:
                await answer.read()
    zoo.kill()
    await zoo.start(allowed="somebody-else")
    await register(api, zoo)
    found = await condition(api, "FailedDiscoveryCheck")
    assert "bad status from" in found["message"] and found["message"].endswith("401")


async def test_local_services_are_always_available(api: aiohttp.ClientSession) -> None:
    spec = {"group": "mine.example.com", "version": "v1", "groupPriorityMinimum": 1, "versionPriority": 1}
    await post(api, SERVICE, {"metadata": {"name": "v1.mine.example.com"}, "spec": spec})
    found = await condition(api, "Local", "v1.mine.example.com")
    assert found["message"] == "Local APIServices are always available"
    assert (await condition(api, "Local", "v1.apps"))["status"] == "True"


async def test_the_service_of_a_definition_is_put_right_again(api: aiohttp.ClientSession) -> None:
    schema = {"openAPIV3Schema": {"type": "object"}}
    names = {"plural": "foos", "kind": "Foo"}
    versions = [{"name": "v1", "served": True, "storage": True, "schema": schema}]
    spec = {"group": "own.example.com", "scope": "Namespaced", "names": names, "versions": versions}
    crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    await post(api, crds, {"metadata": {"name": "foos.own.example.com"}, "spec": spec})
    url = f"{SERVICE}/v1.own.example.com"
    async with asyncio.timeout(30):
        while "v1.own.example.com" not in [each["metadata"]["name"] for each in (await get(api, SERVICE))["items"]]:
            await asyncio.sleep(0.01)
    await condition(api, "Local", "v1.own.example.com")
    held = (await get(api, url))["spec"]
    merge = {"content-type": "application/merge-patch+json"}
    taken = {"service": {"namespace": "default", "name": "zoo"}, "versionPriority": 7, "insecureSkipTLSVerify": True}
    async with api.patch(url, json={"spec": taken}, headers=merge) as answer:
        assert answer.status == 200, await answer.text()
    async with asyncio.timeout(30):
        while (await get(api, url))["spec"] != held:
            await asyncio.sleep(0.01)
    await condition(api, "Local", "v1.own.example.com")
    # One that says it is its author's own stays as it is.
    change = {"spec": taken, "metadata": {"labels": {"kube-aggregator.kubernetes.io/automanaged": None}}}
    async with api.patch(url, json=change, headers=merge) as answer:
        assert answer.status == 200, await answer.text()
    await condition(api, "ServiceNotFound", "v1.own.example.com")
    assert (await get(api, url))["spec"]["versionPriority"] == 7
