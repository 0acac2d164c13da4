"""Who asks a daemon and may they: the API server is asked (TokenReview, SubjectAccessReview) and answers are kept."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import structlog

from minik8s.api.authentication_v1 import TokenReview, TokenReviewSpec
from minik8s.api.authorization_v1 import (
    NonResourceAttributes,
    ResourceAttributes,
    SubjectAccessReview,
    SubjectAccessReviewSpec,
)
from minik8s.client.api import ApiClient
from minik8s.client.errors import ApiError, ConnectionFailed
from minik8s.clock import Clock
from minik8s.daemon.front_proxy import FrontProxies, FrontProxyError
from minik8s.daemon.tls import ANONYMOUS, User, user_of_certificate

log = structlog.get_logger("auth")

V = TypeVar("V")
ALWAYS_ALLOWED = ("/healthz", "/livez", "/readyz")


class Denied(Exception):
    """The request is refused: `code` 401 when nobody knows the caller, 403 when it may not."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclasses.dataclass(frozen=True, slots=True)
class Attributes:
    """What is asked: a path of the daemon (`resource` empty), or a resource the path stands for (`nodes/metrics`)."""

    verb: str
    path: str = ""
    resource: str = ""
    subresource: str = ""
    name: str = ""
    namespace: str = ""
    group: str = ""


class _Cache(Generic[V]):
    def __init__(self, clock: Clock, size: int = 1024) -> None:
        self._clock, self._size = clock, size
        self._entries: OrderedDict[object, tuple[float, V]] = OrderedDict()

    def get(self, key: object) -> V | None:
        found = self._entries.get(key)
        if found is None or found[0] <= self._clock.monotonic():
            self._entries.pop(key, None)
            return None
        return found[1]

    def put(self, key: object, value: V, seconds: float) -> None:
        self._entries[key] = (self._clock.monotonic() + seconds, value)
        while len(self._entries) > self._size:
            self._entries.popitem(last=False)


class DelegatedAuth:
    """Authentication by client certificate or bearer token, authorization by the cluster's own rules.

    `anonymous` lets callers without proof through as `system:anonymous`, to be judged by authorization. The times
    are for how many seconds an answer is believed. `proxies` are front proxies that speak for others.
    """

    def __init__(
        self,
        client: ApiClient | None,
        clock: Clock | None = None,
        always_allow: tuple[str, ...] = ALWAYS_ALLOWED,
        anonymous: bool = True,
        token_seconds: float = 10,
        allow_seconds: float = 10,
        deny_seconds: float = 10,
        audiences: tuple[str, ...] = (),
        proxies: FrontProxies | None = None,
    ) -> None:
        from minik8s.clock import SystemClock

        self._client = client
        self._always = always_allow
        self._anonymous = anonymous
        self._token_seconds, self._allow_seconds, self._deny_seconds = token_seconds, allow_seconds, deny_seconds
        self._audiences = audiences
        self._proxies = proxies
        clock = clock or (client.clock if client else SystemClock())
        self._users: _Cache[User] = _Cache(clock)
        self._verdicts: _Cache[tuple[bool, str]] = _Cache(clock)

    def is_open(self, path: str) -> bool:
        """Whether a path needs no proof at all."""
        return any(path == p or (p.endswith("/*") and path.startswith(p[:-1])) for p in self._always)

    async def authenticate(self, headers: Mapping[str, str], peer: Mapping[str, Any] | None) -> User:
        """Who asks: by a front proxy's word, verified client certificate, or bearer token. Raises Denied (401)."""
        if self._proxies is not None:
            try:
                if (named := self._proxies.user(headers, peer)) is not None:
                    return named
                peer = peer if self._proxies.is_client(peer) else None
            except FrontProxyError as error:
                log.warning("a front proxy cannot be believed", error=str(error))
                raise Denied(401, "Unauthorized") from None
        if (user := user_of_certificate(peer)) is not None:
            return user
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token:
            return await self._review_token(token.strip())
        if not self._anonymous:
            raise Denied(401, "Unauthorized")
        return ANONYMOUS

    async def authorize(self, user: User, attributes: Attributes) -> None:
        """Return when `user` may; raises Denied (403, or 500 when nobody could be asked)."""
        if "system:masters" in user.groups:
            return
        allowed, reason = await self._review_access(user, attributes)
        if not allowed:
            what = attributes.path or "/".join(filter(None, (attributes.resource, attributes.subresource)))
            tail = f": {reason}" if reason else ""
            raise Denied(
                403,
                f"Forbidden (user={user.name}, verb={attributes.verb}, resource={what}"
                f"{f', name={attributes.name}' if attributes.name else ''}){tail}",
            )

    async def check(self, method: str, path: str, headers: Mapping[str, str], peer: Mapping[str, Any] | None) -> User:
        """Authenticate and authorize a request for a path of the daemon itself. Raises Denied."""
        if self.is_open(path):
            return ANONYMOUS
        user = await self.authenticate(headers, peer)
        await self.authorize(user, Attributes(verb=VERBS.get(method, method.lower()), path=path))
        return user

    async def _review_token(self, token: str) -> User:
        key = hashlib.sha256(token.encode()).digest()
        if (known := self._users.get(key)) is not None:
            return known
        if self._client is None:
            raise Denied(401, "Unauthorized")
        spec = TokenReviewSpec(token=token, audiences=list(self._audiences))
        try:
            status = (await self._client.create(TokenReview(spec=spec))).status
        except (ApiError, ConnectionFailed) as error:
            log.warning("token could not be reviewed", error=str(error))
            raise Denied(401, "Unauthorized") from None
        if not status.authenticated:
            raise Denied(401, "Unauthorized")
        extra = tuple((k, tuple(v)) for k, v in status.user.extra.items())
        user = User(status.user.username, tuple(status.user.groups), status.user.uid, extra)
        self._users.put(key, user, self._token_seconds)
        return user

    async def _review_access(self, user: User, attributes: Attributes) -> tuple[bool, str]:
        key = (user, attributes)
        if (known := self._verdicts.get(key)) is not None:
            return known
        if self._client is None:
            return False, "there is no API server to ask"
        review = SubjectAccessReview(spec=_spec(user, attributes))
        try:
            status = (await self._client.create(review)).status
        except (ApiError, ConnectionFailed) as error:
            raise Denied(500, f"Internal Error: authorization could not be asked for: {error}") from None
        verdict = (status.allowed, status.reason)
        self._verdicts.put(key, verdict, self._allow_seconds if status.allowed else self._deny_seconds)
        return verdict


VERBS = {"GET": "get", "HEAD": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
"""The verb a method of a daemon's own endpoint is authorized as, where the path stands for a resource."""


def _spec(user: User, attributes: Attributes) -> SubjectAccessReviewSpec:
    spec = SubjectAccessReviewSpec(
        user=user.name, groups=list(user.groups), uid=user.uid, extra={k: list(v) for k, v in user.extra}
    )
    if attributes.resource:
        spec.resource_attributes = ResourceAttributes(
            verb=attributes.verb,
            group=attributes.group,
            version="*" if attributes.group else "v1",
            resource=attributes.resource,
            subresource=attributes.subresource,
            name=attributes.name,
            namespace=attributes.namespace,
        )
    else:
        spec.non_resource_attributes = NonResourceAttributes(path=attributes.path, verb=attributes.verb)
    return spec
