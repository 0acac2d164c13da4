"""Between the versions of a kind: the webhook that converts, what it is asked and what it may answer."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from apiserver.auth.errors import StatusError
from apiserver.crd.conversion_metrics import CALL, INVALID, MALFORMED, PARTIAL
from apiserver.webhooks.client import CallError, ClientConfig
from minik8s.api.apiextensions_v1 import WebhookClientConfig
from minik8s.api.meta_v1 import Status

_SECONDS = 30.0
_VERSIONS = ("v1", "v1beta1")
_GROUP = "apiextensions.k8s.io"


class Client(Protocol):
    """What asks webhooks."""

    async def call(self, config: ClientConfig, body: bytes, seconds: float) -> bytes:
        """The answer to a POST. Raises CallError."""
        ...


class Unusable(ValueError):
    """Objects came back, but not those that were wanted; `failure` is one of conversion_metrics' words."""

    def __init__(self, failure: str, text: str) -> None:
        super().__init__(text)
        self.failure = failure


class _Result(msgspec.Struct):
    status: str = ""
    message: str = ""
    reason: str = ""


class _Response(msgspec.Struct, rename="camel"):
    uid: str = ""
    converted_objects: list[dict[str, Any]] | None = None
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
            group, _, version = wanted.rpartition("/")
            message = f"conversion webhook for {group}/{version}, Kind={self._kind} failed: {error}"
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
            raise ValueError(f"couldn't read the answer: {error}") from None
        response = said.response
        if said.kind != "ConversionReview" or said.api_version != review:
            raise ValueError(
                f"expected webhook response of {review}, Kind=ConversionReview, got "
                f"{said.api_version}, Kind={said.kind}"
            )
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
            raise Unusable(PARTIAL, f"webhook returned {len(objects)} objects, expected {len(values)}")
        return [self._checked(value, made, wanted) for value, made in zip(values, objects, strict=True)]

    def _checked(self, value: bytes, made: dict[str, Any], wanted: str) -> bytes:
        if made.get("apiVersion") != wanted:
            raise Unusable(
                INVALID, f"webhook returned invalid converted object: invalid groupVersion, expected {wanted}"
            )
        if made.get("kind") != self._kind:
            raise Unusable(INVALID, f"webhook returned invalid converted object: invalid kind, expected {self._kind}")
        original = msgspec.json.decode(value)["metadata"]
        metadata = made.get("metadata")
        if not isinstance(metadata, dict):
            raise Unusable(INVALID, "webhook returned invalid metadata: expected an object")
        for name in ("name", "namespace", "uid"):
            if metadata.get(name, "") != original.get(name, ""):
                raise Unusable(INVALID, f"webhook returned invalid metadata: metadata.{name}: field is immutable")
        for name in ("labels", "annotations"):
            kept = metadata.get(name)
            if kept and not (isinstance(kept, dict) and all(isinstance(each, str) for each in kept.values())):
                raise Unusable(INVALID, f"webhook returned invalid metadata: metadata.{name} must be a map of strings")
            original.pop(name, None)
            if kept:
                original[name] = kept
        rest = {key: each for key, each in made.items() if key not in ("kind", "apiVersion", "metadata")}
        return msgspec.json.encode({"kind": self._kind, "apiVersion": wanted, "metadata": original, **rest})
