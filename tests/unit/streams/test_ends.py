"""The server's ends of exec and port-forward, with a client of ours, over connections in memory."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import pytest

from minik8s.api.meta_v1 import Status
from minik8s.streams import command, ports, status
from minik8s.streams.channels import STDERR, STDOUT
from minik8s.streams.command import Wanted
from minik8s.streams.duplex import TransportDuplex
from minik8s.streams.handshake import Refused
from minik8s.streams.ports import Forwarded
from minik8s.streams.spdy.connection import SpdyConnection, SpdyStream
from minik8s.streams.websocket import WebSocket

from .pipes import pair


class FakeUpgrade:
    """Takes a connection in memory instead of a client's."""

    def __init__(self, protocol: str, duplex: TransportDuplex) -> None:
        self.protocol = protocol
        self.answer: dict[str, str] = {}
        self._duplex = duplex

    def accept(self, headers: list[tuple[bytes, bytes]]) -> TransportDuplex:
        self.answer = {name.decode().lower(): value.decode() for name, value in headers}
        return self._duplex


def scope(**headers: str) -> dict[str, Any]:
    return {"headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]}


def socket_scope(protocols: str) -> dict[str, Any]:
    key = {"sec_websocket_key": "dGhlIHNhbXBsZSBub25jZQ==", "sec_websocket_version": "13"}
    return scope(sec_websocket_protocol=protocols, **key)


class Heard:
    """Collects what a client sends."""

    def __init__(self) -> None:
        self.said: list[Any] = []

    async def write(self, data: bytes) -> None:
        self.said.append(data)

    async def close_stdin(self) -> None:
        self.said.append("end")

    async def resize(self, width: int, height: int) -> None:
        self.said.append((width, height))


async def whole(stream: SpdyStream) -> bytes:
    got = b""
    while data := await stream.read():
        got += data
    return got


@pytest.mark.parametrize(
    ("protocol", "said"),
    [
        ("v4.channel.k8s.io", {"metadata": {}, "status": "Success"}),
        ("v3.channel.k8s.io", None),
        ("channel.k8s.io", None),
    ],
)
async def test_a_command_over_spdy(protocol: str, said: dict[str, Any] | None) -> None:
    async with pair() as (one, other):
        upgrade = FakeUpgrade("spdy/3.1", other)
        headers = {"headers": [(b"x-stream-protocol-version", b"v9.unknown"),
                               (b"x-stream-protocol-version", protocol.encode())]}  # fmt: skip
        accepting = asyncio.ensure_future(command.accept(headers, upgrade, Wanted(True, True, True)))  # type: ignore[arg-type]
        async with SpdyConnection(one, server=False) as client:
            names = ("error", "stdin", "stdout", "stderr")
            mine = {name: await client.open({"streamType": [name]}) for name in names}
            end = await asyncio.wait_for(accepting, 30)
            assert upgrade.answer["x-stream-protocol-version"] == protocol
            heard = Heard()
            feeding = asyncio.ensure_future(end.feed(heard))
            await mine["stdin"].write(b"in")
            await mine["stdin"].write_eof()
            await end.write(STDOUT, b"out")
            await end.write(STDERR, b"err")
            async with asyncio.timeout(30):
                while len(heard.said) < 2:
                    await asyncio.sleep(0.001)
            finishing = asyncio.ensure_future(end.finish(status.success()))
            assert (await whole(mine["stdout"]), await whole(mine["stderr"])) == (b"out", b"err")
            ended = await whole(mine["error"])
            assert (json.loads(ended) if ended else None) == said
            await client.close()
            await finishing
            await feeding
            assert heard.said == [b"in", "end"]


async def test_sizes_come_as_documents_one_after_the_other() -> None:
    async with pair() as (one, other):
        upgrade = FakeUpgrade("spdy/3.1", other)
        headers = scope(x_stream_protocol_version="v4.channel.k8s.io")
        accepting = asyncio.ensure_future(command.accept(headers, upgrade, Wanted(stdout=True, tty=True)))  # type: ignore[arg-type]
        async with SpdyConnection(one, server=False) as client:
            mine = {name: await client.open({"streamType": [name]}) for name in ("error", "stdout", "resize")}
            end = await asyncio.wait_for(accepting, 30)
            heard = Heard()
            feeding = asyncio.ensure_future(end.feed(heard))
            await mine["resize"].write(b'{"Width":80,"Height":24}\n{"Width":81,"Hei')
            await asyncio.sleep(0)
            await mine["resize"].write(b'ght":25}\n')
            async with asyncio.timeout(30):
                while len(heard.said) < 2:
                    await asyncio.sleep(0.001)
            assert heard.said == [(80, 24), (81, 25)]
            await client.close()
            await asyncio.wait_for(feeding, 30)
            await end.finish(status.success())


async def test_an_end_of_input_on_a_websocket_and_the_status() -> None:
    async with pair() as (one, other):
        upgrade = FakeUpgrade("websocket", other)
        end = await command.accept(socket_scope("v5.channel.k8s.io"), upgrade, Wanted(stdin=True, stderr=True))  # type: ignore[arg-type]
        client, heard = WebSocket(one, server=False), Heard()
        feeding = asyncio.ensure_future(end.feed(heard))
        assert await client.receive() == (b"\x02", False)
        for message in (b"\x00a", b"\x00", b"\x04{}", b"\xff\x00", b"\x00late", b"\xff\x00"):
            await client.send(message)
        await end.write(STDOUT, b"nobody asked for it")
        await end.write(STDERR, b"err")
        assert await client.receive() == (b"\x02err", False)
        finishing = asyncio.ensure_future(end.finish(status.exited(3, "x y")))
        said = await client.receive()
        assert said is not None and said[0][0] == 3
        found = json.loads(said[0][1:])
        assert (
            found["message"] == "command terminated with non-zero exit code: error executing command [x y], exit code 3"
        )
        assert await client.receive() is None
        await asyncio.wait_for(finishing, 30)
        await feeding
        assert heard.said == [b"a", "end"]


@pytest.mark.parametrize(
    ("headers", "protocol", "wanted", "code"),
    [
        (socket_scope("unknown"), "websocket", Wanted(stdout=True), 403),
        (scope(), "websocket", Wanted(stdout=True), 400),
        (scope(x_stream_protocol_version="unknown"), "spdy/3.1", Wanted(stdout=True), 403),
        (scope(), "h2c", Wanted(stdout=True), 400),
        (socket_scope("v4.channel.k8s.io"), "websocket", Wanted(), 400),
    ],
)
async def test_what_cannot_be_agreed_on(headers: dict[str, Any], protocol: str, wanted: Wanted, code: int) -> None:
    async with pair() as (_, other):
        upgrade = FakeUpgrade(protocol, other)
        with pytest.raises(Refused) as refused:
            await command.accept(headers, upgrade, wanted)  # type: ignore[arg-type]
        assert refused.value.code == code and upgrade.answer == {}


async def echo(forwarded: Forwarded) -> None:
    if forwarded.port == 1:
        await forwarded.end("closed")
        return
    while data := await forwarded.read():
        await forwarded.write(b"%d:" % forwarded.port + data)
    await forwarded.end()


async def test_streams_find_each_other_in_any_order_and_odd_ones_are_reset() -> None:
    async with pair() as (one, other):
        upgrade = FakeUpgrade("spdy/3.1", other)
        headers = scope(x_stream_protocol_version="portforward.k8s.io")
        serving = asyncio.ensure_future(ports.forward(headers, upgrade, [], echo))  # type: ignore[arg-type]
        async with SpdyConnection(one, server=False) as client:

            async def open_(kind: str, port: int, request: str) -> SpdyStream:
                return await client.open({"streamType": [kind], "port": [str(port)], "requestID": [request]})

            data_2 = await open_("data", 80, "2")
            error_1, error_2, data_1 = (
                await open_("error", 1, "1"),
                await open_("error", 80, "2"),
                await open_("data", 1, "1"),
            )
            await data_2.write(b"hi")
            assert await data_2.read() == b"80:hi"
            await data_2.write_eof()
            assert (await whole(data_2), await whole(error_2)) == (b"", b"")
            assert (await whole(error_1), await whole(data_1)) == (b"closed", b"")
            first = await open_("data", 80, "3")
            with contextlib.suppress(ConnectionError):
                await open_("data", 80, "3")
            assert await first.read() == b"" and first.was_reset
            with pytest.raises(ConnectionError):
                await open_("data", 0, "4")
        await asyncio.wait_for(serving, 30)


async def test_old_clients_name_no_request() -> None:
    async with pair() as (one, other):
        upgrade = FakeUpgrade("spdy/3.1", other)
        serving = asyncio.ensure_future(ports.forward(scope(), upgrade, [], echo))  # type: ignore[arg-type]
        async with SpdyConnection(one, server=False) as client:
            await client.open({"streamType": ["error"], "port": ["80"]})
            data = await client.open({"streamType": ["data"], "port": ["80"]})
            await data.write(b"x")
            assert await data.read() == b"80:x"
        await asyncio.wait_for(serving, 30)


async def test_a_client_that_resets_a_connection_ends_it() -> None:
    ended = asyncio.Event()

    async def serve(forwarded: Forwarded) -> None:
        with pytest.raises(ConnectionError):
            await forwarded.read()
        ended.set()

    async with pair() as (one, other):
        upgrade = FakeUpgrade("spdy/3.1", other)
        serving = asyncio.ensure_future(ports.forward(scope(), upgrade, [], serve))  # type: ignore[arg-type]
        async with SpdyConnection(one, server=False) as client:
            await client.open({"streamType": ["error"], "port": ["80"], "requestID": ["0"]})
            data = await client.open({"streamType": ["data"], "port": ["80"], "requestID": ["0"]})
            await data.reset()
            await asyncio.wait_for(ended.wait(), 5)
        await asyncio.wait_for(serving, 30)


async def test_several_ports_in_a_plain_websocket() -> None:
    async with pair() as (one, other):
        upgrade = FakeUpgrade("websocket", other)
        headers = socket_scope("v4.channel.k8s.io")
        serving = asyncio.ensure_future(ports.forward(headers, upgrade, [80, 1, 443], echo))  # type: ignore[arg-type]
        client = WebSocket(one, server=False)
        greetings = [await client.receive() for _ in range(6)]
        numbers = [80, 80, 1, 1, 443, 443]
        expected = [bytes((index,)) + number.to_bytes(2, "little") for index, number in enumerate(numbers)]
        assert [greeting[0] for greeting in greetings if greeting] == expected
        await client.send(b"\x04x")
        await client.send(b"\x00y")
        answers = {(await client.receive() or (b"", False))[0] for _ in range(3)}
        assert answers == {b"\x03closed", b"\x04443:x", b"\x0080:y"}
        await client.close()
        await asyncio.wait_for(serving, 30)


def test_statuses() -> None:
    assert json.loads(command.written(status.success(), whole=True)) == {"metadata": {}, "status": "Success"}
    assert command.written(status.success(), whole=False) == b""
    failure: Status = status.failed("no such file")
    assert command.written(failure, whole=False) == b"Internal error occurred: no such file"
    assert json.loads(command.written(failure, whole=True))["code"] == 500
