"""Requests, watches and commands on their way to the API server."""

from __future__ import annotations

import asyncio
import json
import struct
from typing import Any

from aiohttp import WSMsgType, web
from yarl import URL

from dashboard import relay
from tests.unit.dashboard.console import Running


async def test_a_request_goes_with_the_users_identity_and_none_of_the_browsers(console: Running) -> None:
    headers = console.signed_in() | {
        "Authorization": "Bearer the-pages",
        "Impersonate-User": "root",
        "X-Remote-User": "root",
        "Content-Type": "application/merge-patch+json",
        "Accept": "application/json;as=Table",
    }
    url = URL(console.url("k8s/api/v1/namespaces/a/pods/b?dryRun=All&labelSelector=a%3Db%2Cc"), encoded=True)
    async with console.browser.patch(url, data=b"{}", headers=headers) as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.status == 200
    method, path, sent, body = console.asked[-1]
    assert (method, path, body) == (
        "PATCH",
        "/api/v1/namespaces/a/pods/b?dryRun=All&labelSelector=a%3Db%2Cc",
        b"{}",
    )
    assert sent["Authorization"] == "Bearer the-users-token"
    assert sent["Accept"] == "application/json;as=Table"
    assert sent["Content-Type"] == "application/merge-patch+json"
    assert not {"Cookie", "Origin", "Referer", "Impersonate-User", "X-Remote-User"} & set(sent)


async def test_a_failure_comes_as_the_server_said_it(console: Running) -> None:
    async def refuse(request: web.Request) -> Any:
        status = {"kind": "Status", "code": 409, "message": "the object has been modified"}
        return web.json_response(status, status=409, headers={"Retry-After": "1", "Warning": '299 - "careful"'})

    console.answer = refuse
    async with console.browser.get(console.url("k8s/api/v1/x"), headers=console.signed_in()) as answer:
        assert answer.status == 409 and (await answer.json())["message"] == "the object has been modified"
        assert answer.headers["Warning"] == '299 - "careful"'


async def test_a_server_that_is_gone_is_a_status_too(console: Running) -> None:
    async def break_off(request: web.Request) -> Any:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    console.answer = break_off
    async with console.browser.get(console.url("k8s/api/v1/x"), headers=console.signed_in()) as answer:
        found = await answer.json()
        assert (answer.status, found["kind"], found["reason"]) == (502, "Status", "ConnectionFailed")
        assert "broke" in found["message"]


async def test_too_long_a_body_is_refused(console: Running, monkeypatch: Any) -> None:
    monkeypatch.setattr(relay, "MOST_BYTES", 10)
    async with console.browser.post(console.url("k8s/api/v1/x"), data=b"x" * 11, headers=console.signed_in()) as answer:
        assert answer.status == 413
    assert console.asked == []


async def test_a_browser_that_leaves_ends_the_request_behind(console: Running) -> None:
    left = asyncio.Event()

    async def endless(request: web.Request) -> Any:
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(b"begun\n")
        try:
            await asyncio.Event().wait()
        finally:
            left.set()

    console.answer = endless
    # aiohttp ends a handler whose client has gone only when it is told to.
    async with console.browser.get(console.url("k8s/api/v1/x"), headers=console.signed_in()) as answer:
        assert await answer.content.readline() == b"begun\n"
        request_gone = _when_gone(console)
    await asyncio.wait_for(request_gone, 20)


async def _when_gone(console: Running) -> None:
    while len([t for t in asyncio.all_tasks() if "Relayed._carry" in repr(t.get_coro())]):
        await asyncio.sleep(0)


