from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
from aiohttp import web

from metrics_server.history import History
from metrics_server.kubelets import PATH_ANNOTATION, Kubelets, Reach, ScrapeError
from metrics_server.points import Batch, Point
from metrics_server.scraper import Scraper
from minik8s import pki
from minik8s.api.core_v1 import DaemonEndpoint, Node, NodeAddress, NodeCondition, NodeDaemonEndpoints, NodeStatus
from minik8s.api.object_meta import ObjectMeta
from minik8s.client.config import ClientConfig
from minik8s.clock import SystemClock
from minik8s.testing.fake_clock import FakeClock


def node(name: str = "n1", port: int = 0, ready: bool = True, **annotations: str) -> Node:
    return Node(
        metadata=ObjectMeta(name=name, annotations=annotations),
        status=NodeStatus(
            addresses=[NodeAddress("InternalIP", "127.0.0.1"), NodeAddress("Hostname", name)],
            conditions=[NodeCondition("Ready", "True" if ready else "False")],
            daemon_endpoints=NodeDaemonEndpoints(kubelet_endpoint=DaemonEndpoint(port=port)),
        ),
    )


class Kubelet:
    """Stands for all kubelets: CPU grows by a second at each question."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock, self.asked, self.down = clock, [], set()  # type: ignore[var-annotated]

    async def fetch(self, node: Node) -> Batch:
        name = node.metadata.name
        self.asked.append(name)
        if name in self.down:
            raise ScrapeError("cannot connect")
        at = int(self.clock.now().timestamp() * 1000)
        return Batch({name: Point(at, len(self.asked) * 10**9, 5)}, {("default", name): {"c": Point(at, at, 5)}})


async def test_rounds_keep_their_beat_and_the_second_comes_soon() -> None:
    clock = FakeClock()
    kubelet, history = Kubelet(clock), History(15_000)
    nodes = [node("n1")]
    scraper = Scraper(lambda: nodes, kubelet, history, clock, 15)
    scraper.check_timely()
    running = asyncio.create_task(scraper.run())
    await clock.advance(1)
    assert len(kubelet.asked) == 1 and history.node("n1") is None
    with pytest.raises(RuntimeError, match="no metrics to serve"):
        scraper.check_ready()
    await clock.advance(5)
    assert len(kubelet.asked) == 2 and history.node("n1") is not None
    scraper.check_ready()
    await clock.advance(13.9)
    assert len(kubelet.asked) == 2
    await clock.advance(1)
    assert len(kubelet.asked) == 3
    scraper.check_timely()
    running.cancel()
    await clock.advance(30)
    with pytest.raises(RuntimeError, match="didn't finish on time"):
        scraper.check_timely()


async def test_a_node_that_does_not_answer_takes_nothing_from_the_others() -> None:
    clock = FakeClock()
    kubelet, history = Kubelet(clock), History(15_000)
    scraper = Scraper(lambda: [node("n1"), node("n2", ready=False)], kubelet, history, clock, 15)
    for _ in range(2):
        rounding = asyncio.create_task(scraper.round())
        await clock.advance(15)
        await rounding
    assert history.counts == (2, 2)
    kubelet.down = {"n2"}
    rounding = asyncio.create_task(scraper.round())
    await clock.advance(15)
    await rounding
    assert history.node("n1") is not None and history.node("n2") is None


def test_where_a_kubelet_is_asked() -> None:
    assert Reach().url(node("n1", port=7)) == "https://n1:10250/metrics/resource"
    reach = Reach(address_types=("ExternalIP", "InternalIP"), use_node_status_port=True)
    assert reach.url(node(port=7)) == "https://127.0.0.1:7/metrics/resource"
    assert reach.url(node(**{PATH_ANNOTATION: "/elsewhere"})) == "https://127.0.0.1:10250/elsewhere"
    with pytest.raises(ScrapeError, match=r"no address matched types \[InternalDNS\]"):
        Reach(address_types=("InternalDNS",)).url(node())


def test_whom_to_believe_at_kubelets() -> None:
    own = ClientConfig(server="https://api:6443", ca_data=b"CA", cert_data=b"C", key_data=b"K")
    assert Reach().config(own).ca_data == b"CA"
    given = Reach(ca_file="/ca", cert_file="/c", key_file="/k").config(own)
    assert (given.ca_file, given.ca_data, given.cert_file, given.cert_data, given.key_data) == (
        "/ca", b"", "/c", b"", b"",
    )  # fmt: skip
    assert Reach(insecure=True).config(own).insecure


async def test_a_kubelet_over_tls(tmp_path: Path) -> None:
    ca = pki.ensure_ca(tmp_path, "ca", "kubernetes")
    pki.ensure_cert(tmp_path, "s", ca, pki.Request("s", hosts=("127.0.0.1",), server=True))
    answers = [
        (200, "node_cpu_usage_seconds_total 1\nnode_memory_working_set_bytes 2\n"),
        (403, "Forbidden"),
        (200, "?"),
    ]
    shown: list[str] = []

    async def show(request: web.Request) -> web.Response:
        shown.append(request.headers.get("Authorization", ""))
        status, text = answers.pop(0)
        return web.Response(status=status, text=text)

    app = web.Application()
    app.router.add_get("/metrics/resource", show)
    runner = web.AppRunner(app)
    await runner.setup()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "s.crt", tmp_path / "s.key")
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    port = runner.addresses[0][1]
    reach = Reach(address_types=("InternalIP",), use_node_status_port=True)
    own = ClientConfig(server="https://api", ca_file=str(tmp_path / "ca.crt"), token="t")
    asked = node(port=port)
    try:
        async with Kubelets(reach, own, SystemClock()) as kubelets:
            assert (await kubelets.fetch(asked)).nodes["n1"].memory == 2
            with pytest.raises(ScrapeError, match='status: "403 Forbidden": Forbidden'):
                await kubelets.fetch(asked)
            with pytest.raises(ScrapeError, match="failed parsing"):
                await kubelets.fetch(asked)
        assert shown == ["Bearer t"] * 3
        pki.ensure_ca(tmp_path, "other", "other")
        stranger = ClientConfig(server="https://api", ca_file=str(tmp_path / "other.crt"))
        async with Kubelets(reach, stranger, SystemClock()) as kubelets:
            with pytest.raises(ScrapeError, match="CERTIFICATE_VERIFY_FAILED"):
                await kubelets.fetch(asked)
    finally:
        await runner.cleanup()
