from __future__ import annotations

from typing import Any

import msgspec
import pytest

from minik8s.testing.fake_cluster import FakeCluster
from scheduler import extenders
from scheduler.config import Configuration
from scheduler.extenders import Extender

from .make import node, pod


class Service:
    """An extender that answers from a table of verbs."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[tuple[str, Any]] = []

    async def __call__(self, url: str, body: bytes, seconds: float) -> bytes:
        verb = url.rpartition("/")[2]
        self.asked.append((verb, msgspec.json.decode(body)))
        answer = self.answers[verb]
        if isinstance(answer, Exception):
            raise answer
        return msgspec.json.encode(answer)

    async def close(self) -> None:
        return


def serve(monkeypatch: pytest.MonkeyPatch, service: Service) -> None:
    monkeypatch.setattr(extenders, "HttpCall", lambda tls: service)


def configured(**entry: Any) -> Configuration:
    return Configuration.model_validate({"extenders": [{"urlPrefix": "http://x/api", **entry}]})


async def test_an_extender_filters_and_ranks(cluster: FakeCluster, start, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(
        filter={"NodeNames": ["n2", "n3"], "FailedNodes": {"n1": "too loud"}},
        prioritize=[{"Host": "n2", "Score": 0}, {"Host": "n3", "Score": 10}],
    )
    serve(monkeypatch, service)
    cluster.add(node("n1"), node("n2"), node("n3"), pod("p"))
    running = await start(configured(filterVerb="filter", prioritizeVerb="prioritize", weight=5, nodeCacheCapable=True))
    assert running.node_of("p") == "n3"
    verb, body = service.asked[0]
    assert (verb, body["NodeNames"], body["Pod"]["metadata"]["name"]) == ("filter", ["n1", "n2", "n3"], "p")


async def test_what_it_excludes_is_said(cluster: FakeCluster, start, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, Service(filter={"NodeNames": [], "FailedNodes": {"n1": "node(s) were too loud"}}))
    cluster.add(node("n1"), pod("p"))
    running = await start(configured(filterVerb="filter", nodeCacheCapable=True))
    assert running.message("p").startswith("0/1 nodes are available: 1 node(s) were too loud.")


async def test_a_broken_one_stops_pods_unless_it_may_be_ignored(
    cluster: FakeCluster, start, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, Service(filter=OSError("connection refused")))
    cluster.add(node("n1"), pod("p"))
    running = await start(configured(filterVerb="filter"))
    assert running.message("p") == "extender http://x/api/filter: connection refused"
    await running.stop()
    running = await start(configured(filterVerb="filter", ignorable=True))
    assert running.node_of("p") == "n1"


async def test_it_sees_only_pods_that_ask_for_its_resources_and_may_bind_them(
    cluster: FakeCluster, start, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(bind={"Error": ""})
    serve(monkeypatch, service)
    asks = {"containers": [{"name": "c", "image": "i", "resources": {"requests": {"example.com/fpga": "1"}}}]}
    cluster.add(node("n1"), pod("plain"), pod("special", spec=asks))
    managed = [{"name": "example.com/fpga", "ignoredByScheduler": True}]
    running = await start(configured(bindVerb="bind", managedResources=managed))
    assert running.node_of("plain") == "n1"
    assert running.node_of("special") == ""
    expected = {"PodName": "special", "PodNamespace": "default", "PodUID": "uid-special", "Node": "n1"}
    assert service.asked == [("bind", expected)]
    assert "default/special" in running.scheduler.cluster.pods


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({}, "urlPrefix must be set"),
        ({"urlPrefix": "http://x", "prioritizeVerb": "p"}, "must have a positive weight"),
        ({"urlPrefix": "http://x", "preemptVerb": "p"}, "preemptVerb is not supported"),
    ],
)
def test_entries_that_make_no_sense_say_so(entry: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Extender(entry)
