"""The server after thousands of bad requests: as large as before, and as it was."""

from __future__ import annotations

import gc
import os
import threading
from urllib.parse import quote

import pytest

from tests.integration.apiserver.fuzz.server import REQUESTS, Connection, Running

pytestmark = pytest.mark.timeout(120 + REQUESTS // 4)

_PAGE = os.sysconf("SC_PAGE_SIZE")


def resident() -> int:
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * _PAGE


def test_the_same_bad_requests_again_add_nothing(server: Running) -> None:
    client = Connection(server.port)
    requests = [each for each in server.sent.kept if b"watch" not in each[0]]

    def again() -> None:
        for request, method in requests:
            client.send(request, method)

    again()
    threads, before = threading.active_count(), resident()
    for _ in range(2):
        again()
    client.close()
    grown = resident() - before
    assert grown < 4_000_000 + 500 * len(requests), (grown, len(requests))
    assert threading.active_count() <= threads + 2
    assert not server.taken_errors()


def test_bad_requests_that_all_differ_add_nothing(server: Running, client: Connection) -> None:
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
        client.ask(b"GET", b"/api/v1/namespaces/default/pods?continue=%d&limit=1" % n, b"Accept: a/b%d\r\n" % n)

    rounds = max(REQUESTS // 10, 100)
    for n in range(rounds):
        once(n)
    before = resident()
    for n in range(rounds, 3 * rounds):
        once(n)
    assert resident() - before < 6_000_000 + rounds * 100
    assert not server.taken_errors()


def test_what_was_there_is_there_still(server: Running, client: Connection) -> None:
    for path in (
        "/api/v1/namespaces/default/pods/a",
        "/api/v1/nodes/a",
        "/apis/apps/v1/namespaces/default/deployments/a",
    ):
        assert client.ask(b"GET", path.encode()).code == 200
    assert client.ask(b"GET", b"/readyz").code == 200
