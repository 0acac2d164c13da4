"""Requests for `/openapi/v2` and `/openapi/v3`.

Documents are made when first asked for, off the event loop, and kept compressed: most clients take them so, and ask
once for each change. A document's name is its ETag and part of its address in the index, so that clients may keep it
for good.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import time
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import Any, NamedTuple

import msgspec
import structlog

from apiserver.collection import give_back
from apiserver.negotiation import clauses
from apiserver.openapi import v2, v2_protobuf, v3
from apiserver.openapi.described import Described
from apiserver.openapi.fingerprint import digest
from apiserver.openapi.types import type_of_kind
from minik8s.api import meta_v1
from minik8s.api.fields import Struct

log = structlog.get_logger("apiserver.openapi")

_JSON = "application/json"
_V2 = "/openapi/v2"
_V3 = "/openapi/v3"
_LARGE = 32 * 1024
_MUCH = 4 * 1024 * 1024
_STAYS = 2.0
"""Seconds a large document stays unpacked."""
_YEAR = 365 * 24 * 3600
ResourceLists = Callable[[], Mapping[str, bytes]]


class Answer(NamedTuple):
    """What to send back; `headers` include the content type."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class _Kept(NamedTuple):
    packed: bytes
    etag: str
    media: str


def _keep(body: bytes, media: str, etag: str = "") -> _Kept:
    return _Kept(gzip.compress(body, 5, mtime=0), etag or hashlib.sha512(body).hexdigest().upper(), media)


