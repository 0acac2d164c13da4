"""Watches asked for in every wrong way: an answer, or a stream that begins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.integration.apiserver.fuzz import values
from tests.integration.apiserver.fuzz.drawing import escaped, line, share
from tests.integration.apiserver.fuzz.server import REQUESTS, Connection, Running
from tests.integration.apiserver.fuzz.verdict import fine

pytestmark = pytest.mark.timeout(120 + REQUESTS // 4)

_FLAGS = st.sampled_from(["true", "false", "1", "0", "", "x", "yes", "TRUE"])
_MATCHES = st.sampled_from(["", "Exact", "NotOlderThan", "Newest", "exact"])


@share(0.06)
@given(
    values.RESOURCES,
    st.sampled_from(["", "/watch", "/a"]),
    st.fixed_dictionaries(
        {},
        optional={
            "watch": _FLAGS,
            "resourceVersion": values.VERSIONS,
            "resourceVersionMatch": _MATCHES,
            "sendInitialEvents": _FLAGS,
            "allowWatchBookmarks": _FLAGS,
            "labelSelector": values.SELECTORS,
            "fieldSelector": values.SELECTORS,
            "limit": values.VERSIONS,
            "continue": values.TOKENS,
            "timeoutSeconds": st.sampled_from(["1", "0", "-1", "x", "1e9", "99999999999999999999", ""]),
        },
    ),
    values.ACCEPT,
)
def test_watches(
    server: Running, client: Connection, path: str, where: str, options: dict[str, str], accept: str
) -> None:
    if where == "/watch":
        path = path.replace("/v1/", "/v1/watch/", 1)
    elif where:
        path += where
    query = "&".join(f"{key}={escaped(value)}" for key, value in {"watch": "1", **options}.items())
    target = f"{path}?{query}".encode()
    fine(server, client.ask(b"GET", target, line(b"Accept", accept)), "GET", target, accept)
