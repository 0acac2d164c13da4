"""What is hardly HTTP: odd paths, bodies that are cut short, doubled or packed, connections that lead nowhere."""

from __future__ import annotations

import gzip
import json
import socket
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.integration.apiserver.fuzz import values
from tests.integration.apiserver.fuzz.drawing import escaped, line, share
from tests.integration.apiserver.fuzz.server import REQUESTS, Connection, Running
from tests.integration.apiserver.fuzz.verdict import fine

pytestmark = pytest.mark.timeout(120 + REQUESTS // 4)

MAPS = b"/api/v1/namespaces/default/configmaps"
JSON = b"Content-Type: application/json\r\n"
_NO_REQUESTS = [
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET  HTTP/1.1\r\n\r\n",
    b"\x16\x03\x01\x02\x00",
    b"GET http://x/api HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET * HTTP/1.1\r\nHost: x\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    b"POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\nxx",
    b"POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n",
    b"POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\nx\r\n",
    b"POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    b"POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"POST /api/v1/pods HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
    b"CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"OPTIONS /api HTTP/1.1\r\nHost: x\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET //x HTTP/1.1\r\n\r\n",
    b"GET /api HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    b"GET /api HTTP/1.1\r\n Host: x\r\n\r\n",
    b"GET /api HTTP/1.1\r\nHost : x\r\n\r\n",
    b"GET /api HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n",
    b"GET /api HTTP/1.1\nHost: x\n\n",
    b"GET /api HTTP/1.1\r\nHost: x\r\nX: \x00\r\n\r\n",
    b"GET /api\r\n\r\n",
    b"TRACE /api/v1/pods HTTP/1.1\r\nHost: x\r\n\r\n",
    b"PROPFIND /api/v1/pods HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /api HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: x\r\n\r\n",
    b"GET /api HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n",
]


@share(0.05)
@given(st.one_of(st.binary(max_size=100), st.sampled_from(_NO_REQUESTS)))
def test_what_is_no_request_at_all(server: Running, sent: bytes) -> None:
    connection = Connection(server.port)
    try:
        answer = connection.send(sent + b"\r\n\r\n", finished=True)
    finally:
        connection.close()
    errors = server.taken_errors()
    assert not errors, (errors, sent)
    assert answer.code == 0 or 200 <= answer.code < 500 or answer.code in (501, 505), (answer, sent)


_PARTS = st.one_of(
    st.sampled_from(
        [
            b"api", b"apis", b"v1", b"namespaces", b"default", b"pods", b"a", b"", b".", b"..", b"%2e%2e", b"%2f",
            b"%00", b"%", b"%zz", b"%c0%af", b"%ff%fe", b"%e2%80%ae", b"%ed%a0%80", b"%25%32%65", b"a" * 300, b"~",
            b";x=y",
            b"watch", b"proxy", b"openapi", b"v3", b"v2", b"metrics", b"readyz", b"*", b"+", b"%20",
            b"%0d%0aX:%20y", b"a:b",
        ]
    ),
    st.binary(min_size=1, max_size=6).map(lambda data: data.translate(None, b" \r\n\t\x0b\x0c?#") or b"x"),
)  # fmt: skip


@share(0.06)
@given(
    st.sampled_from([b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"]),
    st.lists(_PARTS, max_size=9),
    st.sampled_from(
        [b"", b"/", b"//", b"?", b"?%", b"?a=%00", b"?labelSelector=%ff", b"?;", b"?a;b&c", b"#x", b"?x=#y"]
    ),
)
def test_odd_paths(server: Running, client: Connection, method: bytes, parts: list[bytes], end: bytes) -> None:
    more = b"?dryRun=All" if b"?" not in end and b"#" not in end else b""
    target = b"/" + b"/".join(parts) + end + more
    fine(server, client.ask(method, target), method.decode(), target, unreachable=b"proxy" in parts)


def _packed(body: bytes) -> st.SearchStrategy[tuple[bytes, bytes]]:
    return st.sampled_from(
        [
            (b"gzip", gzip.compress(body)),
            (b"gzip", gzip.compress(body)[:-5]),
            (b"gzip", body),
            (b"deflate", zlib.compress(body)),
            (b"br", body),
            (b"gzip, gzip", gzip.compress(gzip.compress(body))),
            (b"identity", body),
            (b"gzip", gzip.compress(b"0" * 8_000_000)),
            (b"x" * 200, body),
        ]
    )


@share(0.03)
@given(values.JSON_BODIES.flatmap(_packed), st.sampled_from([b"application/json", b"application/yaml", b""]))
def test_packed_bodies(server: Running, client: Connection, sent: tuple[bytes, bytes], media: bytes) -> None:
    headers = b"Content-Encoding: %b\r\nContent-Type: %b\r\n" % (sent[0], media)
    answer = client.ask(b"POST", MAPS + b"?dryRun=All", headers, sent[1])
    fine(server, answer, "POST", headers)


_GOOD = json.dumps({"metadata": {"name": "t"}, "data": {"k": "v" * 50}}).encode()


@share(0.03)
@given(
    st.one_of(
        st.integers(0, len(_GOOD)).map(lambda at: _GOOD[:at]),
        st.just(_GOOD * 2),
        st.sampled_from(
            [_GOOD + b"\n" + _GOOD, _GOOD + b"x", b"  " + _GOOD + b"\x00", _GOOD.decode().encode("utf-16")]
        ),
        st.lists(st.integers(0, len(_GOOD) - 1), max_size=4).map(
            lambda flips: bytes(byte ^ 0x20 if at in flips else byte for at, byte in enumerate(_GOOD))
        ),
    ),
    st.sampled_from(["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"]),
)
def test_torn_bodies(server: Running, client: Connection, body: bytes, media: str) -> None:
    answer = client.ask(b"POST", MAPS + b"?dryRun=All", line(b"Content-Type", media), body)
    fine(server, answer, "POST", media, body)


@share(0.02)
@given(st.integers(0, 150), st.integers(1, 10_000), st.booleans())
def test_bodies_that_end_early(server: Running, sent: int, missing: int, chunked: bool) -> None:
    body = (b"x" * 200)[:sent]
    if chunked:
        head, body = b"Transfer-Encoding: chunked", b"%x\r\n%b" % (len(body) + missing, body)
    else:
        head = b"Content-Length: %d" % (len(body) + missing)
    connection = Connection(server.port)
    try:
        request = b"POST %b HTTP/1.1\r\nHost: x\r\n%b\r\n%b\r\n%b" % (MAPS, head, JSON, body)
        answer = connection.send(request, finished=True)
    finally:
        connection.close()
    assert answer.code == 0 or 400 <= answer.code < 500, answer
    assert not server.taken_errors()


@share(0.01)
@given(st.text(max_size=20), st.integers(1, 400))
def test_many_of_the_same_parameter(server: Running, client: Connection, value: str, count: int) -> None:
    for key in ("fieldManager", "dryRun", "limit", "labelSelector", "propagationPolicy"):
        target = (f"{MAPS.decode()}?" + "&".join([f"{key}={escaped(value)}"] * count)).encode()
        fine(server, client.ask(b"GET", target), "GET", target[:300])


def _seconds(client: Connection) -> float:
    began = time.monotonic()
    assert client.ask(b"GET", MAPS).code == 200
    return time.monotonic() - began


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET /api HTTP/1.1\r\nHost",
        b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n%b\r\n{" % (MAPS, JSON),
        b"POST %b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n%b\r\n2\r\n" % (MAPS, JSON),
        b"GET %b?watch=1 HTTP/1.1\r\nHost: x\r\n\r\n" % MAPS,
    ],
    ids=["nothing", "half a head", "a body to come", "half a chunk", "a watch"],
)
def test_connections_that_lead_nowhere_cost_the_others_nothing(
    server: Running, client: Connection, beginning: bytes
) -> None:
    alone = max(_seconds(client) for _ in range(10))
    idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(200)]
    try:
        for each in idle:
            each.sendall(beginning)
        for n in range(30):
            idle[n].sendall(b"x"[: len(beginning)])
            assert _seconds(client) < max(4.0, 10 * alone)
    finally:
        for each in idle:
            each.close()
    assert client.ask(b"GET", b"/readyz").code == 200
    assert not server.taken_errors()
