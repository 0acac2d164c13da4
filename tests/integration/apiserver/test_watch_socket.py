"""Watches inside WebSockets, at a server process of its own."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.api_server import ApiServer

CMS = "/api/v1/namespaces/default/configmaps"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


@pytest.fixture
async def session(tmp_path: Path) -> Any:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    flags = ("--authorization-mode=AlwaysAllow", f"--sqlite-path={tmp_path}/db")
    server = ApiServer(tmp_path, "server", port, *flags)
    server.start()
    await server.ready()
    connector = aiohttp.TCPConnector(ssl=False)
    async with aiohttp.ClientSession(server.url, connector=connector) as session:
        yield session
    server.stop()


async def make(session: aiohttp.ClientSession, name: str) -> None:
    async with session.post(CMS, json={"metadata": {"name": name}}) as answer:
        assert answer.status == 201


async def test_each_event_is_a_message_until_time_is_up(session: aiohttp.ClientSession) -> None:
    await make(session, "a")
    async with session.ws_connect(f"{CMS}?watch=true&timeoutSeconds=3", protocols=("base64.x",)) as watch:
        assert watch.protocol == "base64.x"
        await make(session, "b")
        found = [json.loads(message.data) async for message in watch if message.type is aiohttp.WSMsgType.TEXT]
        assert watch.close_code == 1000
    assert [(each["type"], each["object"]["metadata"]["name"]) for each in found] == [("ADDED", "a"), ("ADDED", "b")]


async def test_forms_and_refusals_are_those_of_a_watch(session: aiohttp.ClientSession) -> None:
    await make(session, "a")
    path = f"{CMS}?watch=true&timeoutSeconds=1"
    async with session.ws_connect(path, headers={"accept": TABLE}) as watch:
        table = json.loads((await watch.receive()).data)["object"]
        assert table["kind"] == "Table" and table["columnDefinitions"]
    media = "application/vnd.kubernetes.protobuf;stream=watch"
    async with session.ws_connect(path, headers={"accept": media}) as watch:
        message = await watch.receive()
        assert message.type is aiohttp.WSMsgType.BINARY and b"k8s\0" in message.data
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await session.ws_connect(f"{path}&labelSelector===")
    assert refused.value.status == 400
