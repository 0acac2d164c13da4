"""What is too large or too slow is cut off, and the server goes on."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from apiserver.serving import protocol
from tests.integration.apiserver.fuzz.server import Connection, Running, running

JSON = b"Content-Type: application/json\r\n"
MAPS = b"/api/v1/namespaces/default/configmaps"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(Path(tmp_path_factory.mktemp("bounds")), timeout=1.0) as server:
        yield server


@pytest.fixture
def client(server: Running) -> Iterator[Connection]:
    connection = Connection(server.port)
    yield connection
    connection.close()
    assert not server.taken_errors()


def test_a_body_of_more_than_three_megabytes(client: Connection) -> None:
    answer = client.ask(b"POST", MAPS, JSON, b"x" * (3 * 1024 * 1024 + 1))
    assert answer.code == 413 and json.loads(answer.body)["reason"] == "RequestEntityTooLarge"


def test_a_body_without_end(server: Running, client: Connection) -> None:
    head = b"POST %b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n%b\r\n" % (MAPS, JSON)
    answer = client.send(head + b"100000\r\n%b\r\n" % (b"x" * 0x100000) * 5, b"POST")
    assert answer.code == 413


def test_a_body_that_does_not_come(client: Connection) -> None:
    began = time.monotonic()
    answer = client.send(b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n%b\r\nxx" % (MAPS, JSON), b"POST")
    assert answer.code == 504 and json.loads(answer.body)["reason"] == "Timeout"
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("one", [True, False])
def test_a_head_of_more_than_a_megabyte(server: Running, client: Connection, one: bool) -> None:
    header = b"X-A: %b\r\n" % (b"x" * 2_000_000) if one else b"X-A: xxxxxxxxxxxxxxxxxxxx\r\n" * 70_000
    assert client.send(b"GET /version HTTP/1.1\r\nHost: x\r\n" + header).code == 431
    assert Connection(server.port).ask(b"GET", b"/version").code == 200


def test_a_long_address(server: Running) -> None:
    assert Connection(server.port).ask(b"GET", MAPS + b"?labelSelector=" + b"x" * 500_000).code == 400
    assert Connection(server.port).send(b"GET /" + b"x" * 2_000_000).code in (0, 431)


def test_a_head_that_does_not_end(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.3)
    for beginning in (b"", b"GET /version HTTP/1.1\r\nHost:"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            connection.sendall(beginning)
            assert connection.recv(1000) == b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"GET /version HTTP/1.1\r\nHost: x\r\n\r\nGET /version HTTP/1.1\r\n")
        answer = b""
        while more := connection.recv(65536):
            answer += more
        assert answer.count(b"HTTP/1.1 200") == 1, "the second request never ended, the first is answered"


def test_a_watch_that_nobody_reads_is_cut_off(server: Running, client: Connection) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        reader.sendall(b"GET %b?watch=1 HTTP/1.1\r\nHost: x\r\n\r\n" % MAPS)
        assert reader.recv(100)
        big = {"metadata": {"name": "big"}, "data": {"k": "x" * 900_000}}
        assert client.ask(b"POST", MAPS, JSON, json.dumps(big).encode()).code == 201
        for n in range(40):
            patch = json.dumps({"data": {"n": str(n)}}).encode()
            assert (
                client.ask(b"PATCH", MAPS + b"/big", b"Content-Type: application/merge-patch+json\r\n", patch).code
                == 200
            )
        received = 0
        try:
            while more := reader.recv(1 << 20):
                received += len(more)
        except ConnectionResetError:
            pass
        assert received < 40 * 900_000, "it was not sent everything"
    assert client.ask(b"DELETE", MAPS + b"/big").code == 200
