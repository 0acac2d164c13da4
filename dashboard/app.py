"""What is served at which path."""

from __future__ import annotations

import dataclasses
from typing import Any

import fastapi
import pydantic
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from dashboard import documents, paths, relay, sockets
from dashboard.gate import Gate, session_of
from dashboard.pages import Pages
from dashboard.reasons import reasons
from dashboard.sessions import COOKIE, Sessions
from dashboard.streams import Streams
from minik8s.client.api import ApiClient
from minik8s.client.errors import ApiError, ConnectionFailed
from minik8s.client.transport import HttpTransport

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


@dataclasses.dataclass(frozen=True, slots=True)
class Console:
    """What the page is told of where it is: `namespace` is where to begin ("" is all), `own` the context's."""

    context: str
    server: str
    namespace: str
    own: str


class Text(pydantic.BaseModel):
    """What a person typed."""

    text: str


def make(
    client: ApiClient,
    transport: HttpTransport,
    sessions: Sessions,
    console: Console,
    hosts: frozenset[str],
    scheme: str = "http",
) -> Gate:
    """The application, behind its gate."""
    app = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    base = f"/{sessions.base}"
    api = f"{base}/k8s"
    pages = Pages()

    @app.get("/healthz")
    async def healthz() -> Response:
        return PlainTextResponse("ok")

    @app.get("/login")
    async def login(token: str = "") -> Response:
        session = sessions.open(token)
        if not session:
            text = "This address was used already, or is not this console's. Press Enter where it runs for a new one."
            return PlainTextResponse(f"{text}\n", 401, headers={"Cache-Control": "no-store"})
        # The page itself goes on: where another program had the browser open this address, a redirect would count as
        # that program's, and a strict cookie would not be sent.
        head = f'<meta http-equiv="refresh" content="0;url={base}/"><link rel="icon" href="{base}/icon.svg">'
        body = f"<!doctype html>{head}<title>minik8s</title>"
        answer = HTMLResponse(body, headers={"Cache-Control": "no-store"})
        answer.set_cookie(COOKIE, session, path=f"{base}/", httponly=True, samesite="strict", secure=scheme == "https")
        return answer

    @app.get(f"{base}/console/session")
    async def session() -> dict[str, str]:
        return dataclasses.asdict(console)

    @app.post(f"{base}/console/logout")
    async def logout(request: fastapi.Request) -> Response:
        sessions.close(session_of(request.headers.get("cookie", "")))
        return Response(status_code=204)

    @app.post(f"{base}/console/parse")
    async def parse(given: Text) -> Response:
        try:
            return JSONResponse({"objects": documents.objects(given.text)})
        except documents.DocumentError as error:
            return relay.status(400, "BadRequest", str(error))

    @app.get(f"{base}/console/why")
    async def why(path: str) -> Any:
        if refused := paths.refusal(path):
            return relay.status(403, "Forbidden", refused)
        try:
            return await reasons(client, path)
        except ApiError as error:
            return relay.status(error.code, error.reason, error.message)
        except ConnectionFailed as error:
            return relay.status(502, "ConnectionFailed", str(error))

    @app.websocket(f"{base}/console/streams")
    async def streams(socket: fastapi.WebSocket) -> None:
        await Streams(socket, transport).serve()

    @app.websocket(f"{api}/{{path:path}}")
    async def socket(socket: fastapi.WebSocket) -> None:
        await sockets.joined(socket, api, transport)

    @app.api_route(f"{api}/{{path:path}}", methods=_METHODS)
    async def passed(request: fastapi.Request) -> Response:
        return await relay.passed(request, api, transport)

    @app.get(f"{base}/{{name:path}}")
    async def page(request: fastapi.Request, name: str) -> Response:
        return pages.answer(request, name)

    return Gate(app, sessions, hosts, scheme)
