"""The seams of authentication and authorization: what a request brings, who it turns out to be, may they.

Authenticators and authorizers answer from memory (the watch cache) wherever they can: they run on the event
loop for every request. They are coroutines because some (webhooks, live look-ups) must ask elsewhere.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

import msgspec

from minik8s.api.objects import Object

T = TypeVar("T", bound=Object)

ANONYMOUS = "system:anonymous"
AUTHENTICATED = "system:authenticated"
UNAUTHENTICATED = "system:unauthenticated"
MASTERS = "system:masters"
SERVICE_ACCOUNTS = "system:serviceaccounts"
SERVICE_ACCOUNT_PREFIX = "system:serviceaccount:"
NODES = "system:nodes"
NODE_PREFIX = "system:node:"


class User(msgspec.Struct, frozen=True):
    """Who a request acts as. `extra` holds what authenticators know besides, keys in lower case."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: Mapping[str, tuple[str, ...]] = {}


class Credentials(msgspec.Struct):
    """What a request says about who sent it.

    `headers` are ASGI's (names in lower case); `peer_certificates` the client's certificate in DER form with
    whatever intermediates it sent, leaf first, empty without TLS client authentication.
    """

    headers: Sequence[tuple[bytes, bytes]] = ()
    peer_certificates: tuple[bytes, ...] = ()
    path: str = ""

    def header(self, name: bytes) -> str:
        """The first value of a header, "" when absent."""
        for key, value in self.headers:
            if key == name:
                return value.decode("latin-1")
        return ""

    def header_values(self, name: bytes) -> list[str]:
        """All values of a header, in order."""
        return [value.decode("latin-1") for key, value in self.headers if key == name]


class Authenticated(msgspec.Struct, frozen=True):
    """An accepted identity.

    `audiences` are the ones the credential holds for, None when it is not limited to any; `annotations` go to
    the audit event and `warnings` to the response.
    """

    user: User
    audiences: tuple[str, ...] | None = None
    annotations: Mapping[str, str] = {}
    warnings: tuple[str, ...] = ()


class AuthenticationError(Exception):
    """A credential was brought and is not good; the text says why and is never sent to the client."""


class Authenticator(Protocol):
    """Tells who sent a request."""

    async def authenticate(self, credentials: Credentials) -> Authenticated | None:
        """The identity, or None when the request brings nothing this authenticator knows.

        Raises AuthenticationError.
        """
        ...


class TokenAuthenticator(Protocol):
    """Tells whose a bearer token is."""

    async def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Authenticated | None:
        """The identity, or None for a token of another kind. Raises AuthenticationError for a bad one.

        `audiences` are those the server answers for; empty accepts every audience.
        """
        ...


class SelectorRequirement(NamedTuple):
    """One requirement of a field or label selector; operators are "=", "!=", "in", "notin", "exists", "!"."""

    key: str
    operator: str
    values: tuple[str, ...]


class Attributes(msgspec.Struct, frozen=True):
    """What a request wants to do. A request for no resource has `resource_request` False and only verb and path."""

    user: User
    verb: str
    namespace: str = ""
    api_group: str = ""
    api_version: str = ""
    resource: str = ""
    subresource: str = ""
    name: str = ""
    resource_request: bool = True
    path: str = ""
    field_selector: tuple[SelectorRequirement, ...] = ()
    label_selector: tuple[SelectorRequirement, ...] = ()


class Verdict(enum.Enum):
    """An authorizer's answer; the first ALLOW or DENY of a chain decides, all NO_OPINION refuses."""

    ALLOW = "allow"
    DENY = "deny"
    NO_OPINION = "no opinion"


class Decision(NamedTuple):
    """A verdict with its reason (for audit when allowed, for the client when refused) and any evaluation error."""

    verdict: Verdict
    reason: str = ""
    error: str = ""

    @property
    def allowed(self) -> bool:
        """Whether the request may go on."""
        return self.verdict is Verdict.ALLOW


class Authorizer(Protocol):
    """Decides whether a request may be carried out."""

    async def authorize(self, attributes: Attributes) -> Decision:
        """The decision; never raises: what went wrong is told in `Decision.error`."""
        ...


class Rule(msgspec.Struct, frozen=True):
    """What a user may do, as SelfSubjectRulesReview lists it; `urls` is set for non-resource rules only."""

    verbs: tuple[str, ...]
    api_groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    resource_names: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()


class RuleResolver(Protocol):
    """An authorizer that can list what it allows."""

    def rules_for(self, user: User, namespace: str) -> tuple[list[Rule], bool, str]:
        """Rules of the user in the namespace, whether the list is incomplete, and errors met as text ("" if none)."""
        ...


class Reader(Protocol):
    """Typed reading of stored objects through the watch cache. What it returns is shared: never change it."""

    def get(self, cls: type[T], name: str, namespace: str = "") -> T | None:
        """The object as the cache has it, or None."""
        ...

    def list(self, cls: type[T], namespace: str = "") -> Sequence[T]:
        """All objects of a kind, of one namespace if given, as the cache has them."""
        ...

    def on_change(self, cls: type[T], changed: Callable[[T | None, T | None], None]) -> None:
        """Call `changed(old, new)` for every change from now on, and `changed(None, new)` at once for what is there.

        Called on the event loop, in order; must return quickly and must not raise.
        """
        ...

    async def fetch(self, cls: type[T], name: str, namespace: str = "") -> T | None:
        """The object as of a moment not before this call (a linearizable read), or None."""
        ...


class Writer(Protocol):
    """Writing stored objects from inside the server, past admission. Conflicts raise StatusError."""

    async def create(self, obj: T) -> T:
        """Store a new object and return it as stored."""
        ...

    async def update(self, obj: T, subresource: str = "") -> T:
        """Replace an object (guarded by its resourceVersion if it has one) and return it as stored."""
        ...

    async def delete(self, obj: Object) -> None:
        """Delete an object (guarded by its uid); one that is gone already is fine."""
        ...
