"""Cross-origin requests and HSTS: who is let in, what is told, and which expressions are refused."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.chain.browsers import Browsers, OriginError, check_origins

ORIGIN = r"//example\.com(:|$)"


class _Call:
    def __init__(self, method: str, origin: str) -> None:
        self.scope = {"method": method}
        self.extra_headers: list[tuple[bytes, bytes]] = []
        self.sent: list[tuple[int, bytes, dict[bytes, bytes]]] = []
        self._origin = origin

    def header(self, name: bytes) -> str:
        return self._origin if name == b"origin" else ""

    async def respond_raw(self, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        self.sent.append((status, body, dict(headers)))


async def _told(browsers: Browsers, method: str, origin: str) -> tuple[bool, _Call]:
    call: Any = _Call(method, origin)
    return await browsers.answered(call), call


async def test_sites_that_may_ask_are_told_so() -> None:
    over, call = await _told(Browsers([ORIGIN], []), "GET", "https://example.com:8443")
    assert not over and not call.sent
    told = dict(call.extra_headers)
    assert told[b"access-control-allow-origin"] == b"https://example.com:8443"
    assert told[b"access-control-allow-credentials"] == b"true"
    assert b"DELETE" in told[b"access-control-allow-methods"]


async def test_asking_whether_one_may_ask_needs_nobody() -> None:
    over, call = await _told(Browsers([ORIGIN], []), "OPTIONS", "https://example.com")
    ((status, body, headers),) = call.sent
    assert over and (status, body) == (204, b"") and headers[b"access-control-expose-headers"] == b"Date"


@pytest.mark.parametrize("origin", ["", "https://example.com.evil.org", "https://notexample.com"])
async def test_others_are_told_nothing(origin: str) -> None:
    over, call = await _told(Browsers([ORIGIN], []), "OPTIONS", origin)
    assert not over and not call.extra_headers


async def test_transport_security_goes_to_everybody() -> None:
    over, call = await _told(Browsers([], ["max-age=31536000", "includeSubDomains"]), "OPTIONS", "https://a")
    assert not over
    assert call.extra_headers == [(b"strict-transport-security", b"max-age=31536000; includeSubDomains")]


@pytest.mark.parametrize(
    ("origin", "why"),
    [
        ("", "empty value in --cors-allowed-origins, help: "),
        ("example.com", "does not pin to start/end of host in the origin header, help: "),
        ("//a.b", "does not pin"),
        ("^(a$", "has an invalid regular expression: error parsing regexp: missing closing )"),
    ],
)
def test_expressions_that_match_too_much_are_refused(origin: str, why: str) -> None:
    with pytest.raises(OriginError) as raised:
        check_origins([ORIGIN, origin])
    assert why in str(raised.value)
