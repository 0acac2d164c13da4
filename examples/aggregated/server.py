"""An API server of its own that serves `animals` of the group `zoo.example.com/v1` behind minik8s' API server.

    python examples/aggregated/server.py --tls-cert-file=zoo.crt --tls-private-key-file=zoo.key \\
        --requestheader-client-ca-file=front-proxy-ca.crt --requestheader-allowed-names=front-proxy-client

Whoever connects must show a certificate of the front proxies' authority, and says in `X-Remote-User` for whom it asks:
the API server in front has found out who that is, and whether they may. Animals live in memory.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import json
import ssl
import uuid
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

GROUP, VERSION, KIND = "zoo.example.com", "v1", "Animal"
API_VERSION = f"{GROUP}/{VERSION}"
ROOT = f"/apis/{API_VERSION}"
ANIMALS = ROOT + "/namespaces/{namespace}/animals"
Animal = dict[str, Any]


class Zoo:
    """All animals, and what happened to them."""

    def __init__(self) -> None:
        self.revision = 0
        self.animals: dict[tuple[str, str], Animal] = {}
        self.events: list[tuple[int, str, Animal]] = []
        self.news = asyncio.Condition()

    async def note(self, what: str, animal: Animal) -> Animal:
        """Write an event down and wake who watches."""
        self.revision += 1
        animal = {**animal, "metadata": {**animal["metadata"], "resourceVersion": str(self.revision)}}
        self.events.append((self.revision, what, animal))
        async with self.news:
            self.news.notify_all()
        return animal

    def listed(self, namespace: str) -> list[Animal]:
        """The animals of a namespace, or ("") all of them."""
        return [each for place, each in sorted(self.animals.items()) if namespace in ("", place[0])]

    async def watched(self, namespace: str, since: int) -> AsyncIterator[bytes]:
        """Events after a revision, one JSON line each, until nobody reads them."""
        at = next((i for i, event in enumerate(self.events) if event[0] > since), len(self.events))
        while True:
            while at < len(self.events):
                _, what, animal = self.events[at]
                at += 1
                if namespace in ("", animal["metadata"]["namespace"]):
                    yield json.dumps({"type": what, "object": animal}).encode() + b"\n"
            async with self.news:
                await self.news.wait()


def status(code: int, reason: str, message: str) -> JSONResponse:
    """A failure as Kubernetes writes it."""
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message}
    return JSONResponse({**body, "metadata": {}, "code": code}, code)


class FrontProxyProtocol(HttpToolsProtocol):
    """Notes the name in the client's certificate."""

    def connection_made(self, transport: Any) -> None:
        """Read the certificate of the connection."""
        secured = transport.get_extra_info("ssl_object")
        subject = (secured.getpeercert() or {}).get("subject", ()) if secured is not None else ()
        names = [value for part in subject for key, value in part if key == "commonName"]
        self.app_state = {**self.app_state, "proxy": names[0] if names else ""}
        super().connection_made(transport)


class FrontProxyOnly:
    """Turns away who is no trusted proxy, or does not say for whom it asks."""

    def __init__(self, app: ASGIApp, allowed: list[str]) -> None:
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the certificate's name and at X-Remote-User."""
        if scope["type"] == "http":
            named = any(name == b"x-remote-user" and value for name, value in scope["headers"])
            proxy = scope.get("state", {}).get("proxy", "")
            if not named or (self._allowed and proxy not in self._allowed):
                await status(401, "Unauthorized", "Unauthorized")(scope, receive, send)
                return
        await self._app(scope, receive, send)


