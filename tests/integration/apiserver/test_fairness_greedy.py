"""One greedy client does not keep a node from renewing its lease, nor kube-system from what it needs."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from apiserver.app import APIServer
from apiserver.auth.setup import AuthSettings
from apiserver.chain.flags import RequestSettings
from apiserver.serving.protocol import PeerCertificateProtocol
from apiserver.storage.sqlite import SQLiteStore
from bench.client import Client, Connection
from minik8s.streams.serve import AsgiServer, listen

GREEDY = 64
PROBES = 60
LEASE = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1"
TOKENS = """greedy,greedy,1,system:masters-not
node,system:node:n1,2,system:nodes
scheduler,system:kube-scheduler,3
admin,admin,4,system:masters
"""


class Plain(Client):
    """Without TLS."""

    async def connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, self._host, self._port)
        return connection


async def probe(connection: Connection, requests: list[bytes]) -> list[float]:
    """Seconds each request took, in order of size."""
    took = []
    for request in requests:
        began = time.perf_counter()
        status, body = await connection.send(request)
        took.append(time.perf_counter() - began)
        assert status == 200, (status, body[:300])
        await asyncio.sleep(0.01)
    return sorted(took)


async def test_leases_and_kube_system_are_served_while_somebody_is_greedy(tmp_path: Path) -> None:
    (tmp_path / "tokens.csv").write_text(TOKENS)
    settings = AuthSettings(token_auth_file=str(tmp_path / "tokens.csv"), authorization_mode=("AlwaysAllow",))
    # Few seats, so that the greedy ones have to wait for theirs.
    requests = RequestSettings(reading=20, mutating=10)
    server = APIServer(await SQLiteStore.open(str(tmp_path / "db")), settings, requests=requests)
    await server.start()
    listening = listen("127.0.0.1", 0)
    serving = AsgiServer(server, PeerCertificateProtocol, listening)
    await serving.start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    greedy, node, scheduler, admin = (Plain(url, name) for name in ("greedy", "node", "scheduler", "admin"))
    maps = "/api/v1/namespaces/default/configmaps"

    def body(document: dict[str, Any]) -> bytes:
        return json.dumps(document).encode()

    lease = {"metadata": {"name": "n1", "namespace": "kube-node-lease"}, "spec": {"holderIdentity": "n1"}}
    for path, made in (
        (LEASE.rpartition("/")[0], lease),
        (maps, {"metadata": {"name": "big"}, "data": {"k": "x" * 50_000}}),
    ):
        status, answer = await admin.ask("POST", path, body(made))
        assert status == 201, answer
    renewals = [
        node.request("PATCH", LEASE, body({"spec": {"renewTime": f"2026-01-01T00:00:00.{n:06d}Z"}})).replace(
            b"application/json\r\nContent-Length", b"application/merge-patch+json\r\nContent-Length"
        )
        for n in range(PROBES)
    ]
    system = [scheduler.request("GET", "/api/v1/namespaces/kube-system")] * PROBES
    try:
        quiet = await probe(await node.connect(), renewals), await probe(await scheduler.connect(), system)
        done = stop = 0

        async def take(number: int) -> None:
            nonlocal done
            connection = await greedy.connect()
            listing = greedy.request("GET", maps)
            while not stop:
                done += 1
                making = greedy.request("POST", maps, body({"metadata": {"generateName": "g-"}, "data": {"k": "v"}}))
                status, answer = await connection.send(making if number % 2 else listing)
                assert status in (200, 201, 429), answer[:300]

        takers = [asyncio.ensure_future(take(number)) for number in range(GREEDY)]
        await asyncio.sleep(0.3)
        busy = await asyncio.gather(probe(await node.connect(), renewals), probe(await scheduler.connect(), system))
        stop = 1
        await asyncio.gather(*takers)
        for calm, loaded in zip(quiet, busy, strict=True):
            # Everything shares one processor here; nobody waits behind all that the greedy asked for.
            assert loaded[int(PROBES * 0.98)] < calm[int(PROBES * 0.98)] + 0.5, (calm[-3:], loaded[-3:])
        assert done > GREEDY, "the greedy were served too"
    finally:
        await serving.stop()
        await server.stop()
