"""The record of one request: what is known of it, written stage by stage."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import msgspec
import structlog

from apiserver.audit.event import (
    NONE,
    RECEIVED,
    REQUEST,
    REQUEST_RESPONSE,
    STARTED,
    AuthenticationMetadata,
    Event,
    ObjectReference,
    ResponseStatus,
)
from apiserver.audit.policy import Policy, Treatment
from apiserver.audit.sink import Sink
from apiserver.auth.errors import unauthorized
from apiserver.auth.protocols import Attributes, User
from apiserver.auth.reviews.authentication import user_info
from apiserver.measures.audit import AuditTallies
from minik8s.api.authentication_v1 import UserInfo
from minik8s.api.meta_v1 import Status

log = structlog.get_logger("apiserver.audit")

_LONGEST_USER_AGENT = 1024
_FREE = ~((0xF << 76) | (0x3 << 62)) & ((1 << 128) - 1)
_VERSION_4 = (0x4 << 76) | (0x2 << 62)
_A_STATUS = b'{"apiVersion":"v1","kind":"Status",'


def audit_id(headers: Mapping[str, str]) -> str:
    """The identifier of a request: the one it brings in `audit-id`, or a new one."""
    given = headers.get("audit-id", "")
    return given or _random_id()


_bits = random.Random().getrandbits


def _random_id() -> str:
    """A UUID of version 4 (RFC 9562). Every request gets one, and it is no secret: `uuid` takes ten times as long."""
    digits = f"{_bits(128) & _FREE | _VERSION_4:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def source_ips(headers: Mapping[str, str], peer: str) -> list[str]:
    """The addresses a request came through, the client's first."""
    found = [part.strip() for part in headers.get("x-forwarded-for", "").split(",") if part.strip()]
    real = headers.get("x-real-ip", "").strip()
    if real and not found:
        found.append(real)
    if peer and (not found or found[-1] != peer):
        found.append(peer)
    return found


_DETAILED = "patch.webhook.admission.k8s.io/"
"""What webhooks made of an object is as much as the object itself: it is told where that is."""


