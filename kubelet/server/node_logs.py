"""/logs/: the files below the node's log folder."""

from __future__ import annotations

import asyncio
import html
import os
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

from kubelet.server.request import Failure, Request

LOG_DIR = Path("/var/log")
_PIECE = 256 * 1024


class NodeLogs:
    """Answers /logs/ with files and lists of them, from one folder."""

    def __init__(self, folder: Path = LOG_DIR) -> None:
        self._folder = folder

    async def show(self, request: Request) -> None:
        """A file, or what a folder holds."""
        if ".." in request.parts:
            raise Failure(400, "invalid URL path")
        root = await asyncio.to_thread(self._folder.resolve)
        path = await asyncio.to_thread(root.joinpath(*request.parts[1:]).resolve)
        if path != root and root not in path.parents:
            raise Failure(404, "404 page not found")
        try:
            if await asyncio.to_thread(path.is_dir):
                page = await asyncio.to_thread(_listing, path)
                await request.respond(200, page, b"text/html; charset=utf-8")
            elif await asyncio.to_thread(path.is_file):
                await request.stream(_content(path))
            else:
                raise Failure(404, "404 page not found")
        except PermissionError:
            raise Failure(403, "403 Forbidden") from None


def _listing(path: Path) -> bytes:
    lines = ["<!doctype html>", '<meta name="viewport" content="width=device-width">', "<pre>"]
    for entry in sorted(os.scandir(path), key=lambda each: each.name):
        name = entry.name + ("/" if entry.is_dir(follow_symlinks=False) else "")
        lines.append(f'<a href="{quote(name)}">{html.escape(name)}</a>')
    return "\n".join([*lines, "</pre>", ""]).encode()


async def _content(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb", buffering=0) as file:
        while piece := await asyncio.to_thread(file.read, _PIECE):
            yield piece
