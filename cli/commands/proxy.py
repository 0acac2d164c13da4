"""`proxy`: the API on a local port, with this context's identity."""

from __future__ import annotations

import asyncio
import re
import socket
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import click

from cli.errors import CommandError
from cli.session import Session
from cli.session import command as make
from minik8s.client.errors import ApiError, ConnectionFailed

_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "host", "authorization", "content-length", "te"}


@make("proxy")
@click.option("-p", "--port", type=int, default=8001, show_default=True, help="local port; 0 is any")
@click.option("--address", default="127.0.0.1", show_default=True, help="local address")
@click.option("-u", "--unix-socket", default="", help="a socket in place of a port")
@click.option("--api-prefix", default="/", show_default=True, help="where the API begins")
@click.option("-w", "--www", default="", help="a folder of files to serve as well")
@click.option("-P", "--www-prefix", default="/static/", show_default=True, help="where the files begin")
@click.option("--accept-hosts", default=r"^localhost$,^127\.0\.0\.1$,^\[::1\]$", hidden=True)
@click.option("--accept-paths", default="^.*", hidden=True)
@click.option("--reject-paths", default=r"^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach", hidden=True)
@click.option("--reject-methods", default="^$", hidden=True)
@click.option("--disable-filter", is_flag=True, help="let every request through")
async def command(session: Session, port: int, address: str, unix_socket: str, **given: Any) -> int:
    """Serve the API on this machine, with my identity."""
    from aiohttp import web

    proxy = _Proxy(session, given)
    app = web.Application(client_max_size=1 << 30)
    app.router.add_route("*", "/{path:.*}", proxy.serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        if unix_socket:
            await web.UnixSite(runner, unix_socket).start()
            print(f"Starting to serve on {unix_socket}", flush=True)
        else:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            held = socket.socket(family, socket.SOCK_STREAM)
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            held.bind((address, port))
            await web.SockSite(runner, held).start()
            print(f"Starting to serve on {address}:{held.getsockname()[1]}", flush=True)
        await asyncio.Event().wait()
    except OSError as error:
        raise CommandError(f"error: listen tcp {address}:{port}: {(error.strerror or str(error)).lower()}") from None
    finally:
        await runner.cleanup()
    return 0


class _Proxy:
    """Passes requests on."""

    def __init__(self, session: Session, given: dict[str, Any]) -> None:
        self._session = session
        self._given = given
        self._prefix = "/" + given["api_prefix"].strip("/")

    def _refused(self, request: Any) -> bool:
        if self._given["disable_filter"]:
            return False

        def any_of(patterns: str, text: str) -> bool:
            return any(re.search(each, text) for each in patterns.split(","))

        host = re.sub(r":\d+$", "", request.headers.get("Host", ""))
        return (
            any_of(self._given["reject_paths"], request.path)
            or any_of(self._given["reject_methods"], request.method)
            or not any_of(self._given["accept_hosts"], host)
            or not any_of(self._given["accept_paths"], request.path)
        )

    async def serve(self, request: Any) -> Any:
        """One request."""
        from aiohttp import web

        if self._refused(request):
            return web.Response(status=403, text="Forbidden")
        if self._given["www"] and request.path.startswith(self._given["www_prefix"]):
            return self._file(request.path.removeprefix(self._given["www_prefix"]))
        path = request.raw_path
        if self._prefix != "/":
            if not path.startswith(self._prefix + "/"):
                return web.Response(status=404, text="404 page not found\n")
            path = path.removeprefix(self._prefix)
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._websocket(request, path)
        return await self._passed(request, path)

    def _file(self, name: str) -> Any:
        from aiohttp import web

        root = Path(self._given["www"]).resolve()
        path = (root / name).resolve()
        if path.is_dir():
            path = path / "index.html"
        if root not in path.parents or not path.is_file():
            return web.Response(status=404, text="404 page not found\n")
        return web.FileResponse(path)

    async def _passed(self, request: Any, path: str) -> Any:
        from aiohttp import web

        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP}
        body = await request.read()
        answer: Any = None
        try:
            async with self._session.transport.relay(request.method, path, body, headers) as upstream:
                kept = [(n, v) for n, v in upstream.headers.items() if n.lower() not in _HOP | {"content-encoding"}]
                answer = web.StreamResponse(status=upstream.status)
                for name, value in kept:
                    answer.headers.add(name, value)
                await answer.prepare(request)
                async for chunk in upstream.content.iter_any():
                    await answer.write(chunk)
                await answer.write_eof()
        except ConnectionFailed as error:
            if answer is None or not answer.prepared:
                return web.Response(status=502, text=f"{error}\n")
        except ConnectionError:
            pass
        return answer

    async def _websocket(self, request: Any, target: str) -> Any:
        from aiohttp import web

        asked = request.headers.get("Sec-WebSocket-Protocol", "")
        protocols = [each.strip() for each in asked.split(",") if each.strip()]
        path, _, query = target.partition("?")
        try:
            upstream = await self._session.client.websocket(path, parse_qsl(query), protocols)
        except (ApiError, ConnectionFailed) as error:
            return web.Response(status=getattr(error, "code", 502), text=f"{error}\n")
        here = web.WebSocketResponse(protocols=[upstream.protocol] if upstream.protocol else (), max_msg_size=0)
        await here.prepare(request)

        async def pump(source: Any, sink: Any) -> None:
            async for message in source:
                if message.type.name == "BINARY":
                    await sink.send_bytes(message.data)
                elif message.type.name == "TEXT":
                    await sink.send_str(message.data)
            await sink.close()

        both = [asyncio.ensure_future(pump(here, upstream)), asyncio.ensure_future(pump(upstream, here))]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            await upstream.close()
            await here.close()
        return here
