"""In front of everything: which requests are ours, and what a browser may do with the answers."""

from __future__ import annotations

import http.cookies
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from dashboard.sessions import COOKIE, Sessions

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
App = Callable[[Scope, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types"
)
"""Our own files only, nothing inline, and no text is ever made into elements."""
RELAYED_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""What the API server (or a Pod behind it) sends is never a page."""
_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_READING = ("GET", "HEAD")
OPEN_PATHS = ("/login", "/healthz")
"""What is answered without a session."""


class Gate:
    """An ASGI application around another.

    `hosts` are the values of `Host` the console answers to (a page of another name that a hostile DNS server has
    pointed at loopback sends its own), `origin_scheme` is http or https.
    """

    def __init__(self, app: App, sessions: Sessions, hosts: frozenset[str], origin_scheme: str = "http") -> None:
        self._app = app
        self._sessions = sessions
        self._hosts = hosts
        self._scheme = origin_scheme

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """One request."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refused = self.refusal(scope)
        relayed = scope["path"].startswith(f"/{self._sessions.base}/k8s/")
        policy = RELAYED_POLICY if relayed else PAGE_POLICY

        async def guarded(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                headers = [*message.get("headers", ()), *_ALWAYS, (b"content-security-policy", policy.encode())]
                message = {**message, "headers": headers}
            await send(message)

        if refused is None:
            await self._app(scope, receive, guarded)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            await _answer(guarded, *refused)

    def refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Status and sentence for a request that may not pass, None for one that may."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get("host", "")
        if host.lower() not in self._hosts:
            return 403, f"This console does not answer to the host name {host!r}: use the address it printed."
        if scope["path"] in OPEN_PATHS:
            return None
        site = headers.get("sec-fetch-site", "")
        if site not in ("", "same-origin", "none"):
            return 403, "Another site sent this request: refused."
        origin = headers.get("origin")
        method = "" if scope["type"] == "websocket" else scope["method"]
        if origin is None and method not in _READING:
            return 403, "A request that changes something has to say its Origin: refused."
        if origin is not None and origin.lower() != f"{self._scheme}://{host.lower()}":
            return 403, "Another origin sent this request: refused."
        if not self._sessions.known(session_of(headers.get("cookie", ""))):
            return 401, (
                "You are not signed in to this console. Open the address that `minik8s dashboard` printed; it works "
                "once. Press Enter where it runs for a new one."
            )
        return None


def session_of(cookie: str) -> str:
    """The session in a Cookie header, "" for none."""
    try:
        found = http.cookies.SimpleCookie(cookie).get(COOKIE)
    except http.cookies.CookieError:
        return ""
    return found.value if found is not None else ""


async def _answer(send: Any, status: int, text: str) -> None:
    body = f"{text}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
