from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from metrics_server import documents
from metrics_server.access import Access, attributes
from metrics_server.api import Api
from metrics_server.failures import answer_refusal
from metrics_server.history import History
from metrics_server.objects import Measured
from metrics_server.points import Batch, Point
from minik8s import pki
from minik8s.api.apidiscovery_v2 import APIGroupDiscoveryList
from minik8s.api.core_v1 import Node, Pod, PodStatus
from minik8s.api.object_meta import ObjectMeta
from minik8s.client.informer import Informers
from minik8s.client.resources import resource_of
from minik8s.daemon.delegated import Attributes, DelegatedAuth
from minik8s.daemon.front_proxy import FrontProxies, HeaderNames
from minik8s.daemon.health import HealthServer
from minik8s.daemon.tls import TLSFiles
from minik8s.machinery.selectors import EVERYTHING, parse_label_selector
from minik8s.testing.fake_cluster import FakeCluster

START = 1_700_000_000_000
Answer = tuple[int, Any]


def filled() -> History:
    history = History(15_000)
    for round in (0, 1):
        at = START + round * 15_000

        def point(cpu: float, memory: int, at: int = at, round: int = round) -> Point:
            return Point(at, int((100 + round * cpu * 15) * 1e9), memory, START - 3_600_000)

        nodes = {"n1": point(0.25, 3 << 30), "n2": point(1, 1 << 30)}
        pods = {
            ("default", "web"): {"web": point(0.1, 10 << 20), "side": point(0.005, 1 << 20)},
            ("other", "web"): {"web": point(0, 4096)},
            ("default", "gone"): {"web": point(1, 1)},
        }
        history.store(Batch(nodes, pods))
    return history


