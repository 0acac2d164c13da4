"""Who gets in, and what a hostile page or Pod cannot do."""

from __future__ import annotations

import re
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from dashboard import paths
from dashboard.gate import PAGE_POLICY, session_of
from dashboard.pages import FOLDER
from dashboard.server import hosts, is_loopback
from dashboard.sessions import COOKIE, Sessions
from tests.unit.dashboard.console import Running


def test_a_token_opens_one_session_once() -> None:
    sessions = Sessions()
    token = sessions.new_token()
    session = sessions.open(token)
    assert session and sessions.known(session)
    assert not sessions.open(token)
    assert not sessions.open("") and not sessions.known("") and not sessions.known(token)
    sessions.close(session)
    assert not sessions.known(session)


def test_a_new_token_ends_the_one_before() -> None:
    sessions = Sessions()
    old, new = sessions.new_token(), sessions.new_token()
    assert not sessions.open(old) and sessions.open(new)


def test_the_session_is_found_among_cookies() -> None:
    assert session_of(f"a=b; {COOKIE}=x-_y; c=d") == "x-_y"
    assert session_of("") == session_of("a=b") == session_of('"') == ""


def test_hosts_are_loopbacks_names_or_the_address_alone() -> None:
    assert hosts("127.0.0.1", 80) == {"127.0.0.1:80", "localhost:80", "[::1]:80"}
    assert hosts("192.0.2.1", 80) == {"192.0.2.1:80"}
    assert is_loopback("127.3.2.1") and is_loopback("::1") and is_loopback("localhost")
    assert not is_loopback("0.0.0.0") and not is_loopback("localhost.example.com")


async def test_signing_in(console: Running) -> None:
    token = console.sessions.new_token()
    async with console.browser.get(f"{console.origin}/login?token={token}") as answer:
        assert answer.status == 200
        cookie = answer.headers["Set-Cookie"]
        # Not a redirect, which would count as that of whoever opened the address.
        assert f"url=/{console.sessions.base}/" in await answer.text()
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and f"Path=/{console.sessions.base}/" in cookie
    async with aiohttp.ClientSession() as other, other.get(f"{console.origin}/login?token={token}") as answer:
        assert answer.status == 401 and "Set-Cookie" not in answer.headers
    found = re.match(r"([^=]+=[^;]+)", cookie)
    assert found is not None
    async with aiohttp.ClientSession(headers={"Cookie": found[1]}) as browser, browser.get(console.url()) as answer:
        assert answer.status == 200 and "<title>minik8s</title>" in await answer.text()


@pytest.mark.parametrize("path", ["", "main.js", "console/session", "k8s/api/v1/pods"])
async def test_nothing_without_a_session(console: Running, path: str) -> None:
    for headers in ({}, {"Cookie": f"{COOKIE}=guess"}):
        async with console.browser.get(console.url(path), headers=headers) as answer:
            assert answer.status == 401 and "minik8s dashboard" in await answer.text()
    assert console.asked == []


@pytest.mark.parametrize(
    "changed",
    [
        {"Host": "evil.example.com"},
        {"Host": "127.0.0.1:1"},
        {"Origin": "http://evil.example.com"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_other_sites_get_nothing_even_with_the_cookie(
    console: Running, method: str, changed: dict[str, str]
) -> None:
    headers = console.signed_in() | changed
    async with console.browser.request(method, console.url("k8s/api/v1/pods"), headers=headers) as answer:
        assert answer.status == 403
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await console.browser.ws_connect(console.url("console/streams"), headers=headers)
    assert console.asked == []


async def test_what_changes_something_says_its_origin(console: Running) -> None:
    headers = console.signed_in()
    del headers["Origin"]
    async with console.browser.post(console.url("k8s/api/v1/namespaces"), headers=headers) as answer:
        assert answer.status == 403
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await console.browser.ws_connect(console.url("console/streams"), headers=headers)


async def test_signing_out_ends_the_session(console: Running) -> None:
    headers = console.signed_in()
    async with console.browser.post(console.url("console/logout"), headers=headers) as answer:
        assert answer.status == 204
    async with console.browser.get(console.url("console/session"), headers=headers) as answer:
        assert answer.status == 401


async def test_every_answer_says_what_a_browser_may_do_with_it(console: Running) -> None:
    for path in ("", "main.js", "console/session", "nothing"):
        async with console.browser.get(console.url(path), headers=console.signed_in()) as answer:
            assert answer.headers["Content-Security-Policy"] == PAGE_POLICY
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["X-Frame-Options"] == "DENY"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "unsafe" not in PAGE_POLICY and "*" not in PAGE_POLICY


async def test_what_a_pod_sends_is_never_a_page(console: Running) -> None:
    async def page(request: web.Request) -> Any:
        return web.Response(text="<script>alert(1)</script>", content_type="text/html", headers={"Set-Cookie": "a=b"})

    console.answer = page
    headers = console.signed_in()
    async with console.browser.get(console.url("k8s/api/v1/x"), headers=headers) as answer:
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers
    for kind in ("document", "iframe", "script", "serviceworker"):
        async with console.browser.get(
            console.url("k8s/api/v1/x"), headers=headers | {"Sec-Fetch-Dest": kind}
        ) as answer:
            assert answer.status == 403
    for path in ("namespaces/a/services/b:80/proxy/", "namespaces/a/pods/b/proxy/x.js", "nodes/n/proxy/logs"):
        async with console.browser.get(console.url(f"k8s/api/v1/{path}"), headers=headers) as answer:
            assert answer.status == 403 and (await answer.json())["kind"] == "Status"
    assert len(console.asked) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/pods?watch=1&x=%20/../proxy",
        "/apis/apps/v1/deployments",
        "/version",
        "/openapi/v3",
        "/api/v1/namespaces/proxy/pods/proxy/log",
    ],
)
def test_paths_of_the_api_are_passed_on(path: str) -> None:
    assert paths.refusal(path) == ""


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "/metrics", "/debug/pprof", "/logs/", "api/v1", "//api/v1", "/api/../metrics", "/api/%2e%2e/metrics",
        "/api/v1/namespaces/a%2Fb/pods", "/api/v1/namespaces/a/pods/b/%70roxy/", "/api/v1/nodes/n:10250/proxy/run",
        "/api/v1/a b", "/api/v1/x HTTP/1.1\r\nHost: evil", "/api/v1/pods?x=\n", "/api/é",
        "/api/v1/nodes/n/proxy?watch=1",
    ],
)  # fmt: skip
def test_other_paths_are_not(path: str) -> None:
    assert paths.refusal(path)


def test_the_page_brings_nothing_from_elsewhere_and_nothing_inline() -> None:
    html = (FOLDER / "index.html").read_text()
    assert not re.search(r"(?i)<style|\son[a-z]+=|javascript:|<script(?![^>]*\bsrc=)|style=", html)
    for path in [*FOLDER.rglob("*.js"), *FOLDER.rglob("*.css"), FOLDER / "index.html"]:
        text = path.read_text()
        assert not re.search(r"(src|href)=\"(https?:)?//|\burl\(|@import|import\(?\s*\"https?:", text), path
        # An object's text becomes text, whatever stands in it.
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|DOMParser|setHTML",
            text,
        ), path