def make_app(zoo: Zoo) -> FastAPI:
    """The endpoints."""
    app = FastAPI(openapi_url=None)
    verbs = ["create", "delete", "get", "list", "watch"]
    resource = {"name": "animals", "singularName": "animal", "namespaced": True, "kind": KIND, "verbs": verbs}
    voice = {"name": "animals/voice", "singularName": "", "namespaced": True, "kind": KIND, "verbs": ["get"]}

    @app.get(ROOT)
    async def resources() -> dict[str, Any]:
        listed = [{**resource, "shortNames": ["an"]}, voice]
        return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": API_VERSION, "resources": listed}

    @app.get("/openapi/v3")
    async def index() -> dict[str, Any]:
        return {"paths": {ROOT[1:]: {"serverRelativeURL": f"/openapi/v3{ROOT}?hash=1"}}}

    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"sound": {"type": "string"}}}},
        "x-kubernetes-group-version-kind": [{"group": GROUP, "version": VERSION, "kind": KIND}],
    }
    name = f"com.example.zoo.{VERSION}.{KIND}"
    info = {"title": "zoo", "version": "1"}

    @app.get(f"/openapi/v3{ROOT}")
    async def openapi_v3() -> dict[str, Any]:
        return {"openapi": "3.0.0", "info": info, "paths": {}, "components": {"schemas": {name: schema}}}

    @app.get("/openapi/v2")
    async def openapi_v2() -> dict[str, Any]:
        found = {"200": {"description": "OK", "schema": {"$ref": f"#/definitions/{name}"}}}
        paths = {f"{ANIMALS}/{{name}}": {"get": {"responses": found}}}
        return {"swagger": "2.0", "info": info, "paths": paths, "definitions": {name: schema}}

    @app.get(f"{ROOT}/animals")
    @app.get(ANIMALS)
    async def listed(namespace: str = "", watch: bool = False, resourceVersion: str = "") -> Any:  # noqa: N803
        if watch:
            since = int(resourceVersion or zoo.revision)
            return StreamingResponse(zoo.watched(namespace, since), media_type="application/json")
        metadata = {"resourceVersion": str(zoo.revision)}
        items = zoo.listed(namespace)
        return {"kind": "AnimalList", "apiVersion": API_VERSION, "metadata": metadata, "items": items}

    @app.post(ANIMALS)
    async def create(namespace: str, request: Request) -> Any:
        sent = await request.json()
        called = sent["metadata"]["name"]
        if (namespace, called) in zoo.animals:
            return status(409, "AlreadyExists", f'animals.{GROUP} "{called}" already exists')
        now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        metadata = {**sent["metadata"], "namespace": namespace, "uid": str(uuid.uuid4()), "creationTimestamp": now}
        metadata["annotations"] = {**metadata.get("annotations", {}), f"{GROUP}/by": request.headers["x-remote-user"]}
        made = {**sent, "apiVersion": API_VERSION, "kind": KIND, "metadata": metadata}
        zoo.animals[namespace, called] = made = await zoo.note("ADDED", made)
        return JSONResponse(made, 201)

    @app.get(ANIMALS + "/{called}")
    async def get(namespace: str, called: str) -> Any:
        found = zoo.animals.get((namespace, called))
        return found or status(404, "NotFound", f'animals.{GROUP} "{called}" not found')

    @app.delete(ANIMALS + "/{called}")
    async def delete(namespace: str, called: str) -> Any:
        found = zoo.animals.pop((namespace, called), None)
        if found is None:
            return status(404, "NotFound", f'animals.{GROUP} "{called}" not found')
        await zoo.note("DELETED", found)
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}

    @app.websocket(ANIMALS + "/{called}/voice")
    async def speak(socket: WebSocket, namespace: str, called: str) -> None:
        await socket.accept()
        sound = zoo.animals.get((namespace, called), {}).get("spec", {}).get("sound", "...")
        await socket.send_text(f"{sound}, {socket.headers.get('x-remote-user')}")
        async for text in socket.iter_text():
            await socket.send_text(f"{sound} {text}")

    return app


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bind-address", default="0.0.0.0")
    parser.add_argument("--secure-port", type=int, default=8443)
    parser.add_argument("--tls-cert-file", required=True)
    parser.add_argument("--tls-private-key-file", required=True)
    parser.add_argument("--requestheader-client-ca-file", required=True)
    parser.add_argument("--requestheader-allowed-names", default="")
    given = parser.parse_args()
    allowed = [each for each in given.requestheader_allowed_names.split(",") if each]
    uvicorn.run(
        FrontProxyOnly(make_app(Zoo()), allowed),
        host=given.bind_address,
        port=given.secure_port,
        http=FrontProxyProtocol,
        lifespan="off",
        log_level="warning",
        ssl_certfile=given.tls_cert_file,
        ssl_keyfile=given.tls_private_key_file,
        ssl_ca_certs=given.requestheader_client_ca_file,
        ssl_cert_reqs=ssl.CERT_REQUIRED,
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
