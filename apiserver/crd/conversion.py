"""Between the versions of a kind: the webhook that converts, what it is asked and what it may answer."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from apiserver.auth.errors import StatusError
from apiserver.crd.bodies import head_problem
from apiserver.crd.conversion_metrics import CALL, INVALID, MALFORMED, PARTIAL
from apiserver.registry.errors import Errors
from apiserver.registry.go_json_errors import json_object_problem
from apiserver.registry.labels import validate_labels
from apiserver.registry.object_meta import validate_annotations
from apiserver.webhooks.client import CallError, ClientConfig
from minik8s.api.apiextensions_v1 import WebhookClientConfig
from minik8s.api.meta_v1 import Status

_SECONDS = 30.0
_VERSIONS = ("v1", "v1beta1")
_GROUP = "apiextensions.k8s.io"
_SCHEME = "k8s.io/apiserver/pkg/util/webhook/client.go:71"


class Client(Protocol):
    """What asks webhooks."""

    async def call(self, config: ClientConfig, body: bytes, seconds: float) -> bytes:
        """The answer to a POST. Raises CallError."""
        ...


class Unusable(ValueError):
    """Something came back, but not the objects that were wanted.

    `failure` is one of conversion_metrics' words; the text says what was `returned`, where it does not stand alone.
    """

    def __init__(self, failure: str, text: str, returned: str = "returned ") -> None:
        super().__init__(text)
        self.failure = failure
        self.returned = returned


class _Versioned(msgspec.Struct, rename="camel"):
    api_version: str = ""


class _Result(msgspec.Struct):
    status: str = ""
    message: str = ""
    reason: str = ""


class _Response(msgspec.Struct, rename="camel"):
    uid: str = ""
    converted_objects: list[Any] | None = None
    result: _Result = msgspec.field(default_factory=_Result)


class _Review(msgspec.Struct, rename="camel"):
    api_version: str = ""
    kind: str = ""
    response: _Response | None = None


class WebhookConversion:
    """Converts objects of one kind. `observe` is told how long each call took and how it failed, "" if it did not."""

    def __init__(
        self,
        client: Client,
        config: dict[str, Any],
        kind: str,
        observe: Callable[[float, str], None] = lambda seconds, failure: None,
    ) -> None:
        self._client = client
        self._config = msgspec.json.decode(
            msgspec.json.encode(config.get("clientConfig", {})), type=WebhookClientConfig
        )
        accepted = config.get("conversionReviewVersions", ())
        self._version = next((each for each in accepted if each in _VERSIONS), "v1")
        self._kind = kind
        self._observe = observe

    async def __call__(self, values: list[bytes], wanted: str) -> list[bytes]:
        """Stored values in the version `wanted`. Raises StatusError (500)."""
        began = time.monotonic()
        try:
            found = await self._ask(values, wanted)
        except (CallError, ValueError) as error:
            failure = CALL if isinstance(error, CallError) else getattr(error, "failure", MALFORMED)
            self._observe(time.monotonic() - began, failure)
            returned = error.returned if isinstance(error, Unusable) else "failed: "
            source = msgspec.json.decode(values[0], type=_Versioned).api_version
            about = f"conversion webhook for {source}, Kind={self._kind} " if returned else ""
            message = f"{about}{returned}{error}"
            raise StatusError(Status(status="Failure", message=message, code=500)) from None
        self._observe(time.monotonic() - began, "")
        return found

    async def _ask(self, values: list[bytes], wanted: str) -> list[bytes]:
        uid = str(uuid.uuid4())
        review = f"{_GROUP}/{self._version}"
        head = (
            f'{{"kind":"ConversionReview","apiVersion":"{review}","request":'
            f'{{"uid":"{uid}","desiredAPIVersion":"{wanted}","objects":['
        ).encode()
        answer = await self._client.call(self._config, b"%b%b]}}" % (head, b",".join(values)), _SECONDS)
        try:
            said = msgspec.json.decode(answer, type=_Review)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            why = head_problem(answer) or str(error)
            raise ValueError(f"couldn't get version/kind; json parse error: {why}") from None
        response = said.response
        if not said.kind or not said.api_version:
            found = f"{said.api_version or '/'}, Kind={said.kind}"
            raise ValueError(f"expected webhook response of {review}, Kind=ConversionReview, got {found}")
        self._check_kind(said, review)
        if response is None:
            raise ValueError("no response provided")
        if response.uid != uid:
            raise ValueError(f'expected response.uid="{uid}", got "{response.uid}"')
        if response.result.status != "Success":
            raise ValueError(
                response.result.message or f"response.result.status was '{response.result.status}', not 'Success'"
            )
        objects = response.converted_objects or []
        if len(objects) != len(values):
            raise Unusable(PARTIAL, f"{len(objects)} objects, expected {len(values)}")
        return [self._checked(value, made, wanted) for value, made in zip(values, objects, strict=True)]

    def _check_kind(self, said: _Review, review: str) -> None:
        if said.kind == "ConversionReview" and said.api_version == review:
            return
        group, _, version = said.api_version.rpartition("/")
        if said.kind == "ConversionReview" and group == _GROUP and version in _VERSIONS:
            wanted = review.rpartition("/")[2]
            raise ValueError(f"converting ({version}.{said.kind}) to ({wanted}.{said.kind}): unknown conversion")
        raise ValueError(f'no kind "{said.kind}" is registered for version "{said.api_version}" in scheme "{_SCHEME}"')

    def _checked(self, value: bytes, made: Any, wanted: str) -> bytes:
        if made is None:
            raise Unusable(INVALID, "unexpected end of JSON input", "")
        if not isinstance(made, dict):
            raise Unusable(INVALID, json_object_problem(msgspec.json.encode(made)), "")
        found, kind = made.get("apiVersion", ""), made.get("kind", "")
        where = "invalid object at index 0: invalid "
        if found != wanted:
            raise Unusable(INVALID, f"{where}groupVersion (expected {wanted}, received {found})")
        if kind != self._kind:
            raise Unusable(INVALID, f"{where}kind (expected {self._kind}, received {kind})")
        original = msgspec.json.decode(value)["metadata"]
        metadata = made.get("metadata")
        given = metadata if isinstance(metadata, dict) else {}
        for name in ("name", "namespace", "uid"):
            was, now = original.get(name, ""), given.get(name, "")
            if was != now:
                said = "UID" if name == "uid" else name
                raise Unusable(INVALID, f"invalid object: must have the same {said}: {was} != {now}")
        for name in ("labels", "annotations"):
            kept = given.get(name)
            if kept is not None and (problem := _map_problem(name, kept, original.get(name))):
                raise Unusable(INVALID, f"invalid metadata: {problem}")
            original.pop(name, None)
            if kept is not None:
                original[name] = kept
        rest = {key: each for key, each in made.items() if key not in ("kind", "apiVersion", "metadata")}
        return msgspec.json.encode({"kind": self._kind, "apiVersion": wanted, "metadata": original, **rest})


_GO_TYPES = {str: "string", bool: "bool", int: "int64", float: "float64", list: "[]interface {}", type(None): "<nil>"}


def _map_problem(name: str, made: Any, original: Any) -> str:
    """Why labels or annotations that came back cannot be an object's, "" where they can or have not changed."""
    if not isinstance(made, dict):
        return f"invalid metadata.{name} of type {_go_type(made)} in converted object"
    for key, value in made.items():
        if not isinstance(value, str):
            return f"metadata.{name}[{key}] must be a string, but is {_go_type(value)} in converted object"
    if made == (original or {}):
        return ""
    errors = Errors()
    if name == "labels":
        validate_labels(made, "metadata.labels", errors)
    else:
        validate_annotations(made, "metadata.annotation", errors)
    found = list(dict.fromkeys(map(str, errors)))
    return found[0] if len(found) == 1 else f"[{', '.join(found)}]" if found else ""


def _go_type(value: Any) -> str:
    return _GO_TYPES.get(type(value), "map[string]interface {}")
