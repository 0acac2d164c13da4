from __future__ import annotations

from typing import Any

import pytest

from kubelet.options import KubeletConfiguration
from kubelet.server.access import Access, subresources
from kubelet.server.request import Failure
from minik8s.api.authorization_v1 import SubjectAccessReview
from minik8s.testing.fake_clock import FakeClock


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/pods", ("pods", "proxy")),
        ("/runningpods/", ("pods", "proxy")),
        ("/healthz", ("healthz", "proxy")),
        ("/configz", ("configz", "proxy")),
        ("/metrics", ("metrics",)),
        ("/metrics/cadvisor", ("metrics",)),
        ("/stats/summary", ("stats",)),
        ("/logs/syslog", ("log",)),
        ("/exec/ns/p/c", ("proxy",)),
        ("/containerLogs/ns/p/c", ("proxy",)),
        ("/metricsfake", ("proxy",)),
        ("/", ("proxy",)),
    ],
)
def test_what_a_path_stands_for(path: str, asked: tuple[str, ...]) -> None:
    assert subresources(path) == asked


class Reviews:
    """Answers SubjectAccessReviews: those in `allowed` may."""

    def __init__(self, *allowed: str) -> None:
        self.allowed = allowed
        self.asked: list[tuple[str, str, str]] = []

    async def create(self, review: SubjectAccessReview) -> SubjectAccessReview:
        wanted = review.spec.resource_attributes
        assert wanted is not None and wanted.resource == "nodes" and wanted.name == "n"
        self.asked.append((review.spec.user, wanted.verb, wanted.subresource))
        review.status.allowed = wanted.subresource in self.allowed
        return review


def peer(name: str, *groups: str) -> dict[str, Any]:
    subject = [(("organizationName", group),) for group in groups] + [(("commonName", name),)]
    return {"subject": tuple(subject)}


def access(reviews: Reviews, **changes: Any) -> Access:
    config = KubeletConfiguration.model_validate(changes)
    return Access(config, reviews, "n", FakeClock())  # type: ignore[arg-type]


async def test_the_fine_subresource_is_asked_first_and_either_is_enough() -> None:
    reviews = Reviews("proxy")
    await access(reviews).check("GET", "/pods", "", peer("reader"))
    assert reviews.asked == [("reader", "get", "pods"), ("reader", "get", "proxy")]
    reviews = Reviews("pods")
    await access(reviews).check("GET", "/pods", "", peer("reader"))
    assert reviews.asked == [("reader", "get", "pods")]


async def test_a_refusal_names_what_was_asked() -> None:
    with pytest.raises(Failure) as refused:
        await access(Reviews()).check("POST", "/exec/ns/p/c", "", peer("eve"))
    words = "Forbidden (user=eve, verb=create, resource=nodes, subresource(s)=[proxy])"
    assert (refused.value.code, refused.value.message) == (403, words)


async def test_nobody_is_let_in_without_proof_unless_configured() -> None:
    with pytest.raises(Failure) as refused:
        await access(Reviews("proxy")).check("GET", "/healthz", "", None)
    assert refused.value.code == 401
    anonymous = {"authentication": {"anonymous": {"enabled": True}}}
    user = await access(Reviews("healthz"), **anonymous).check("GET", "/healthz", "", None)
    assert user.name == "system:anonymous"


async def test_verdicts_are_remembered_and_masters_not_asked_for() -> None:
    reviews = Reviews("metrics")
    judge = access(reviews)
    for _ in range(3):
        await judge.check("GET", "/metrics", "", peer("prometheus"))
    await judge.check("GET", "/metrics", "", peer("root", "system:masters"))
    assert len(reviews.asked) == 1


async def test_always_allow_asks_nobody() -> None:
    reviews = Reviews()
    await access(reviews, authorization={"mode": "AlwaysAllow"}).check("GET", "/pods", "", peer("x"))
    assert reviews.asked == []
