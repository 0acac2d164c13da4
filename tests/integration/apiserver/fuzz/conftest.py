"""The one server all bad requests go to, with objects for them to go wrong on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.apiserver.fuzz.server import Connection, Running, running

_CONTAINERS = [{"name": "a", "image": "i", "env": [{"name": "A", "value": "b"}], "ports": [{"containerPort": 1}]}]
_TEMPLATE = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": _CONTAINERS}}
VICTIMS: dict[str, dict[str, Any]] = {
    "/api/v1/namespaces/default/pods": {
        "metadata": {"name": "a", "labels": {"a": "b"}},
        "spec": {"containers": _CONTAINERS},
    },
    "/api/v1/namespaces/default/configmaps": {"metadata": {"name": "a"}, "data": {"k": "v"}},
    "/api/v1/namespaces/default/services": {"metadata": {"name": "a"}, "spec": {"ports": [{"port": 1}]}},
    "/apis/apps/v1/namespaces/default/deployments": {
        "metadata": {"name": "a"},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": _TEMPLATE},
    },
    "/api/v1/nodes": {"metadata": {"name": "a"}},
}


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(Path(tmp_path_factory.mktemp("fuzz"))) as server:
        first = Connection(server.port)
        first.ask(b"POST", b"/api/v1/namespaces/default/serviceaccounts", b"", b'{"metadata":{"name":"default"}}')
        for path, body in VICTIMS.items():
            answer = first.ask(b"POST", path.encode(), b"Content-Type: application/json\r\n", json.dumps(body).encode())
            assert answer.code == 201, answer
        first.close()
        server.sent.clear()
        yield server


@pytest.fixture
def client(server: Running) -> Iterator[Connection]:
    connection = Connection(server.port, server.sent)
    yield connection
    connection.close()
