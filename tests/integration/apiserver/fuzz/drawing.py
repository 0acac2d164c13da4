"""How many requests a test draws, from which seed, and how text becomes part of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote_from_bytes

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st

from tests.integration.apiserver.fuzz import values
from tests.integration.apiserver.fuzz.server import REQUESTS, SEED

_UNCHECKED = [
    HealthCheck.too_slow,
    HealthCheck.filter_too_much,
    HealthCheck.data_too_large,
    HealthCheck.function_scoped_fixture,
    HealthCheck.large_base_example,
]


def drawn(examples: int) -> Callable[[Any], Any]:
    """Settings of so many examples: the same each time for the same seed."""

    def decorate(test: Any) -> Any:
        chosen = settings(
            max_examples=max(examples, 5),
            deadline=None,
            suppress_health_check=_UNCHECKED,
            database=None,
            phases=[Phase.generate],
        )
        return seed(SEED)(chosen(test))

    return decorate


def share(part: float) -> Callable[[Any], Any]:
    """Settings for a part of all requests."""
    return drawn(int(REQUESTS * part))


def line(name: bytes, text: str) -> bytes:
    """A header, as far as it can be one."""
    return name + b": " + text.encode("utf-8", "surrogatepass").replace(b"\r", b"").replace(b"\n", b"") + b"\r\n"


def escaped(text: str) -> str:
    """Text for a path or query, whatever is in it."""
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="")


def queries() -> st.SearchStrategy[str]:
    """Query strings, from empty to hopeless."""
    pair = st.tuples(values.QUERY_KEYS, values.ANY_VALUE).map(lambda both: f"{escaped(both[0])}={escaped(both[1])}")
    return st.one_of(
        st.just(""),
        st.lists(pair, max_size=4).map("&".join),
        st.sampled_from(
            ["&&&===", "%", "%zz=%", "limit=%31&limit=2", "a" * 3000, "=" * 2000, "limit=99999999999999999999"]
        ),
    )
