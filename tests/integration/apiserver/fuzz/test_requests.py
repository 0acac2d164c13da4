"""Requests that are wrong in every way that can be thought of get an answer below 500, leave no error in the log, and
leave the server as it was. MINIK8S_FUZZ says how many (1,000 when unset; 10,000 for a thorough run).
"""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_from_bytes

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.integration.apiserver.fuzz import values
from tests.integration.apiserver.fuzz.server import REQUESTS, Answer, Connection, Running, running

_ALL = [
    HealthCheck.too_slow,
    HealthCheck.filter_too_much,
    HealthCheck.data_too_large,
    HealthCheck.function_scoped_fixture,
]


def share(part: float) -> Any:
    """Settings for a part of all requests. The same requests each time, unless there are many."""
    examples = max(int(REQUESTS * part), 10)
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=REQUESTS <= 1000,
        suppress_health_check=_ALL,
        database=None,
        phases=[Phase.generate],
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(Path(tmp_path_factory.mktemp("fuzz"))) as server:
        first = Connection(server.port)
        first.ask(b"POST", b"/api/v1/namespaces/default/serviceaccounts", b"", b'{"metadata":{"name":"default"}}')
        for path, body in _VICTIMS.items():
            answer = first.ask(b"POST", path.encode(), b"Content-Type: application/json\r\n", json.dumps(body).encode())
            assert answer.code == 201, answer
        yield server
        first.close()


@pytest.fixture(scope="module")
def client(server: Running) -> Iterator[Connection]:
    connection = Connection(server.port)
    yield connection
    connection.close()


_CONTAINERS = [{"name": "a", "image": "i", "env": [{"name": "A", "value": "b"}], "ports": [{"containerPort": 1}]}]
_TEMPLATE = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": _CONTAINERS}}
_VICTIMS: dict[str, dict[str, Any]] = {
    "/api/v1/namespaces/default/pods": {"metadata": {"name": "a"}, "spec": {"containers": _CONTAINERS}},
    "/api/v1/namespaces/default/configmaps": {"metadata": {"name": "a"}, "data": {"k": "v"}},
    "/api/v1/namespaces/default/services": {"metadata": {"name": "a"}, "spec": {"ports": [{"port": 1}]}},
    "/apis/apps/v1/namespaces/default/deployments": {
        "metadata": {"name": "a"},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": _TEMPLATE},
    },
    "/api/v1/nodes": {"metadata": {"name": "a"}},
}
_PATCHES = st.sampled_from(
    [
        "application/merge-patch+json",
        "application/json-patch+json",
        "application/strategic-merge-patch+json",
        "application/apply-patch+yaml",
    ]
)
_POINTERS = st.sampled_from(
    [
        "",
        "/",
        "/metadata",
        "/metadata/name",
        "/metadata/labels/a~1b",
        "/spec/containers/0",
        "/spec/containers/-",
        "/x~2",
        "/spec/containers/99999999999999999999",
        "/spec/containers/-1",
        "/spec/containers/01",
        "/" * 3000,
        "no",
        "/status",
        "/metadata/resourceVersion",
        "/kind",
        "/metadata/managedFields/0/fieldsV1",
    ]
)
_STEPS = st.lists(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test", "x"])},
        optional={"path": _POINTERS, "from": _POINTERS, "value": values.DOCUMENTS},
    ),
    max_size=4,
)
_NESTED = st.fixed_dictionaries(
    {},
    optional={
        "metadata": values.DOCUMENTS,
        "spec": st.one_of(
            values.DOCUMENTS,
            st.fixed_dictionaries(
                {},
                optional={
                    "containers": st.one_of(
                        st.lists(
                            st.fixed_dictionaries(
                                {},
                                optional={
                                    "name": values.SCALARS,
                                    "$patch": st.sampled_from(["delete", "replace", "merge", "x", 1]),
                                    "env": values.DOCUMENTS,
                                    "resources": values.DOCUMENTS,
                                },
                            ),
                            max_size=3,
                        ),
                        values.DOCUMENTS,
                    ),
                    "$setElementOrder/containers": values.DOCUMENTS,
                    "replicas": values.NUMBERS,
                    "template": values.DOCUMENTS,
                    "selector": values.DOCUMENTS,
                    "ports": values.DOCUMENTS,
                },
            ),
        ),
        "status": values.DOCUMENTS,
        "data": values.DOCUMENTS,
        "apiVersion": st.one_of(st.sampled_from(["v1", "apps/v1", "x/y/z", ""]), values.SCALARS),
        "kind": st.one_of(st.sampled_from(["Pod", "ConfigMap", "Deployment", "Node", ""]), values.SCALARS),
    },
)


def line(name: bytes, text: str) -> bytes:
    """A header, as far as it can be one."""
    return name + b": " + text.encode("utf-8", "surrogatepass").replace(b"\r", b"").replace(b"\n", b"") + b"\r\n"


def escaped(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="")


