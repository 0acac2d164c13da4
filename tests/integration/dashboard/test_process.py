"""The console as a person starts it, in front of a real API server."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import struct
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.api_server import ROOT, ApiServer

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


class Browser:
    """A browser that has opened the address the console printed."""

    def __init__(self, session: aiohttp.ClientSession, origin: str, base: str, cookie: str) -> None:
        self._session = session
        self._url = f"{origin}{base}"
        self.headers = {"Cookie": cookie, "Origin": origin, "Sec-Fetch-Site": "same-origin"}

    async def ask(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> tuple[int, Any]:
        headers = self.headers | {"Accept": TABLE, "Content-Type": kind}
        data = None if body is None else json.dumps(body)
        async with self._session.request(method, self._url + path, data=data, headers=headers) as answer:
            return answer.status, await answer.json()

    async def streams(self) -> aiohttp.ClientWebSocketResponse:
        return await self._session.ws_connect(f"{self._url}console/streams", headers=self.headers)


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[ApiServer]:
    server = ApiServer(tmp_path, "api", free_port(), f"--sqlite-path={tmp_path / 'store.db'}")
    server.start()
    try:
        await server.ready()
        yield server
    finally:
        server.stop()


@pytest.fixture
async def process(api: ApiServer, tmp_path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    kubeconfig = tmp_path / "kubeconfig"
    cluster = {"server": api.url, "insecure-skip-tls-verify": True}
    context = {"name": "here", "context": {"cluster": "c", "namespace": "mine"}}
    document = {"clusters": [{"name": "c", "cluster": cluster}], "contexts": [context], "current-context": "here"}
    kubeconfig.write_text(json.dumps(document))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dashboard", "--kubeconfig", str(kubeconfig), "--no-browser",
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, stdin=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.fixture
async def browser(process: asyncio.subprocess.Process) -> AsyncIterator[Browser]:
    assert process.stdout is not None
    printed = b""
    while not (found := re.search(rb"(http://127\.0\.0\.1:\d+)/login\?token=\S+", printed)):
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        assert line, printed.decode()
        printed += line
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        async with session.get(found[0].decode()) as answer:
            cookie = answer.headers["Set-Cookie"].partition(";")[0]
            place = re.search(r"url=([^\"]+)", await answer.text())
        assert place is not None
        yield Browser(session, found[1].decode(), place[1], cookie)


async def test_from_the_printed_address_to_a_live_list(browser: Browser) -> None:
    code, found = await browser.ask("GET", "console/session")
    assert (code, found["own"]) == (200, "mine")
    code, groups = await browser.ask("GET", "k8s/apis")
    assert code == 200 and any(group["name"] == "apps" for group in groups["groups"])
    code, table = await browser.ask("GET", "k8s/api/v1/configmaps?limit=1000")
    assert (code, table["kind"]) == (200, "Table")
    socket_ = await browser.streams()
    version = table["metadata"]["resourceVersion"]
    path = f"/api/v1/configmaps?watch=1&resourceVersion={version}&fieldSelector=metadata.name=made"
    await socket_.send_json({"id": 1, "path": path, "accept": TABLE})
    assert await asyncio.wait_for(socket_.receive_json(), 20) == {"id": 1, "status": 200}
    made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "made"}, "data": {"a": "b"}}
    apply = "k8s/api/v1/namespaces/default/configmaps/made?fieldManager=minik8s-dashboard"
    code, _ = await browser.ask("PATCH", apply, made, "application/apply-patch+yaml")
    assert code == 201
    told = await asyncio.wait_for(socket_.receive_bytes(), 20)
    assert struct.unpack(">I", told[:4]) == (1,)
    event = json.loads(told[4:])
    assert (event["type"], event["object"]["rows"][0]["cells"][0]) == ("ADDED", "made")


async def test_a_change_to_an_old_version_is_a_conflict(browser: Browser) -> None:
    made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "made", "resourceVersion": "1"}}
    path = "k8s/api/v1/namespaces/default/configmaps"
    code, _ = await browser.ask("POST", path, {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "made"}})
    assert code == 201
    code, status = await browser.ask("PUT", f"{path}/made?dryRun=All", made)
    assert (code, status["reason"]) == (409, "Conflict")
    assert "please apply your changes to the latest version" in status["message"]


async def test_a_watch_hears_of_a_server_that_dies(browser: Browser, api: ApiServer) -> None:
    socket_ = await browser.streams()
    await socket_.send_json({"id": 1, "path": "/api/v1/pods?watch=1"})
    assert await asyncio.wait_for(socket_.receive_json(), 20) == {"id": 1, "status": 200}
    api.kill()
    end = await asyncio.wait_for(socket_.receive_json(), 20)
    assert (end["id"], end["code"]) == (1, 502) and "broke" in end["end"]
    code, status = await browser.ask("GET", "k8s/api/v1/pods")
    assert (code, status["reason"]) == (502, "ConnectionFailed")
    assert re.search("was refused|broke", status["message"])
    api.start()
    await api.ready()
    await socket_.send_json({"id": 2, "path": "/api/v1/pods?watch=1"})
    assert await asyncio.wait_for(socket_.receive_json(), 20) == {"id": 2, "status": 200}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_ends_when_told_also_while_somebody_watches(
    browser: Browser, process: asyncio.subprocess.Process, number: signal.Signals
) -> None:
    socket_ = await browser.streams()
    await socket_.send_json({"id": 1, "path": "/api/v1/pods?watch=1"})
    assert await asyncio.wait_for(socket_.receive_json(), 20) == {"id": 1, "status": 200}
    process.send_signal(number)
    said, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    assert "Traceback" not in said.decode() and "Error" not in said.decode()