class Server:
    """The whole of it behind TLS, with a front proxy's certificate, a client's and none to ask with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cluster = FakeCluster()
        self.reviews: list[dict[str, Any]] = []
        self.cluster.server.reactors["subjectaccessreviews"] = self._review
        self.contexts: dict[str, ssl.SSLContext] = {}
        self._informers = Informers(self.cluster)

    def _review(self, document: dict[str, Any]) -> dict[str, Any]:
        self.reviews.append(document["spec"])
        return document | {"status": {"allowed": document["spec"]["user"] in ("alice", "carl")}}

    async def start(self, selector: str = "") -> None:
        folder = self.folder
        ca, front = pki.ensure_ca(folder, "ca", "kubernetes"), pki.ensure_ca(folder, "front", "front-proxy-ca")
        pki.ensure_cert(folder, "s", ca, pki.Request("s", hosts=("127.0.0.1",), server=True))
        for stem, signer, name in (
            ("proxy", front, "front-proxy-client"),
            ("stranger", front, "somebody"),
            ("client", ca, "carl"),
            ("posing", ca, "front-proxy-client"),
        ):
            pki.ensure_cert(folder, stem, signer, pki.Request(name, client=True))
            self.contexts[stem] = ssl.create_default_context(cafile=str(folder / "ca.crt"))
            self.contexts[stem].load_cert_chain(folder / f"{stem}.crt", folder / f"{stem}.key")
        self.contexts["nobody"] = ssl.create_default_context(cafile=str(folder / "ca.crt"))
        for name, labels in (("n1", {"zone": "a"}), ("n2", {"zone": "b"}), ("n3", {"zone": "a"})):
            self.cluster.add(Node(metadata=ObjectMeta(name=name, labels=labels)))
        for namespace, name in (("default", "web"), ("other", "web"), ("default", "new")):
            meta = ObjectMeta(name=name, namespace=namespace, labels={"app": name, "in": namespace})
            self.cluster.add(Pod(metadata=meta, status=PodStatus(phase="Running")))
        nodes = self._informers.of(Node)
        pods = self._informers.of(resource_of(Pod).metadata(), field_selector="status.phase=Running")
        await self._informers.start()
        await self._informers.synced()
        chosen = parse_label_selector(selector) if selector else EVERYTHING
        measured = Measured(nodes, pods, filled(), self.cluster.clock, chosen)
        files = TLSFiles(*(str(folder / name) for name in ("s.crt", "s.key", "ca.crt", "front.crt")))
        proxies = FrontProxies(files, HeaderNames(allowed_names=("front-proxy-client",)))
        access = Access(DelegatedAuth(self.cluster, proxies=proxies))
        self._server = HealthServer(
            "127.0.0.1", 0, files, authorizer=access, routes=Api(measured).routes(), refusal=answer_refusal
        )
        await self._server.start(any_port=True)

    async def stop(self) -> None:
        await self._server.stop()
        await self._informers.stop()

    async def __call__(self, path: str, by: str = "proxy", method: str = "GET", **headers: str) -> Answer:
        named = {"X-Remote-User": "alice", "X-Remote-Group": "devs"} if by == "proxy" else {}
        url = f"https://127.0.0.1:{self._server.port}{path}"
        sent = named | {key.replace("_", "-"): value for key, value in headers.items()}
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, url, ssl=self.contexts[by], headers=sent) as answer,
        ):
            text = await answer.text()
            return answer.status, json.loads(text) if text.startswith("{") else text

    async def names(self, path: str) -> list[str]:
        status, found = await self(f"{documents.ROOT}/{path}")
        assert status == 200, found
        return [f"{m.get('namespace', '')}/{m['name']}" for m in (item["metadata"] for item in found["items"])]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    made = Server(tmp_path)
    await made.start()
    yield made
    await made.stop()


async def test_nodes(server: Server) -> None:
    status, found = await server(f"{documents.ROOT}/nodes")
    assert status == 200 and found["kind"] == "NodeMetricsList" and found["apiVersion"] == "metrics.k8s.io/v1beta1"
    # n3 has no points: it is left out.
    first, second = found["items"]
    assert first["usage"] == {"cpu": "250m", "memory": "3Gi"} and second["usage"] == {"cpu": "1", "memory": "1Gi"}
    assert first["metadata"]["labels"] == {"zone": "a"} and "kind" not in first
    assert (first["timestamp"], first["window"]) == ("2023-11-14T22:13:35Z", "15s")
    status, one = await server(f"{documents.ROOT}/nodes/n1")
    assert status == 200 and one["kind"] == "NodeMetrics" and one["usage"] == first["usage"]


async def test_pods(server: Server) -> None:
    assert await server.names("pods") == ["default/web", "other/web"]
    assert await server.names("namespaces/other/pods") == ["other/web"]
    assert await server.names("namespaces/none/pods") == []
    _, one = await server(f"{documents.ROOT}/namespaces/default/pods/web")
    assert one["kind"] == "PodMetrics" and one["containers"] == [
        {"name": "web", "usage": {"cpu": "100m", "memory": "10Mi"}},
        {"name": "side", "usage": {"cpu": "5m", "memory": "1Mi"}},
    ]
    _, idle = await server(f"{documents.ROOT}/namespaces/other/pods/web")
    assert idle["containers"][0]["usage"] == {"cpu": "0", "memory": "4Ki"}


async def test_selectors(server: Server) -> None:
    assert await server.names("nodes?labelSelector=zone%3Db") == ["/n2"]
    assert await server.names("pods?labelSelector=in+in+(other)") == ["other/web"]
    assert await server.names("pods?fieldSelector=metadata.namespace%3Ddefault") == ["default/web"]
    assert await server.names("nodes?fieldSelector=metadata.name!%3Dn1") == ["/n2"]
    status, found = await server(f"{documents.ROOT}/pods?fieldSelector=spec.nodeName%3Dn1")
    assert (status, found["reason"]) == (400, "BadRequest")
    known = '"metadata.name", "metadata.namespace"'
    assert found["message"] == f'"spec.nodeName" is not a known field selector: only {known}'
    assert (await server(f"{documents.ROOT}/pods?labelSelector=a%3D%3D%3Db"))[0] == 400


async def test_only_chosen_nodes(tmp_path: Path) -> None:
    made = Server(tmp_path)
    await made.start(selector="zone=a")
    assert await made.names("nodes") == ["/n1"]
    await made.stop()


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nodes/nope", 'node "nope" not found'),
        ("nodes/n3", 'nodemetrics.metrics.k8s.io "n3" not found'),
        ("namespaces/default/pods/nope", 'pods "nope" not found'),
        ("namespaces/default/pods/new", 'podmetrics.metrics.k8s.io "default/new" not found'),
        ("services", "the server could not find the requested resource"),
    ],
)
async def test_what_is_not_there(server: Server, path: str, message: str) -> None:
    status, found = await server(f"{documents.ROOT}/{path}")
    assert (status, found["kind"], found["reason"], found["message"]) == (404, "Status", "NotFound", message)


async def test_metrics_are_only_read(server: Server) -> None:
    status, found = await server(f"{documents.ROOT}/nodes/n1", method="DELETE")
    assert (status, found["reason"]) == (405, "MethodNotAllowed")


async def test_tables(server: Server) -> None:
    table = "application/json;as=Table;g=meta.k8s.io;v=v1,application/json"
    _, found = await server(f"{documents.ROOT}/pods", Accept=table)
    assert found["kind"] == "Table"
    assert [c["name"] for c in found["columnDefinitions"]] == ["Name", "cpu", "memory", "Window"]
    assert [row["cells"] for row in found["rows"]] == [["web", "105m", "11Mi", "15s"], ["web", "0", "4Ki", "15s"]]
    assert found["rows"][0]["object"]["kind"] == "PartialObjectMetadata"
    _, whole = await server(f"{documents.ROOT}/nodes/n1?includeObject=Object", Accept=table)
    assert whole["rows"][0]["object"]["usage"]["cpu"] == "250m"
    _, bare = await server(f"{documents.ROOT}/nodes/n1?includeObject=None", Accept=table)
    assert bare["rows"][0]["object"] is None
    _, none = await server(f"{documents.ROOT}/namespaces/none/pods", Accept=table)
    assert none["rows"] == []
    assert (await server(f"{documents.ROOT}/pods?includeObject=All", Accept=table))[0] == 400


async def test_other_forms(server: Server) -> None:
    metadata = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    _, found = await server(f"{documents.ROOT}/nodes", Accept=metadata)
    assert found["kind"] == "PartialObjectMetadataList" and found["items"][0]["metadata"]["name"] == "n1"
    proto = "application/vnd.kubernetes.protobuf"
    assert (await server(f"{documents.ROOT}/nodes", Accept=f"{proto}, */*"))[1]["kind"] == "NodeMetricsList"
    status, found = await server(f"{documents.ROOT}/nodes", Accept=proto)
    assert (status, found["reason"]) == (406, "NotAcceptable")


async def test_what_it_tells_of_itself(server: Server) -> None:
    _, resources = await server(documents.ROOT)
    told = [(r["name"], r["kind"], r["namespaced"], r["verbs"]) for r in resources["resources"]]
    assert told == [("nodes", "NodeMetrics", False, ["get", "list"]), ("pods", "PodMetrics", True, ["get", "list"])]
    assert (await server("/apis"))[1]["groups"][0]["name"] == "metrics.k8s.io"
    assert (await server("/apis/metrics.k8s.io"))[1]["preferredVersion"]["version"] == "v1beta1"
    _, index = await server("/openapi/v3")
    url = index["paths"]["apis/metrics.k8s.io/v1beta1"]["serverRelativeURL"]
    for document, schemas in (
        ((await server(url))[1], lambda d: d["components"]["schemas"]),
        ((await server("/openapi/v2"))[1], lambda d: d["definitions"]),
    ):
        text = json.dumps(document)
        for name in schemas(document):
            assert document["paths"] and name.startswith("io.k8s.")
        for reference in text.split('"$ref": "')[1:]:
            assert reference.partition('"')[0].rpartition("/")[2] in schemas(document)


async def test_discovery_in_one_answer(server: Server) -> None:
    asked = "application/json;g=apidiscovery.k8s.io;v={};as=APIGroupDiscoveryList"
    for version in ("v2", "v2beta1"):
        _, found = await server("/apis", Accept=f"{asked.format(version)},application/json")
        assert found["apiVersion"] == f"apidiscovery.k8s.io/{version}"
        (group,) = msgspec.convert(found, APIGroupDiscoveryList).items
        told = [(r.resource, r.scope, r.response_kind and r.response_kind.kind) for r in group.versions[0].resources]
        assert told == [("nodes", "Cluster", "NodeMetrics"), ("pods", "Namespaced", "PodMetrics")]
    assert (await server("/apis", Accept=asked.format("v9")))[1]["kind"] == "APIGroupList"


async def test_who_may(server: Server) -> None:
    assert (await server(f"{documents.ROOT}/nodes", by="client"))[0] == 200
    status, found = await server(f"{documents.ROOT}/namespaces/default/pods", X_Remote_User="bob")
    assert status == 403 and found["details"] == {"group": "metrics.k8s.io", "kind": "pods"}
    assert found["message"] == (
        'pods.metrics.k8s.io is forbidden: User "bob" cannot list resource "pods" in API group "metrics.k8s.io" '
        'in the namespace "default"'
    )
    assert server.reviews[-1]["resourceAttributes"]["verb"] == "list"
    status, found = await server("/metrics", by="nobody")
    assert (status, found["message"]) == (403, 'forbidden: User "system:anonymous" cannot get path "/metrics"')
    assert (await server("/livez", by="nobody"))[0] == 200
    assert (await server(f"{documents.ROOT}/nodes", by="nobody", Authorization="Bearer x"))[0] == 401


async def test_only_allowed_proxies_speak_for_others(server: Server) -> None:
    root = {"X_Remote_User": "alice"}
    assert (await server(f"{documents.ROOT}/nodes", by="stranger", **root))[0] == 401
    # Nobody's word is taken whose certificate is a client's, whatever its name.
    status, found = await server(f"{documents.ROOT}/nodes", by="posing", **root)
    assert status == 403 and 'User "front-proxy-client"' in found["message"]
    status, found = await server(f"{documents.ROOT}/nodes", by="nobody", **root)
    assert status == 403 and "system:anonymous" in found["message"]
    # And a proxy's certificate is no user's.
    status, found = await server(f"{documents.ROOT}/nodes", by="stranger")
    assert status == 403 and "system:anonymous" in found["message"]


def test_what_a_request_is_authorized_as() -> None:
    group = "metrics.k8s.io"
    root = documents.ROOT
    assert attributes("GET", f"{root}/nodes") == Attributes("list", resource="nodes", group=group)
    assert attributes("GET", f"{root}/nodes/n") == Attributes("get", resource="nodes", name="n", group=group)
    pod = Attributes("delete", resource="pods", name="p", namespace="x", group=group)
    assert attributes("DELETE", f"{root}/namespaces/x/pods/p") == pod
    assert attributes("GET", root) == Attributes("get", path=root)
    assert attributes("GET", "/openapi/v2") == Attributes("get", path="/openapi/v2")


@pytest.mark.parametrize("document", ["v2", "v3"])
def test_paths_without_parameters_say_nothing_of_them(document: str) -> None:
    paths = (documents.openapi_v2() if document == "v2" else documents.openapi_v3())["paths"]
    assert "parameters" not in paths[f"{documents.ROOT}/nodes"]
    assert [each["name"] for each in paths[f"{documents.ROOT}/nodes/{{name}}"]["parameters"]] == ["name"]
