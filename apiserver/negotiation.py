"""Content negotiation: what a client accepts, against what can be written.

A client names media types with parameters: `application/json;as=Table;v=v1;g=meta.k8s.io` asks for a table. The best
clause that can be met decides; when none can, the answer is 406.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from apiserver.auth.errors import StatusError
from minik8s.api.meta_v1 import Status, StatusDetails

JSON = "application/json"
YAML = "application/yaml"
PROTOBUF = "application/vnd.kubernetes.protobuf"
WHOLE = (JSON, YAML, PROTOBUF)
STREAMS = (JSON + ";stream=watch", PROTOBUF + ";stream=watch")
TABLE = "Table"
PARTIAL = "PartialObjectMetadata"
PARTIAL_LIST = "PartialObjectMetadataList"
_META_VERSIONS = ("v1", "v1beta1")
_TYPES = {JSON: ("application", "json"), YAML: ("application", "yaml"), PROTOBUF: ("application", PROTOBUF[12:])}
_BROWSERS = ("curl", "Wget", "Mozilla/5.0")
_TRUE = ("1", "t", "T", "TRUE", "true", "True")


class Output(NamedTuple):
    """How an answer is written.

    `transform` is "" for the object itself, or the kind of meta.k8s.io it is turned into, in `version` of that group;
    `pretty` (JSON only) indents.
    """

    media: str = JSON
    transform: str = ""
    version: str = "v1"
    pretty: bool = False


PLAIN = Output()


class Clause(NamedTuple):
    """One media range of an Accept header."""

    type: str
    subtype: str
    quality: float
    parameters: dict[str, str]


@lru_cache(maxsize=256)
def clauses(accept: str) -> tuple[Clause, ...]:
    """The clauses of an Accept header, the most wanted first."""
    found = []
    for part in accept.split(","):
        media, *rest = (each.strip() for each in part.split(";"))
        major, _, minor = media.partition("/")
        if not major:
            continue
        parameters: dict[str, str] = {}
        quality = 1.0
        for each in rest:
            key, _, value = each.partition("=")
            key, value = key.strip(), value.strip().strip('"')
            if key == "q":
                try:
                    quality = float(value)
                except ValueError:
                    quality = 1.0
            elif key:
                parameters[key] = value
        found.append(Clause(major, "*" if media == "*" else minor, quality, parameters))
    found.sort(key=lambda clause: (-clause.quality, clause.type == "*", clause.subtype == "*"))
    return tuple(found)


@lru_cache(maxsize=256)
def choose(accept: str, *, transforms: bool = True, streams: bool = False, protobuf: bool = True) -> Output | None:
    """What to write for an Accept header, None where nothing fits.

    `transforms` tells whether tables and partial metadata can be had, `streams` whether the answer is a watch.
    `protobuf` is False for kinds that have no protobuf form; their metadata has one.
    """
    if not accept:
        return PLAIN
    for clause in clauses(accept):
        for media, (major, minor) in _TYPES.items():
            if clause.type not in (major, "*") or clause.subtype not in (minor, "*"):
                continue
            if clause.type == "*" and clause.subtype != "*":
                continue
            asked = clause.parameters
            kind = asked.get("as", "")
            if kind or "g" in asked or "v" in asked:
                group, version = asked.get("g", ""), asked.get("v", "")
                if not transforms or group != "meta.k8s.io" or version not in _META_VERSIONS:
                    continue
                if kind not in (TABLE, PARTIAL, PARTIAL_LIST) or (kind == TABLE and media == PROTOBUF):
                    continue
            elif media == PROTOBUF and not protobuf:
                continue
            stream = asked.get("stream", "")
            if stream and (stream != "watch" or media == YAML):
                continue
            if streams and media == YAML:
                continue
            pretty = asked.get("pretty") == "1" and media == JSON
            if media == JSON and not kind and not pretty:
                return PLAIN
            return Output(media, kind, asked.get("v", "v1"), pretty)
    return None


def wants_pretty(query: str, agent: str) -> bool:
    """Whether JSON is indented: `pretty` in the query decides, else what people look at answers with."""
    if query:
        if query in _TRUE:
            return True
        return False
    return agent.startswith(_BROWSERS)


def unacceptable_route(media: tuple[str, ...]) -> StatusError:
    """406 where no type of the Accept header is known at all."""
    message = "406: Not Acceptable\n\nAvailable representations: " + ", ".join(media)
    details = StatusDetails()
    return StatusError(Status(status="Failure", message=message, reason="NotAcceptable", code=406, details=details))


def unacceptable(media: tuple[str, ...] = WHOLE) -> StatusError:
    """406 where types are known, and not as they are asked for."""
    message = "only the following media types are accepted: " + ", ".join(media)
    return StatusError(Status(status="Failure", message=message, reason="NotAcceptable", code=406))


def unsupported(media: tuple[str, ...] = WHOLE) -> StatusError:
    """415 of a body in an unknown format."""
    message = f"the body of the request was in an unknown format - accepted media types include: {', '.join(media)}"
    return StatusError(Status(status="Failure", message=message, reason="UnsupportedMediaType", code=415))


def names_any(accept: str, media: tuple[str, ...]) -> bool:
    """Whether an Accept header names one of these types, whatever its parameters."""
    for part in accept.split(","):
        name = part.partition(";")[0].strip()
        if name == "*/*" or name in media:
            return True
    return False


def negotiate(
    accept: str,
    *,
    collection: bool = False,
    watching: bool = False,
    transforms: bool = True,
    protobuf: bool = True,
    routed: bool = True,
) -> Output:
    """How to answer a request for a resource. Raises StatusError (406).

    Built-in resources are `routed` by the types they have: ranges such as `application/*` find none of them.
    """
    if not accept:
        return PLAIN
    if routed and not names_any(accept, WHOLE):
        raise unacceptable_route(WHOLE + STREAMS if collection else WHOLE)
    found = choose(accept, transforms=transforms, streams=watching, protobuf=protobuf)
    if found is not None:
        return found
    whole = watching and choose(accept, transforms=transforms, protobuf=protobuf) is not None
    raise unacceptable(STREAMS if whole else WHOLE)
