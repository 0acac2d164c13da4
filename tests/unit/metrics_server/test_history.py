from __future__ import annotations

from metrics_server.history import History, Usage
from metrics_server.points import Batch, Point

START = 1_700_000_000_000
KEY = ("default", "a")


def at(seconds: float, cpu: float = 0.0, memory: int = 1000, started: int = START - 3_600_000) -> Point:
    return Point(START + int(seconds * 1000), int(cpu * 1e9), memory, started)


def of_pod(**containers: Point) -> Batch:
    return Batch({}, {KEY: containers})


def test_a_rate_needs_two_points() -> None:
    history = History(15_000)
    history.store(Batch({"n": at(0, cpu=10)}))
    assert history.node("n") is None and history.counts == (0, 0)
    history.store(Batch({"n": at(15, cpu=13, memory=7)}))
    assert history.node("n") == Usage(200_000_000, 7, START + 15_000, 15_000)
    assert history.node("other") is None and history.counts == (1, 0)


def test_what_a_round_lacks_is_forgotten() -> None:
    history = History(15_000)
    for seconds in (0, 15):
        history.store(Batch({"n": at(seconds, seconds)}, {KEY: {"c": at(seconds, seconds)}}))
    history.store(Batch())
    assert history.node("n") is None and history.pod(KEY) == {}
    history.store(Batch({"n": at(45, 45)}))
    assert history.node("n") is None


def test_a_page_that_did_not_change_keeps_the_rate() -> None:
    history = History(15_000)
    for point in (at(0, 0), at(15, 3), at(15, 3)):
        history.store(Batch({"n": point}))
    assert history.node("n") == Usage(200_000_000, 1000, START + 15_000, 15_000)
    # One older than what is compared with: there is nothing to compare it with.
    history.store(Batch({"n": at(-1, 0)}))
    assert history.node("n") is None


def test_every_container_has_to_have_two_points() -> None:
    history = History(15_000)
    history.store(of_pod(c=at(0, 1)))
    history.store(of_pod(c=at(15, 2), side=at(15, 1)))
    assert history.pod(KEY) == {}
    history.store(of_pod(c=at(30, 3), side=at(30, 4)))
    assert {name: usage.cpu for name, usage in history.pod(KEY).items()} == {"c": 66_666_666, "side": 200_000_000}


def test_a_restarted_container_waits_for_its_second_point() -> None:
    history = History(15_000)
    history.store(of_pod(c=at(0, 100)))
    history.store(of_pod(c=at(15, 0.5, started=START + 9_000)))
    assert history.pod(KEY) == {}
    history.store(of_pod(c=at(30, 2, started=START + 9_000)))
    assert history.pod(KEY)["c"].cpu == 100_000_000


def test_a_fresh_container_counts_from_its_start() -> None:
    history = History(15_000)
    history.store(of_pod(c=at(12, 6, started=START)))
    assert history.pod(KEY) == {"c": Usage(500_000_000, 1000, START + 12_000, 12_000)}
    history.store(of_pod(c=at(27, 6, started=START)))
    assert history.pod(KEY)["c"].cpu == 0


def test_a_counter_that_went_back_tells_nothing() -> None:
    history = History(15_000)
    history.store(Batch({"n": at(0, 10)}, {KEY: {"c": at(0, 10), "side": at(0, 1)}}))
    history.store(Batch({"n": at(15, 9)}, {KEY: {"c": at(15, 9), "side": at(15, 4)}}))
    assert history.node("n") is None
    assert list(history.pod(KEY)) == ["side"]
    history.store(Batch({"n": at(30, 12)}))
    assert history.node("n") == Usage(200_000_000, 1000, START + 30_000, 15_000)