class Record:
    """Collects what is to be told about a request. A record of level None takes everything and writes nothing."""

    __slots__ = ("_event", "_now", "_sink", "_treatment", "enabled")

    def __init__(self, event: Event | None, treatment: Treatment, sink: Sink | None, now: Callable[[], str]) -> None:
        self._event = event
        self._treatment = treatment
        self._sink = sink
        self._now = now
        self.enabled = event is not None

    @property
    def wants_request(self) -> bool:
        """Whether the request's object is written down: else it need not be kept."""
        return self._treatment.level in (REQUEST, REQUEST_RESPONSE)

    @property
    def wants_response(self) -> bool:
        """Whether the response's object is written down."""
        return self._treatment.level == REQUEST_RESPONSE

    def annotate(self, key: str, value: str) -> None:
        """Note something; what is noted first stays."""
        if self._event is None or (key.startswith(_DETAILED) and not self.wants_request):
            return
        if key in self._event.annotations:
            if self._event.annotations[key] != value:
                log.warning("an audit annotation is set twice", key=key, audit_id=self._event.audit_id)
            return
        self._event.annotations[key] = value

    def annotate_all(self, annotations: Mapping[str, str]) -> None:
        """Note several things."""
        for key, value in annotations.items():
            self.annotate(key, value)

    def impersonated(self, user: User, constraint: str = "") -> None:
        """The request acts as another user."""
        if self._event is None:
            return
        self._event.impersonated_user = user_info(user)
        if constraint:
            self._event.authentication_metadata = AuthenticationMetadata(constraint)

    def about(self, *, namespace: str = "", name: str = "", uid: str = "", resource_version: str = "") -> None:
        """What turned out about the object: a generated name, its uid, its version."""
        if self._event is None or self._event.object_ref is None:
            return
        reference = self._event.object_ref
        reference.namespace = reference.namespace or namespace
        reference.name = reference.name or name
        reference.uid = reference.uid or uid
        reference.resource_version = reference.resource_version or resource_version

    def request_object(self, body: bytes) -> None:
        """The object sent, as JSON."""
        if self._event is not None and self.wants_request:
            self._event.request_object = msgspec.Raw(body)

    def request_patch(self, body: bytes) -> None:
        """The patch sent: as JSON of one line, whatever the client wrote, for a line of the log is an event."""
        if self._event is None or not self.wants_request:
            return
        try:
            value: object = msgspec.json.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            value = body.decode("utf-8", "replace")
        self._event.request_object = msgspec.Raw(msgspec.json.encode(value))

    def response_object(self, body: bytes) -> None:
        """The object answered, as JSON; a Status also is the answer's status."""
        if self._event is None:
            return
        if body.startswith(_A_STATUS):
            self._event.response_status = ResponseStatus.of(msgspec.json.decode(body, type=Status))
        if self.wants_response:
            self._event.response_object = msgspec.Raw(body)

    def responded(self, code: int, status: Status | None = None) -> None:
        """The answer's HTTP status, and the Status it was unless that is known already."""
        if self._event is None:
            return
        if status is not None or self._event.response_status is None:
            self._event.response_status = ResponseStatus.of(status or Status())
        self._event.response_status.code = code

    def stage(self, stage: str) -> None:
        """Write the event of a stage, unless the policy leaves it out."""
        event = self._event
        if event is None or self._sink is None or stage in self._treatment.omit_stages:
            return
        written = msgspec.structs.replace(
            event, stage=stage, stage_timestamp=self._now(), annotations=dict(event.annotations)
        )
        if event.object_ref is not None:
            written.object_ref = msgspec.structs.replace(event.object_ref)
        self._sink.write(written, self._treatment.omit_managed_fields)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Auditor:
    """Begins records as the policy says; without a policy all of them write nothing."""

    def __init__(self, policy: Policy | None, sink: Sink | None, now: Callable[[], str] = _now) -> None:
        self._policy = policy if sink is not None else None
        self.tallies = AuditTallies(sink)
        self._sink = self.tallies
        self._now = now
        self._nothing = Record(None, Treatment(NONE, frozenset(), False), None, now)

    @property
    def enabled(self) -> bool:
        """Whether anything is ever written."""
        return self._policy is not None

    def begin(
        self,
        attributes: Attributes,
        *,
        uri: str,
        identifier: str,
        addresses: list[str],
        user_agent: str = "",
        received: str = "",
    ) -> Record:
        """The record of a request, its first stage written. `received` is when it came, by default now."""
        record = self._record(attributes, uri, identifier, addresses, user_agent, received)
        record.stage(RECEIVED)
        return record

    def failed_authentication(
        self, attributes: Attributes, *, uri: str, identifier: str, addresses: list[str], user_agent: str = ""
    ) -> None:
        """Write down that someone could not say who he is: what he asked for, and that he was told so."""
        record = self._record(attributes, uri, identifier, addresses, user_agent)
        record.responded(401, unauthorized().status)
        record.stage(STARTED)

    def _record(
        self,
        attributes: Attributes,
        uri: str,
        identifier: str,
        addresses: list[str],
        user_agent: str,
        received: str = "",
    ) -> Record:
        if self._policy is None:
            return self._nothing
        treatment = self._policy.treatment(attributes)
        if treatment.level == NONE:
            return self._nothing
        if len(user_agent) > _LONGEST_USER_AGENT:
            user_agent = user_agent[:_LONGEST_USER_AGENT] + "...TRUNCATED"
        reference = None
        if attributes.resource_request:
            reference = ObjectReference(
                resource=attributes.resource,
                namespace=attributes.namespace,
                name=attributes.name,
                api_group=attributes.api_group,
                api_version=attributes.api_version,
                subresource=attributes.subresource,
            )
        moment = received or self._now()
        event = Event(
            level=treatment.level,
            audit_id=identifier,
            stage=RECEIVED,
            request_uri=uri,
            verb=attributes.verb,
            user=user_info(attributes.user) if attributes.user.name else UserInfo(),
            source_ips=addresses,
            user_agent=user_agent,
            object_ref=reference,
            request_received_timestamp=moment,
            stage_timestamp=moment,
        )
        return Record(event, treatment, self._sink, self._now)