def fine(server: Running, answer: Answer, *about: object) -> None:
    """Fails where the server did, of itself or by not answering."""
    errors = server.taken_errors()
    assert not errors, (errors, about)
    if answer.code == 500 and "application/strategic-merge-patch+json" in about and b'"reason"' not in answer.body:
        return  # so answers Kubernetes where a strategic merge patch makes no sense
    assert 200 <= answer.code < 500 or answer.code in (501, 503, 504), (answer, about)
    if answer.code >= 400 and answer.body and b"application/json" in answer.head.lower():
        status = json.loads(answer.body)
        assert status["kind"] == "Status" and status["code"] == answer.code, (answer, about)


def queries() -> st.SearchStrategy[str]:
    pair = st.tuples(values.QUERY_KEYS, values.ANY_VALUE).map(lambda both: f"{escaped(both[0])}={escaped(both[1])}")
    return st.one_of(
        st.just(""),
        st.lists(pair, max_size=4).map("&".join),
        st.sampled_from(
            ["&&&===", "%", "%zz=%", "limit=%31&limit=2", "a" * 3000, "=" * 2000, "limit=99999999999999999999"]
        ),
    )


@share(0.2)
@given(
    st.sampled_from([b"GET", b"HEAD", b"DELETE"]),
    st.one_of(
        values.RESOURCES, st.sampled_from(["/api", "/apis", "/apis/apps", "/openapi/v3", "/metrics", "/version"])
    ),
    st.one_of(st.just(""), values.NAMES.map(lambda name: "/" + escaped(name))),
    values.SUBRESOURCES,
    queries(),
    values.ACCEPT,
)
def test_reading(
    server: Running, client: Connection, method: bytes, path: str, name: str, sub: str, query: str, accept: str
) -> None:
    if method == b"DELETE":
        # Of what is there, something must stay for the others.
        query, name = (query + "&dryRun=All").lstrip("&"), name or "/b"
    target = f"{path}{name}{sub if name else ''}{'?' + query if query else ''}".encode()
    fine(server, client.ask(method, target, line(b"Accept", accept)), method, target, accept)


@share(0.1)
@given(
    st.sampled_from(["labelSelector", "fieldSelector", "continue", "resourceVersion", "limit", "timeoutSeconds"]),
    st.one_of(values.SELECTORS, values.TOKENS, values.VERSIONS),
    st.sampled_from(["&limit=1", "", "&resourceVersionMatch=Exact", "&resourceVersionMatch=NotOlderThan"]),
)
def test_selectors_and_tokens(server: Running, client: Connection, key: str, text: str, more: str) -> None:
    target = f"/api/v1/namespaces/default/pods?{key}={escaped(text)}{more}".encode()
    fine(server, client.ask(b"GET", target), target)


@share(0.2)
@given(
    values.RESOURCES,
    st.one_of(
        st.tuples(st.just("application/json"), values.JSON_BODIES),
        st.tuples(
            st.just("application/json"), _NESTED.map(lambda body: json.dumps(body).encode("utf-8", "surrogatepass"))
        ),
        st.tuples(st.just("application/yaml"), values.YAML_BODIES),
        st.tuples(st.just("application/vnd.kubernetes.protobuf"), values.PROTOBUF_BODIES),
        st.tuples(values.MEDIA, values.JSON_BODIES),
    ),
    st.sampled_from(["", "?dryRun=All", "?fieldValidation=Strict", "?fieldValidation=x", "?dryRun=x"]),
    st.sampled_from(["", "/status", "/scale", "/token", "/binding", "/eviction", "/nope"]),
    st.booleans(),
)
def test_bodies(
    server: Running, client: Connection, path: str, sent: tuple[str, bytes], query: str, sub: str, put: bool
) -> None:
    media, body = sent
    target = f"{path}{'/a' + sub if put or sub else ''}{query}".encode()
    method = b"PUT" if put else b"POST"
    fine(server, client.ask(method, target, line(b"Content-Type", media), body), method, target, media, body[:300])


@share(0.25)
@given(
    st.sampled_from(list(_VICTIMS)),
    _PATCHES,
    st.one_of(
        _NESTED.map(lambda body: json.dumps(body).encode("utf-8", "surrogatepass")),
        _STEPS.map(lambda body: json.dumps(body).encode("utf-8", "surrogatepass")),
        values.JSON_BODIES,
        values.YAML_BODIES,
    ),
    st.sampled_from(["", "/status", "/scale", "/ephemeralcontainers", "/resize"]),
    st.sampled_from(["", "?fieldManager=m", "?fieldManager=m&force=true", "?fieldManager=%00", "?force=x"]),
)
def test_patches(server: Running, client: Connection, path: str, media: str, body: bytes, sub: str, query: str) -> None:
    target = f"{path}/a{sub}{query}{'&' if query else '?'}dryRun=All".encode()
    fine(server, client.ask(b"PATCH", target, line(b"Content-Type", media), body), target, media, body[:400])