class Page:
    """The page's end of the streams."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket

    async def ask(self, **what: Any) -> None:
        await self.socket.send_str(json.dumps(what))

    async def next(self) -> tuple[int, Any]:
        message = await asyncio.wait_for(self.socket.receive(), 20)
        if message.type == WSMsgType.BINARY:
            return struct.unpack(">I", message.data[:4])[0], message.data[4:]
        found = json.loads(message.data)
        return found.pop("id"), found


async def streams(console: Running) -> Page:
    return Page(await console.browser.ws_connect(console.url("console/streams"), headers=console.signed_in()))


async def test_several_streams_in_one_socket(console: Running) -> None:
    release = asyncio.Event()

    async def watch(request: web.Request) -> Any:
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(f"{request.query['of']}\n".encode())
        if request.query["of"] == "slow":
            await release.wait()
        return answer

    console.answer = watch
    page = await streams(console)
    await page.ask(id=1, path="/api/v1/pods?watch=1&of=slow", accept="a/b")
    assert await page.next() == (1, {"status": 200})
    assert await page.next() == (1, b"slow\n")
    await page.ask(id=2, path="/api/v1/pods?watch=1&of=quick")
    assert [await page.next() for _ in range(3)] == [(2, {"status": 200}), (2, b"quick\n"), (2, {"end": ""})]
    release.set()
    assert await page.next() == (1, {"end": ""})
    assert console.asked[0][2]["Accept"] == "a/b"
    assert console.asked[0][2]["Authorization"] == "Bearer the-users-token"


async def test_a_refused_stream_has_the_servers_status(console: Running) -> None:
    async def refuse(request: web.Request) -> Any:
        body = {"kind": "Status", "status": "Failure", "code": 410, "reason": "Expired", "message": "too old"}
        return web.json_response(body, status=410)

    console.answer = refuse
    page = await streams(console)
    await page.ask(id=7, path="/api/v1/pods?watch=1")
    number, end = await page.next()
    assert (number, end["code"], end["end"], end["body"]["reason"]) == (7, 410, "too old", "Expired")


async def test_streams_go_where_requests_go_only(console: Running) -> None:
    page = await streams(console)
    await page.ask(id=1, path="/api/v1/nodes/n/proxy/metrics")
    number, end = await page.next()
    assert (number, end["code"]) == (1, 403)
    await page.socket.send_str("no json")
    await page.ask(id=2, path="/metrics")
    assert (await page.next())[1]["code"] == 403
    assert console.asked == []


async def test_a_stream_ended_by_the_page_ends_behind(console: Running) -> None:
    gone = asyncio.Event()

    async def watch(request: web.Request) -> Any:
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(b"x")
        while request.transport is not None and not request.transport.is_closing():
            await asyncio.sleep(0)
        gone.set()
        return answer

    console.answer = watch
    page = await streams(console)
    await page.ask(id=1, path="/api/v1/pods?watch=1")
    await page.next(), await page.next()
    await page.ask(id=1)
    await asyncio.wait_for(gone.wait(), 20)


async def test_a_command_has_its_bytes_both_ways(console: Running) -> None:
    async def echo(request: web.Request) -> Any:
        socket = web.WebSocketResponse(protocols=["v5.channel.k8s.io"])
        await socket.prepare(request)
        async for message in socket:
            await socket.send_bytes(b"\x01" + message.data[1:])
            await socket.send_bytes(b'\x03{"status":"Success"}')
            break
        await socket.close()
        return socket

    console.answer = echo
    url = console.url("k8s/api/v1/namespaces/a/pods/p/exec?command=sh&command=-c&container=c")
    socket = await console.browser.ws_connect(url, headers=console.signed_in(), protocols=["v5.channel.k8s.io"])
    assert socket.protocol == "v5.channel.k8s.io"
    await socket.send_bytes(b"\x00hello")
    assert await socket.receive_bytes() == b"\x01hello"
    assert await socket.receive_bytes() == b'\x03{"status":"Success"}'
    assert (await socket.receive()).type in (WSMsgType.CLOSE, WSMsgType.CLOSED)
    assert console.asked[0][1].endswith("/exec?command=sh&command=-c&container=c")
    assert console.asked[0][2]["Authorization"] == "Bearer the-users-token"
    assert "Cookie" not in console.asked[0][2]


async def test_a_refused_command_says_why(console: Running) -> None:
    async def refuse(request: web.Request) -> Any:
        body = {"kind": "Status", "status": "Failure", "code": 403, "reason": "Forbidden", "message": "you may not"}
        return web.json_response(body, status=403)

    console.answer = refuse
    url = console.url("k8s/api/v1/namespaces/a/pods/p/exec?command=sh")
    socket = await console.browser.ws_connect(url, headers=console.signed_in(), protocols=["v5.channel.k8s.io"])
    told = await socket.receive_bytes()
    assert told[0] == 3 and json.loads(told[1:])["message"] == "you may not"


async def test_only_commands_are_websockets(console: Running) -> None:
    url = console.url("k8s/api/v1/namespaces/a/pods/p/portforward?ports=80")
    socket = await console.browser.ws_connect(url, headers=console.signed_in(), protocols=["v5.channel.k8s.io"])
    assert b"only exec and attach" in await socket.receive_bytes()
    assert console.asked == []
