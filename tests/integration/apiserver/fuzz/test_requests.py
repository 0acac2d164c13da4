"""Requests that are wrong in every way that can be thought of get an answer below 500 and leave no error in the log.

MINIK8S_FUZZ says how many (1,000 when unset; 10,000 for a thorough run).
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.integration.apiserver.fuzz import values
from tests.integration.apiserver.fuzz.conftest import VICTIMS
from tests.integration.apiserver.fuzz.drawing import escaped, line, queries, share
from tests.integration.apiserver.fuzz.server import REQUESTS, Connection, Running
from tests.integration.apiserver.fuzz.verdict import fine

pytestmark = pytest.mark.timeout(120 + REQUESTS // 4)

_TO_NODES = ("/log", "/exec", "/attach", "/portforward")
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
    answer = client.ask(method, target, line(b"Accept", accept))
    fine(server, answer, method.decode(), target, accept, unreachable="/proxy" in sub or sub in _TO_NODES)


@share(0.1)
@given(
    st.sampled_from(["labelSelector", "fieldSelector", "continue", "resourceVersion", "limit", "timeoutSeconds"]),
    st.one_of(values.SELECTORS, values.TOKENS, values.VERSIONS),
    st.sampled_from(["&limit=1", "", "&resourceVersionMatch=Exact", "&resourceVersionMatch=NotOlderThan"]),
)
def test_selectors_and_tokens(server: Running, client: Connection, key: str, text: str, more: str) -> None:
    target = f"/api/v1/namespaces/default/pods?{key}={escaped(text)}{more}".encode()
    fine(server, client.ask(b"GET", target), "GET", target)


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
    answer = client.ask(method, target, line(b"Content-Type", media), body)
    fine(server, answer, method.decode(), target, media, body[:300])


@share(0.25)
@given(
    st.sampled_from(list(VICTIMS)),
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
    fine(server, client.ask(b"PATCH", target, line(b"Content-Type", media), body), media, target, body[:400])


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
    fine(server, answer, "POST", quantity)


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
    fine(server, answer, "GET", sent)
