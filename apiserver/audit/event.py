"""What an audit event says (audit.k8s.io/v1)."""

from __future__ import annotations

import msgspec

from minik8s.api.authentication_v1 import UserInfo
from minik8s.api.meta_v1 import Status, StatusDetails
from minik8s.api.object_meta import ListMeta

NONE, METADATA, REQUEST, REQUEST_RESPONSE = LEVELS = ("None", "Metadata", "Request", "RequestResponse")
RECEIVED, STARTED, COMPLETE, PANIC = STAGES = ("RequestReceived", "ResponseStarted", "ResponseComplete", "Panic")


class ObjectReference(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """The object a request is about."""

    resource: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""
    api_group: str = ""
    api_version: str = ""
    resource_version: str = ""
    subresource: str = ""


class AuthenticationMetadata(msgspec.Struct, rename="camel", omit_defaults=True):
    """How the impersonation of the request was allowed."""

    impersonation_constraint: str = ""


class ResponseStatus(msgspec.Struct, rename="camel", kw_only=True, omit_defaults=True):
    """The answer's code, and the rest of its Status if it was one."""

    metadata: ListMeta = msgspec.field(default_factory=lambda: ListMeta())
    status: str = ""
    message: str = ""
    reason: str = ""
    details: StatusDetails | None = None
    code: int = 0

    @classmethod
    def of(cls, status: Status) -> ResponseStatus:
        """What a Status says, without saying that it is one."""
        told = status.status, status.message, status.reason
        return cls(status=told[0], message=told[1], reason=told[2], details=status.details, code=status.code)


class Event(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """One stage of one request. Timestamps have microseconds; objects are JSON as it travelled."""

    kind: str = msgspec.field(default_factory=lambda: "Event")
    api_version: str = msgspec.field(default_factory=lambda: "audit.k8s.io/v1")
    level: str
    audit_id: str = msgspec.field(name="auditID")
    stage: str
    request_uri: str = msgspec.field(name="requestURI")
    verb: str
    user: UserInfo = msgspec.field(default_factory=lambda: UserInfo())
    impersonated_user: UserInfo | None = None
    authentication_metadata: AuthenticationMetadata | None = None
    source_ips: list[str] = msgspec.field(default_factory=list, name="sourceIPs")
    user_agent: str = ""
    object_ref: ObjectReference | None = None
    response_status: ResponseStatus | None = None
    request_object: msgspec.Raw | None = None
    response_object: msgspec.Raw | None = None
    request_received_timestamp: str
    stage_timestamp: str
    annotations: dict[str, str] = msgspec.field(default_factory=dict)
