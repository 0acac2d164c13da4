"""Probes against real servers of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest
from aiohttp import web

from kubelet.probes.handlers import Outcome, ask_grpc, fetch, open_port, port_of
from minik8s.api.core_v1 import Container, ContainerPort, GRPCAction, HTTPGetAction, HTTPHeader, TCPSocketAction


@pytest.fixture
async def server() -> AsyncIterator[tuple[int, list[web.Request]]]:
    seen: list[web.Request] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request)
        if request.path == "/slow":
            await asyncio.sleep(5)
        return web.Response(
            status=int(request.query.get("code", "200")),
            headers={"Location": request.query.get("to", "/")},
            text="said",
        )

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield runner.addresses[0][1], seen
    await runner.cleanup()


def container(port: int) -> Container:
    return Container(name="c", ports=[ContainerPort(name="http", container_port=port)])


async def test_http(server: tuple[int, list[web.Request]]) -> None:
    port, seen = server
    action = HTTPGetAction(path="/x?y=1", port="http", http_headers=[HTTPHeader(name="X-A", value="b")])
    answer = await fetch("127.0.0.1", container(port), action, 1)
    assert answer.outcome is Outcome.SUCCESS
    assert seen[0].headers["User-Agent"] == "kube-probe/1.36" and seen[0].headers["X-A"] == "b"
    assert str(seen[0].rel_url) == "/x?y=1"
    answer = await fetch("127.0.0.1", container(port), HTTPGetAction(path="/?code=503", port=port), 1)
    assert (answer.outcome, answer.text) == (Outcome.FAILURE, "HTTP probe failed with statuscode: 503")
    answer = await fetch("127.0.0.1", container(port), HTTPGetAction(path="/?code=302", port=port), 1)
    assert answer.outcome is Outcome.SUCCESS
    answer = await fetch("127.0.0.1", container(port), HTTPGetAction(path="/slow", port=port), 0.05)
    assert answer.outcome is Outcome.FAILURE and "context deadline exceeded" in answer.text


async def test_redirects_are_followed_on_the_same_host_alone(server: tuple[int, list[web.Request]]) -> None:
    """One to another host was followed, failed, and killed the container."""
    port, seen = server

    async def ask(path: str) -> tuple[Outcome, str, bool]:
        answer = await fetch("127.0.0.1", container(port), HTTPGetAction(path=path, port=port), 1)
        return answer.outcome, answer.text, answer.warning

    assert await ask("/?code=302&to=/%3Fcode=503") == (Outcome.FAILURE, "HTTP probe failed with statuscode: 503", False)
    told = "Probe terminated redirects, Response body: said"
    assert await ask("/?code=302&to=http://0.0.0.0:1/") == (Outcome.SUCCESS, told, True)
    asked = len(seen)
    outcome, text, _ = await ask("/?code=307&to=/%3Fcode=307%26to=/%3Fcode=200")
    assert (outcome, text, len(seen)) == (Outcome.SUCCESS, "said", asked + 3)


async def test_nobody_listens() -> None:
    answer = await fetch("127.0.0.1", container(1), HTTPGetAction(path="/", port="http"), 1)
    assert answer.text == 'Get "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused'
    answer = await open_port("127.0.0.1", container(1), TCPSocketAction(port=1), 1)
    assert (answer.outcome, answer.text) == (Outcome.FAILURE, "dial tcp 127.0.0.1:1: connect: connection refused")
    answer = await ask_grpc("127.0.0.1", GRPCAction(port=1), 0.2)
    assert answer.outcome is Outcome.FAILURE


async def test_a_port_opens(server: tuple[int, list[web.Request]]) -> None:
    assert (await open_port("127.0.0.1", container(1), TCPSocketAction(port=server[0]), 1)).outcome is Outcome.SUCCESS


def test_ports_by_name() -> None:
    assert port_of("http", container(8080)) == 8080 and port_of(81, container(1)) == 81
    with pytest.raises(ValueError, match="couldn't find port"):
        port_of("none", container(1))


async def test_grpc_health() -> None:
    status = {"": b"\x08\x01", "bad": b"\x08\x02"}

    async def check(request: bytes, context: object) -> bytes:
        return status[request[2:].decode()]

    method = grpc.unary_unary_rpc_method_handler(check)
    served = grpc.aio.server()
    served.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("grpc.health.v1.Health", {"Check": method}),))
    port = served.add_insecure_port("127.0.0.1:0")
    await served.start()
    try:
        assert (await ask_grpc("127.0.0.1", GRPCAction(port=port), 2)).outcome is Outcome.SUCCESS
        answer = await ask_grpc("127.0.0.1", GRPCAction(port=port, service="bad"), 2)
        assert (answer.outcome, answer.text) == (
            Outcome.FAILURE,
            'service unhealthy (responded with "NOT_SERVING")',
        )
    finally:
        await served.stop(None)
