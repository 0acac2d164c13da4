"""The head of an answer goes out with its body, and nothing is held for ever."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import pytest

from apiserver.serving.gathering import GatheringTransport


class Written:
    """A transport that notes what it is told."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def write(self, data: bytes) -> None:
        self.calls.append(data)

    def writelines(self, parts: Iterable[bytes]) -> None:
        self.calls.append(list(parts))

    def close(self) -> None:
        self.calls.append("closed")

    def abort(self) -> None:
        self.calls.append("aborted")

    def is_closing(self) -> bool:
        return "closed" in self.calls

    def get_extra_info(self, name: str) -> str:
        return name


@pytest.fixture
def below() -> Written:
    return Written()


@pytest.fixture
def above(below: Written) -> GatheringTransport:
    return GatheringTransport(cast(Any, below))


def test_a_held_write_goes_out_with_the_next(below: Written, above: GatheringTransport) -> None:
    above.write(b"before")
    above.hold()
    above.write(b"head ")
    assert below.calls == [b"before"]
    above.write(b"body")
    above.write(b"after")
    assert below.calls == [b"before", b"head body", b"after"]


def test_a_long_body_is_not_copied(below: Written, above: GatheringTransport) -> None:
    body = b"x" * 100_000
    above.hold()
    above.write(b"head")
    above.write(body)
    assert below.calls == [[b"head", body]] and below.calls[0][1] is body


def test_an_end_lets_go_of_what_is_held(below: Written, above: GatheringTransport) -> None:
    above.hold()
    above.write(b"head")
    above.close()
    assert below.calls == [b"head", "closed"] and above.is_closing()


def test_an_empty_second_write_lets_go_too(below: Written, above: GatheringTransport) -> None:
    above.hold()
    above.write(b"head")
    above.write(b"")
    assert below.calls == [b"head"]


def test_everything_else_is_the_transports_own(below: Written, above: GatheringTransport) -> None:
    above.abort()
    assert below.calls == ["aborted"] and above.get_extra_info("socket") == "socket"
