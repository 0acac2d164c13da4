"""Requests schemathesis makes of our own OpenAPI: such as fit it, and such as do not.

MINIK8S_FUZZ of 10,000 covers every group; fewer requests cover the groups whose schemas are small.
"""

from __future__ import annotations

import json
import random
from typing import Any, NamedTuple

import pytest
import requests
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode

from tests.integration.apiserver.fuzz.drawing import drawn
from tests.integration.apiserver.fuzz.server import REQUESTS, SEED, Connection, Running
from tests.integration.apiserver.fuzz.verdict import fine

pytestmark = pytest.mark.timeout(120 + REQUESTS // 4)

THOROUGH = REQUESTS >= 10_000
_SMALL = (
    "apis/coordination.k8s.io/v1", "apis/scheduling.k8s.io/v1", "apis/rbac.authorization.k8s.io/v1",
    "apis/discovery.k8s.io/v1", "apis/events.k8s.io/v1", "apis/apiregistration.k8s.io/v1", "version",
    "apis/node.k8s.io/v1",
)  # fmt: skip
_SHARE = 0.4 if THOROUGH else 0.15
_REAL = {"namespace": "default", "name": "a", "path": "x"}


class Operation(NamedTuple):
    """One operation of a document, and where it is found."""

    method: str
    path: str
    cases: st.SearchStrategy[Case]


@pytest.fixture(scope="module")
def operations(server: Running) -> list[Operation]:
    client = Connection(server.port)
    roots = json.loads(client.ask(b"GET", b"/openapi/v3").body)["paths"]
    found = []
    for name in sorted(roots) if THOROUGH else _SMALL:
        document: Any = json.loads(client.ask(b"GET", roots[name]["serverRelativeURL"].encode()).body)
        for result in schemathesis.openapi.from_dict(document).get_all_operations():
            each = result.ok()
            cases = st.one_of(
                each.as_strategy(generation_mode=GenerationMode.NEGATIVE),
                each.as_strategy(generation_mode=GenerationMode.POSITIVE),
            )
            found.append(Operation(each.method.upper(), each.path, cases))
    client.close()
    assert len(found) > 60
    random.Random(SEED).shuffle(found)
    return found


def _sent(case: Case, operation: Operation, real: bool) -> tuple[bytes, bytes, bytes]:
    """Target, headers and body of a case; `real` puts names of what is there into the path."""
    arguments = case.as_transport_kwargs(base_url="http://x")
    if real:
        path = operation.path
        for key, value in _REAL.items():
            path = path.replace(f"{{{key}}}", value)
        arguments["url"] = "http://x" + path
    arguments.pop("headers", None)
    prepared = requests.Request(**arguments).prepare()
    body = prepared.body or b""
    data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else bytes(body)
    target = prepared.path_url.encode("utf-8", "surrogatepass").replace(b" ", b"%20")
    if operation.method != "GET":
        target += b"&dryRun=All" if b"?" in target else b"?dryRun=All"
    media = case.media_type or ""
    return target, f"Content-Type: {media}\r\n".encode("latin-1", "replace") if media else b"", data


def test_requests_made_of_the_openapi(server: Running, client: Connection, operations: list[Operation]) -> None:
    wanted = int(REQUESTS * _SHARE)
    chosen = operations[: max(wanted // 3, 1)]
    each = max(wanted // len(chosen), 1)
    made = 0
    for operation in chosen:
        codes = _ask(server, client, operation, each)
        made += each
        assert codes, (operation.method, operation.path)
    assert made >= wanted // 2


def _ask(server: Running, client: Connection, operation: Operation, examples: int) -> set[int]:
    """The codes of the answers to some requests of one operation."""
    codes: set[int] = set()

    @drawn(examples)
    @given(operation.cases, st.booleans())
    def ask(case: Case, real: bool) -> None:
        try:
            target, headers, body = _sent(case, operation, real)
        except (UnicodeError, ValueError, requests.RequestException):
            return  # what no client can send
        answer = client.ask(operation.method.encode(), target, headers, body)
        media = (case.media_type if operation.method == "PATCH" else "") or operation.method
        fine(server, answer, str(media), target, body[:300], unreachable="/proxy" in operation.path)
        codes.add(answer.code)

    ask()
    return codes