class OpenAPI:
    """The documents of a server.

    `resource_lists` gives the APIResourceList of every group version served now, as JSON by its path
    (`/apis/apps/v1`); documents follow when a list changes. Group versions whose types are known elsewhere (custom
    resources, aggregated servers) bring their own document by `publish`.
    """

    def __init__(self, resource_lists: ResourceLists, version: str) -> None:
        self._resource_lists = resource_lists
        self._version = version
        self._kept: dict[str, tuple[bytes, _Kept]] = {}
        self._published: dict[str, _Kept] = {}
        self._v2: dict[str, tuple[tuple[bytes, int], _Kept]] = {}
        self._parts: dict[str, dict[str, Any]] = {}
        self._parts_changed = 0
        self.foreign: set[str] = set()
        """Keys of group versions that other servers serve: nothing is made up for them."""
        self.described: Callable[[str, str], Described | None] = lambda group_version, kind: None
        """Finds kinds that no Python type describes."""
        self.facts: Mapping[str, bytes] = {}
        """By key (`apis/example.com/v1`), what documents depend on besides the resource lists."""
        self._named: tuple[tuple[Any, ...], _Kept] | None = None
        self._building = asyncio.Lock()
        self._made = 0
        """Bytes of documents made so far."""
        self._unpacking = asyncio.Lock()
        self._plain_bodies: dict[str, bytes] = {}
        """Large documents as they are before they are compressed, by their ETags, for a few seconds."""
        self._since = formatdate(usegmt=True)

    def publish(self, key: str, document: bytes) -> None:
        """Serve a v3 document made elsewhere under `key` (`apis/example.com/v1`); "" takes it away."""
        if document:
            self._published[key] = _keep(document, _JSON)
        else:
            self._published.pop(key, None)

    def publish_v2(self, key: str, part: dict[str, Any] | None) -> None:
        """Serve `paths` and `definitions` made elsewhere in the v2 document; None takes them away."""
        if part is None:
            if self._parts.pop(key, None) is None:
                return
        else:
            self._parts[key] = part
        self._parts_changed += 1

    def _own_lists(self) -> dict[str, bytes]:
        return {path: said for path, said in self._resource_lists().items() if path.lstrip("/") not in self.foreign}

    async def answer(
        self, path: str, query: Mapping[str, str], *, accept: str = "", encoding: str = "", etag: str = ""
    ) -> Answer | None:
        """Answer a request, given the headers that matter; None where there is no such document."""
        if path == _V2:
            wanted = _chosen(accept or "*/*")
            if wanted is None:
                return Answer(406, [(b"vary", b"Accept")], b"")
            kept = await self._build(self._document_v2, wanted != _JSON)
            return await self._send(kept, encoding, etag)
        if path == _V3:
            kept = await self._build(self._index)
            return await self._send(kept, encoding, etag)
        if not path.startswith(_V3 + "/"):
            return None
        key = path.removeprefix(_V3 + "/")
        found = await self._build(self._document_v3, key)
        if found is None:
            return None
        known = query.get("hash")
        if known is not None and known != found.etag:
            location = f"{path}?hash={found.etag}".encode()
            return Answer(301, [(b"location", location), (b"content-type", b"text/plain")], b"")
        return await self._send(found, encoding, etag, for_good=known is not None)

    async def _build(self, make: Callable[..., Any], *arguments: Any) -> Any:
        async with self._building:
            made = self._made
            found = await asyncio.to_thread(make, *arguments)
            if self._made - made > _MUCH:
                await asyncio.to_thread(give_back)
            return found

    def _keep(self, body: bytes, media: str, etag: str = "") -> _Kept:
        self._made += len(body)
        return _keep(body, media, etag)

    async def _send(self, kept: _Kept, encoding: str, etag: str, *, for_good: bool = False) -> Answer:
        headers = [
            (b"content-type", kept.media.encode()),
            (b"etag", f'"{kept.etag}"'.encode()),
            (b"last-modified", self._since.encode()),
            (b"vary", b"Accept, Accept-Encoding"),
        ]
        if for_good:
            headers.append((b"cache-control", b"public, immutable"))
            headers.append((b"expires", formatdate(time.time() + _YEAR, usegmt=True).encode()))
        else:
            headers.append((b"cache-control", b"no-cache, private"))
        if kept.etag in etag:
            return Answer(304, headers, b"")
        if "gzip" in encoding:
            return Answer(200, [*headers, (b"content-encoding", b"gzip")], kept.packed)
        return Answer(200, headers, await self._unpacked(kept))

    async def _unpacked(self, kept: _Kept) -> bytes:
        """A document for those who do not take it compressed. A large one stays for a while: they come in crowds."""
        if len(kept.packed) < _LARGE:
            return gzip.decompress(kept.packed)
        async with self._unpacking:
            if (body := self._plain_bodies.get(kept.etag)) is None:
                body = self._plain_bodies[kept.etag] = await asyncio.to_thread(gzip.decompress, kept.packed)
                asyncio.get_running_loop().call_later(_STAYS, self._pack, kept.etag)
        return body

    def _pack(self, etag: str) -> None:
        """Nobody has asked for a document uncompressed for a while, or they will wait for it."""
        del self._plain_bodies[etag]
        asyncio.get_running_loop().run_in_executor(None, give_back)

    def _type_of(self, group_version: str, kind: str) -> type[Struct] | Described | None:
        return self.described(group_version, kind) or type_of_kind(group_version, kind)

    def _document_v2(self, protobuf: bool) -> _Kept:
        lists = self._own_lists()
        said = (b"".join([lists[key] for key in sorted(lists)] + list(self.facts.values())), self._parts_changed)
        media = v2_protobuf.MEDIA_TYPE if protobuf else _JSON
        held = self._v2.get(media)
        if held is None or held[0] != said:
            decoded = [msgspec.json.decode(lists[key]) for key in sorted(lists)]
            document = v2.document(decoded, self._version, self._type_of, packed=True)
            write = v2_protobuf.encode if protobuf else msgspec.json.encode
            body = write(document)
            for key in sorted(self._parts):
                # What others say of themselves may be anything: what cannot be written is left out.
                more = {**document, "paths": {**document["paths"]}, "definitions": {**document["definitions"]}}
                try:
                    v2.add(more, self._parts[key])
                    document, body = more, write(more)
                except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
                    log.warning("an OpenAPI document of another server cannot be used", key=key, reason=str(error))
            held = self._v2[media] = (said, self._keep(body, media))
        return held[1]

    def _plain(self) -> dict[str, type[Struct] | None]:
        found: dict[str, type[Struct] | None] = {
            ".well-known/openid-configuration": None,
            "api": meta_v1.APIVersions,
            "apis": meta_v1.APIGroupList,
            "openid/v1/jwks": None,
            "version": None,
        }
        for path in self._resource_lists():
            if path.startswith("/apis/"):
                found[path.rpartition("/")[0].lstrip("/")] = meta_v1.APIGroup
        return found

    def _document_v3(self, key: str) -> _Kept | None:
        if (published := self._published.get(key)) is not None:
            return published
        said = self._own_lists().get("/" + key)
        if said is not None:
            held = self._kept.get(key)
            facts = self.facts.get(key, b"")
            if held is None or held[0] != said + facts:
                document = v3.document(msgspec.json.decode(said), self._version, self._type_of)
                kept = self._keep(msgspec.json.encode(document), _JSON, digest(key.encode(), said, facts))
                held = self._kept[key] = (said + facts, kept)
            return held[1]
        plain = self._plain()
        if key not in plain:
            return None
        held = self._kept.get(key)
        if held is None:
            document = v3.plain_document(f"/{key}/", self._version, plain[key])
            held = self._kept[key] = (b"", _keep(msgspec.json.encode(document), _JSON, digest(key.encode())))
        return held[1]

    def _index(self) -> _Kept:
        """Names every document without making any."""
        lists, facts = self._own_lists(), self.facts
        state = (b"".join([*lists.values(), *facts.values()]), *(each.etag for each in self._published.values()))
        if self._named is not None and self._named[0] == state:
            return self._named[1]
        names = {key: digest(key.encode()) for key in self._plain()}
        for path, said in lists.items():
            key = path.lstrip("/")
            names[key] = digest(key.encode(), said, facts.get(key, b""))
        names.update({key: kept.etag for key, kept in self._published.items()})
        paths = {key: {"serverRelativeURL": f"{_V3}/{key}?hash={names[key]}"} for key in sorted(names)}
        kept = _keep(msgspec.json.encode({"paths": paths}), _JSON)
        self._named = state, kept
        return kept


def _chosen(accept: str) -> str | None:
    """The media type of the old document that an Accept header wants first, None where it wants none there is."""
    for clause in clauses(accept):
        for media in (_JSON, *v2_protobuf.ASKED_AS):
            major, _, minor = media.partition("/")
            if clause.type in (major, "*") and clause.subtype in (minor, "*"):
                return media
    return None
