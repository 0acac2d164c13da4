"""Requests for what is no resource: discovery, OpenAPI, version, health, metrics, the issuer's documents."""

from __future__ import annotations

from urllib.parse import parse_qs

import msgspec

from apiserver import version
from apiserver.auth.setup import Auth
from apiserver.auth.tokens.discovery import CONFIGURATION_PATH, JWKS_PATH, MAX_AGE
from apiserver.call import Call
from apiserver.discovery import aggregated
from apiserver.discovery.catalog import Catalog
from apiserver.health import ROOTS, Health
from apiserver.metrics import CONTENT_TYPE as METRICS_TYPE
from apiserver.metrics import Metrics
from apiserver.negotiation import JSON, PROTOBUF, clauses, negotiate
from apiserver.openapi.serving import OpenAPI

_TEXT = b"text/plain; charset=utf-8"
_NO_SNIFF = (b"x-content-type-options", b"nosniff")
_OPENAPI = ("/openapi/v2", "/openapi/v3")


def _aggregated(accept: str) -> tuple[str, str] | None:
    """(media type, version) of aggregated discovery if it is asked for first, None for the plain documents."""
    for clause in clauses(accept):
        asked = clause.parameters
        media = f"{clause.type}/{clause.subtype}"
        if asked.get("g") == aggregated.GROUP:
            known = asked.get("as") == aggregated.KIND and asked.get("v") in aggregated.VERSIONS
            if known and media in (JSON, PROTOBUF):
                return media, asked["v"]
        elif media in ("*/*", "application/*", JSON, PROTOBUF):
            return None
    return None


class Paths:
    """Answers by path."""

    def __init__(self, catalog: Catalog, health: Health, metrics: Metrics) -> None:
        self.catalog = catalog
        self.metrics = metrics
        self.health = health
        self.openapi = OpenAPI(catalog.resource_lists, version.GIT_VERSION)
        self.auth: Auth | None = None

    async def answer(self, call: Call) -> None:
        """Answer one request."""
        path = call.info.path.rstrip("/") or "/"
        if path.startswith(ROOTS):
            await self._health(call, path)
        elif path in ("/api", "/apis") and (wanted := _aggregated(call.header(b"accept"))) is not None:
            await self._aggregated(call, *wanted, core=path == "/api")
        elif (found := self.catalog.document(path, _address(call))) is not None:
            call.output = call.prettied(negotiate(call.header(b"accept"), transforms=False))
            await call.respond(200, found)
        elif path == "/version":
            call.choose_encoding()
            await call.respond(200, version.document())
        elif path == "/metrics":
            await call.respond_encoded(200, self.metrics.exposition(), METRICS_TYPE)
        elif path == "/metrics/slis":
            await call.respond_encoded(200, await self.health.figures(), METRICS_TYPE)
        elif path == "/":
            call.choose_encoding()
            await call.respond(200, msgspec.json.encode({"paths": self.known()}))
        elif path.startswith(_OPENAPI):
            await self._openapi(call, path)
        elif path in (CONFIGURATION_PATH, JWKS_PATH) and self.auth is not None and self.auth.documents is not None:
            documents = self.auth.documents
            first = path == CONFIGURATION_PATH
            body, media = (
                (documents.configuration, documents.configuration_type)
                if first
                else (documents.jwks, documents.jwks_type)
            )
            headers = [(b"content-type", media.encode()), (b"cache-control", b"public, max-age=%d" % MAX_AGE)]
            await call.respond_raw(200, body, headers)
        else:
            await call.respond_raw(404, b"404 page not found\n", [*call.headers(_TEXT), _NO_SNIFF])

    def known(self) -> list[str]:
        """Every path there is, in order."""
        found = {"/api", "/apis/", "/metrics", "/metrics/slis", "/version", *_OPENAPI, *self.health.paths()}
        found.update(path for path in self.catalog.paths())
        if self.auth is not None and self.auth.documents is not None:
            found.update((CONFIGURATION_PATH, JWKS_PATH))
        return sorted(found)

    async def _aggregated(self, call: Call, media: str, wanted: str, *, core: bool) -> None:
        found = self.catalog.aggregated(wanted, core=core, protobuf=media == PROTOBUF)
        headers = [
            (b"content-type", aggregated.media_type(media, wanted).encode()),
            (b"cache-control", b"public"),
            (b"etag", found.etag.encode()),
            (b"vary", b"Accept"),
        ]
        if found.etag in call.header(b"if-none-match"):
            await call.respond_raw(304, b"", headers[1:])
        else:
            await call.respond_raw(200, found.body, headers)

    async def _health(self, call: Call, path: str) -> None:
        query = parse_qs(call.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        found = await self.health.answer(path, verbose="verbose" in query, exclude=query.get("exclude", ()))
        status, text = found if found is not None else (404, "404 page not found\n")
        await call.respond_raw(status, text.encode(), [*call.headers(_TEXT), _NO_SNIFF])

    async def _openapi(self, call: Call, path: str) -> None:
        found = await self.openapi.answer(
            path,
            call.query,
            accept=call.header(b"accept"),
            encoding=call.header(b"accept-encoding"),
            etag=call.header(b"if-none-match"),
        )
        if found is None:
            await call.respond_raw(404, b"404 page not found\n", [*call.headers(_TEXT), _NO_SNIFF])
        else:
            await call.respond_raw(found.status, found.body, found.headers)


def _address(call: Call) -> str:
    host, port = call.scope.get("server") or ("127.0.0.1", 0)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
