from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from minik8s import pki
from minik8s.api import core_v1
from minik8s.api.object_meta import ObjectMeta
from minik8s.client.api import ApiClient
from minik8s.client.config import ClientConfig
from minik8s.client.errors import ConnectionFailed, Expired, Forbidden, NotFound, TooManyRequests
from minik8s.daemon.tls import TLSFiles
from minik8s.testing.fake_clock import FakeClock


@contextlib.asynccontextmanager
async def serving(handler: object, **config: object) -> AsyncIterator[ApiClient]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)  # type: ignore[arg-type]
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    client = ApiClient(ClientConfig(server=f"http://127.0.0.1:{port}/base", **config), clock=FakeClock())  # type: ignore[arg-type]
    async with client:
        yield client
    await runner.cleanup()


async def test_paths_parameters_and_headers() -> None:
    seen: list[tuple[str, str, dict[str, str]]] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append((request.method, request.path_qs, dict(request.headers)))
        return web.json_response({"kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": None}})

    async with serving(handler, token="secret", user_agent="me", impersonate_user="bob") as client:
        await client.get(core_v1.Pod, "p", "ns")
        await client.patch(core_v1.Pod, "p", {}, patch_type="apply", field_manager="fm", force=True)
        await client.delete(core_v1.Pod, "p", "ns", grace_period_seconds=0)
    assert [s[:2] for s in seen] == [
        ("GET", "/base/api/v1/namespaces/ns/pods/p"),
        ("PATCH", "/base/api/v1/namespaces/default/pods/p?fieldManager=fm&force=true"),
        ("DELETE", "/base/api/v1/namespaces/ns/pods/p"),
    ]
    headers = seen[1][2]
    assert headers["Authorization"] == "Bearer secret" and headers["User-Agent"] == "me"
    assert headers["Impersonate-User"] == "bob" and headers["Content-Type"] == "application/apply-patch+yaml"


async def test_failures_are_exceptions_of_their_kind() -> None:
    async def handler(request: web.Request) -> web.Response:
        if "gone" in request.path:
            return web.Response(status=410, text="old")
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403}
        return web.json_response(status | {"message": "no"}, status=403)

    async with serving(handler) as client:
        with pytest.raises(Forbidden, match="no"):
            await client.list(core_v1.Pod)
        with pytest.raises(Expired, match="old"):
            await client.get(core_v1.Pod, "gone")


async def test_nobody_there() -> None:
    async with ApiClient(ClientConfig(server="http://127.0.0.1:1")) as client:
        with pytest.raises(ConnectionFailed, match="refused - did you specify the right host or port"):
            await client.get(core_v1.Pod, "p")


async def test_retry_after_is_obeyed_with_the_clock() -> None:
    calls = 0

    async def handler(request: web.Request) -> web.Response:
        nonlocal calls
        calls += 1
        return web.Response(status=429, headers={"Retry-After": "0"}, text="slow down")

    async with serving(handler) as client:
        with pytest.raises(TooManyRequests):
            await client.get(core_v1.Pod, "p")
    assert calls == 11


async def test_a_token_file_is_read_again_after_a_refusal(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old")

    async def handler(request: web.Request) -> web.Response:
        file.write_text("new\n")
        if request.headers["Authorization"] != "Bearer new":
            return web.Response(status=401)
        return web.json_response({"metadata": {"name": "p"}})

    async with serving(handler, token_file=str(file)) as client:
        assert (await client.get(core_v1.Pod, "p")).metadata.name == "p"


async def test_watch_lines_may_come_in_any_pieces() -> None:
    event = b'{"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"5"}}}\n'
    error = b'{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}\n'

    async def handler(request: web.Request) -> web.StreamResponse:
        assert request.query["watch"] == "true" and request.query["timeoutSeconds"] == "9"
        answer = web.StreamResponse()
        await answer.prepare(request)
        body = event * 3 + error
        for i in range(0, len(body), 7):
            await answer.write(body[i : i + 7])
        return answer

    async with serving(handler) as client:
        names = []
        with pytest.raises(Expired, match="too old"):
            async for found in client.watch(core_v1.Pod, timeout_seconds=9):
                names.append((found.type, found.object.metadata.name))
        assert names == [("ADDED", "a")] * 3


async def test_a_refused_websocket_says_why() -> None:
    async def handler(request: web.Request) -> web.Response:
        status = {"kind": "Status", "reason": "NotFound", "code": 404, "message": 'pods "p" not found'}
        return web.json_response(status, status=404)

    async with serving(handler) as client:
        with pytest.raises(NotFound, match='pods "p" not found'):
            await client.websocket("/api/v1/namespaces/x/pods/p/exec")


async def test_the_dynamic_client_asks_discovery_for_what_it_does_not_know() -> None:
    resources = [{"name": "things", "namespaced": True, "kind": "Thing", "verbs": ["get"], "singularName": "thing"}]

    async def handler(request: web.Request) -> web.Response:
        if request.path == "/base/apis/example.com/v1":
            return web.json_response({"kind": "APIResourceList", "groupVersion": "e", "resources": resources})
        return web.json_response({"metadata": {"name": request.path}})

    async with serving(handler) as client:
        thing = await client.dynamic.resource("example.com/v1", "Thing")
        found = await client.get(thing, "t", "ns")
        assert found["metadata"]["name"] == "/base/apis/example.com/v1/namespaces/ns/things/t"
        with pytest.raises(NotFound, match='no matches for kind "Other"'):
            await client.dynamic.resource("example.com/v1", "Other")
        meta = await client.get(thing.metadata(), "t", "ns")
        assert isinstance(meta.metadata, ObjectMeta)


async def test_a_server_that_hangs_up_on_a_certificate_is_explained(tmp_path: Path) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.close()

    authority = pki.ensure_ca(tmp_path, "ca", "ca")
    pki.ensure_cert(tmp_path, "s", authority, pki.Request("s", hosts=("127.0.0.1",), server=True))
    context = TLSFiles(str(tmp_path / "s.crt"), str(tmp_path / "s.key")).context()
    server = await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=context)
    where = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    config = ClientConfig(server=where, ca_file=str(tmp_path / "ca.crt"))
    hint = "as happens when a server does not accept the client certificate"
    async with ApiClient(config) as client:
        with pytest.raises(ConnectionFailed) as caught:
            await client.get(core_v1.Pod, "p", "default")
        assert hint not in str(caught.value)
    own = dataclasses.replace(config, cert_file=str(tmp_path / "s.crt"), key_file=str(tmp_path / "s.key"))
    async with ApiClient(own) as client:
        with pytest.raises(ConnectionFailed, match=hint):
            await client.get(core_v1.Pod, "p", "default")
    server.close()
