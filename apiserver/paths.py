"""Requests for what is no resource: discovery, OpenAPI, version, health, metrics, the issuer's documents."""

from __future__ import annotations

from urllib.parse import parse_qs

import msgspec

from apiserver import version
from apiserver.auth.errors import no_such_resource, not_allowed
from apiserver.auth.setup import Auth
from apiserver.auth.tokens.discovery import CONFIGURATION_PATH, JWKS_PATH, MAX_AGE
from apiserver.call import JSON as JSON_TYPE
from apiserver.call import NO_SNIFF, Call
from apiserver.discovery import aggregated
from apiserver.discovery.catalog import Catalog
from apiserver.fairness.dumps import PRIORITY_LEVELS, priority_levels
from apiserver.fairness.tally import Tallies
from apiserver.health import ROOTS, Health
from apiserver.measures.process import STARTED
from apiserver.metrics import CONTENT_TYPE as METRICS_TYPE
from apiserver.metrics import Metrics
from apiserver.negotiation import (
    JSON,
    PLAIN,
    PROTOBUF,
    clauses,
    names_any,
    negotiate,
    unacceptable_route,
)
from apiserver.openapi.serving import OpenAPI
from apiserver.zpages import FLAGS, STATUS, ZPages

SLIS = "/metrics/slis"
METRICS = ("/metrics", SLIS)
_TEXT = b"text/plain; charset=utf-8"
# Slashes in the path of a group version's resources, and the group the aggregator serves like others do theirs.
_OF_RESOURCES = 3
_AGGREGATOR = "/apis/apiregistration.k8s.io"
_OK = 200
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

    def __init__(self, catalog: Catalog, health: Health, metrics: Metrics, openapi: OpenAPI) -> None:
        self.catalog = catalog
        self._built_in = frozenset(group.name for group in catalog.groups)
        self.metrics = metrics
        self.health = health
        self.openapi = openapi
        self.auth: Auth | None = None
        # host:port under which clients are told to reach the server, where it is not as they reached it.
        self.address = ""
        self.flows: Tallies | None = None
        self._zpages = ZPages(STARTED)

    async def answer(self, call: Call) -> None:
        """Answer one request."""
        path = call.info.path.rstrip("/") or "/"
        if path.startswith(ROOTS):
            await self._health(call, call.info.path)
        elif (found := self.catalog.document(path, self.address or _address(call))) is not None:
            await self._document(call, path, found)
        elif path == "/version":
            _only_read(call)
            if (accept := call.header(b"accept")) and not names_any(accept, (JSON,)):
                raise unacceptable_route((JSON,))
            await _respond_indented(call, version.document())
        elif call.info.path in METRICS:
            call.extra_headers.append((b"process-start-time-unix", b"%d" % STARTED))
            body = await self.health.figures() if path == SLIS else self.metrics.exposition()
            await call.respond_encoded(200, body, METRICS_TYPE)
        elif call.info.path == PRIORITY_LEVELS and self.flows is not None:
            await call.respond_encoded(200, priority_levels(self.flows).encode(), _TEXT)
        elif call.info.path in (STATUS, FLAGS):
            accept = call.header(b"accept")
            page, content_type, warning = self._zpages.page(path, accept, pretty=call.prettied(PLAIN).pretty)
            if warning:
                call.warnings.append(warning)
            await call.respond_encoded(200, page, content_type)
        elif path in ("/", "/index.html"):
            await _respond_indented(call, msgspec.json.encode({"paths": self.known()}))
        elif path.startswith(_OPENAPI) and call.info.path != "/openapi/v2/":
            await self._openapi(call, path)
        elif path in (CONFIGURATION_PATH, JWKS_PATH) and self.auth is not None and self.auth.documents is not None:
            _only_read(call)
            documents = self.auth.documents
            first = path == CONFIGURATION_PATH
            body, media = (
                (documents.configuration, documents.configuration_type)
                if first
                else (documents.jwks, documents.jwks_type)
            )
            if (accept := call.header(b"accept")) and not names_any(accept, (media,)):
                raise unacceptable_route((media,))
            headers = [(b"content-type", media.encode()), (b"cache-control", b"public, max-age=%d" % MAX_AGE)]
            await call.respond_raw(200, body, headers + call.extra_headers)
        elif path.startswith(("/api/", "/version/")) or _group(path) in self._built_in:
            raise no_such_resource()
        else:
            await call.respond_raw(404, b"404 page not found\n", [*call.headers(_TEXT), NO_SNIFF])

    async def _document(self, call: Call, path: str, found: bytes) -> None:
        # The lists of all groups, and of a group's versions, come from the aggregator: it looks at no method.
        aggregated_one = path.startswith("/apis") and path.count("/") < _OF_RESOURCES and path != _AGGREGATOR
        if not aggregated_one:
            _only_read(call)
        accept = call.header(b"accept")
        if path in ("/api", "/apis") and (wanted := _aggregated(accept)) is not None:
            await self._aggregated(call, *wanted, core=path == "/api")
            return
        group = _group(path)
        routed = not aggregated_one and (group == "/" or group in self._built_in)
        call.output = call.prettied(negotiate(accept, transforms=False, routed=routed))
        await call.respond(200, found)

    def known(self) -> list[str]:
        """Every path there is, in order."""
        found = {"/api", "/apis/", STATUS, FLAGS, "/version", *METRICS, *_OPENAPI, *self.health.paths()}
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
            *call.extra_headers,
        ]
        if found.etag in call.header(b"if-none-match"):
            await call.respond_raw(304, b"", headers[1:])
        else:
            await call.respond_raw(200, found.body, headers)

    async def _health(self, call: Call, path: str) -> None:
        query = parse_qs(call.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        found = await self.health.answer(path, verbose="verbose" in query, exclude=query.get("exclude", ()))
        status, text = found if found is not None else (404, "404 page not found\n")
        # Kubernetes writes the answer of a single check without the header.
        extra = [] if status == _OK and path.count("/") > 1 else [NO_SNIFF]
        await call.respond_raw(status, text.encode(), [*call.headers(_TEXT), *extra])

    async def _openapi(self, call: Call, path: str) -> None:
        found = await self.openapi.answer(
            path,
            call.query,
            accept=call.header(b"accept"),
            encoding=call.header(b"accept-encoding"),
            etag=call.header(b"if-none-match"),
        )
        if found is None:
            await call.respond_raw(404, b"404 page not found\n", [*call.headers(_TEXT), NO_SNIFF])
        else:
            await call.respond_raw(found.status, found.body, [*found.headers, *call.extra_headers])


def _only_read(call: Call) -> None:
    """Documents are for GET alone, not even for HEAD. Raises StatusError (405)."""
    if call.scope["method"] != "GET":
        raise not_allowed()


async def _respond_indented(call: Call, document: bytes) -> None:
    """A document that is always indented, as Kubernetes writes what is no API object."""
    await call.respond_encoded(200, msgspec.json.format(document, indent=2), JSON_TYPE)


def _group(path: str) -> str:
    """The group a path below /apis names; none has the name "/"."""
    parts = path.split("/")
    return parts[2] if len(parts) > 2 and parts[1] == "apis" else "/"


def _address(call: Call) -> str:
    host, port = call.scope.get("server") or ("127.0.0.1", 0)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
