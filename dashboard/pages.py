"""The files of the page, read once."""

from __future__ import annotations

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
_PRELOADS = "<!-- preloads -->"


class Pages:
    """Name to content, type and tag."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files: dict[str, tuple[bytes, str, str]] = {}
        found = sorted(path for path in folder.rglob("*") if path.suffix in _TYPES)
        scripts = [path.relative_to(folder).as_posix() for path in found if path.suffix == ".js"]
        # A browser would find a module only when it has read the one that imports it.
        preloads = "\n".join(f'<link rel="modulepreload" href="{name}">' for name in scripts)
        for path in found:
            body = path.read_bytes()
            if path.suffix == ".html":
                body = body.replace(_PRELOADS.encode(), preloads.encode())
            tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
            self._files[path.relative_to(folder).as_posix()] = body, _TYPES[path.suffix], tag

    def answer(self, request: Request, name: str) -> Response:
        """A file, 404 when there is none of that name."""
        found = self._files.get(name or "index.html")
        if found is None:
            return Response("not found\n", 404, media_type="text/plain")
        body, media, tag = found
        # Their folder is this process's own: what it has been asked for once never changes.
        kept = "no-cache" if media.startswith("text/html") else "private, max-age=604800, immutable"
        headers = {"ETag": tag, "Cache-Control": kept}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type=media)