@share(0.1)
@given(values.QUANTITIES, st.sampled_from(["cpu", "memory", "ephemeral-storage", "example.com/x"]), st.booleans())
def test_quantities(server: Running, client: Connection, quantity: object, name: str, claim: bool) -> None:
    amounts = {"requests": {name: quantity}}
    if claim:
        path, spec = (
            b"/api/v1/namespaces/default/persistentvolumeclaims",
            {"resources": {"requests": {"storage": quantity}}},
        )
    else:
        path, spec = (
            b"/api/v1/namespaces/default/pods",
            {"containers": [{"name": "a", "image": "i", "resources": amounts}]},
        )
    body = json.dumps({"metadata": {"name": "q"}, "spec": spec}).encode()
    answer = client.ask(b"POST", path + b"?dryRun=All", b"Content-Type: application/json\r\n", body)
    fine(server, answer, quantity)


@share(0.1)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    b"Accept",
                    b"Content-Type",
                    b"Authorization",
                    b"Impersonate-User",
                    b"Impersonate-Group",
                    b"Impersonate-Uid",
                    b"Impersonate-Extra-a%zz",
                    b"Accept-Encoding",
                    b"Audit-ID",
                    b"User-Agent",
                    b"X-Forwarded-For",
                    b"Upgrade",
                    b"If-None-Match",
                    b"X-Remote-User",
                    b"Origin",
                    b"Sec-WebSocket-Protocol",
                    b"Range",
                    b"Expect",
                ]
            ),
            st.one_of(
                st.binary(max_size=30),
                st.sampled_from(
                    [
                        b"Bearer",
                        b"Bearer ",
                        b"Bearer a.b.c",
                        b"Bearer " + b"x" * 5000,
                        b"Basic xx",
                        b"gzip;q=x,,;",
                        b"websocket",
                        b"system:masters",
                        b"100-continue",
                        b'W/"x"',
                        b"\xff",
                        b"a\tb",
                    ]
                ),
            ),
        ),
        max_size=6,
    ),
    values.RESOURCES,
)
def test_headers(server: Running, client: Connection, headers: list[tuple[bytes, bytes]], path: str) -> None:
    sent = b"".join(name + b": " + value.replace(b"\r", b"").replace(b"\n", b"") + b"\r\n" for name, value in headers)
    answer = client.ask(b"GET", path.encode(), sent)
    fine(server, answer, sent)


@share(0.05)
@given(
    st.one_of(
        st.binary(max_size=100),
        st.sampled_from(
            [
                b"GET / HTTP/9.9\r\n\r\n",
                b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
                b"GET  HTTP/1.1\r\n\r\n",
                b"\x16\x03\x01\x02\x00",
                b"GET http://x/api HTTP/1.1\r\nHost: x\r\n\r\n",
                b"GET * HTTP/1.1\r\nHost: x\r\n\r\n",
                b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                b"POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                b"POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
                b"POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                b"POST /api/v1/pods HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
                b"CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n",
                b"OPTIONS /api HTTP/1.1\r\nHost: x\r\n\r\n",
                b"GET //x HTTP/1.1\r\n\r\n",
                b"TRACE /api/v1/pods HTTP/1.1\r\nHost: x\r\n\r\n",
                b"PROPFIND /api/v1/pods HTTP/1.1\r\nHost: x\r\n\r\n",
            ]
        ),
    )
)
def test_what_is_no_request_at_all(server: Running, sent: bytes) -> None:
    connection = Connection(server.port)
    try:
        answer = connection.send(sent + b"\r\n\r\n", finished=True)
    finally:
        connection.close()
    errors = server.taken_errors()
    assert not errors, (errors, sent)
    assert answer.code in (-1, 0) or 200 <= answer.code < 500, (answer, sent)


def test_nothing_has_grown(server: Running, client: Connection) -> None:
    """After all of the above: the same again adds nothing that stays."""
    page = os.sysconf("SC_PAGE_SIZE")

    def resident() -> int:
        gc.collect()
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * page

    def once(n: int) -> None:
        client.ask(b"GET", f"/api/v1/namespaces/n{n}/things{n}?labelSelector={quote('x' * 2000)}".encode())
        client.ask(b"GET", f"/apis/g{n}/v{n}/r{n}/{'n' * 1000}/s{n}".encode(), b"Impersonate-User: u%d\r\n" % n)
        client.ask(
            b"PATCH",
            b"/api/v1/namespaces/default/pods/a?fieldManager=m%d" % n,
            b"Content-Type: x/y%d\r\n" % n,
            b"{" * 500,
        )
        client.ask(b"POST", b"/api/v1/namespaces/default/pods", b"Authorization: Bearer t%d\r\n" % n, b"x" * 3000)

    rounds = max(REQUESTS // 10, 100)
    for n in range(rounds):
        once(n)
    before = resident()
    for n in range(rounds, 3 * rounds):
        once(n)
    assert resident() - before < 6_000_000 + rounds * 100
    assert not server.taken_errors()
