"""The authenticators in order, as every request meets them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

import msgspec

from apiserver.auth.protocols import (
    ANONYMOUS,
    AUTHENTICATED,
    UNAUTHENTICATED,
    Authenticated,
    AuthenticationError,
    Authenticator,
    Credentials,
    TokenAuthenticator,
    User,
)

_WEBSOCKET_PREFIX = "base64url.bearer.authorization.k8s.io."
_AUTHORIZATION = b"authorization"
_PROTOCOL = b"sec-websocket-protocol"


class TokenUnion:
    """Several token authenticators; a later one may accept what an earlier one refused."""

    def __init__(self, authenticators: Sequence[TokenAuthenticator], audiences: tuple[str, ...]) -> None:
        """`audiences` are the server's own: tokens without audiences hold for them only."""
        self._authenticators = tuple(authenticators)
        self._audiences = audiences

    async def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Authenticated | None:
        """The first identity found, with the audiences it holds for. Raises AuthenticationError."""
        problems = []
        for authenticator in self._authenticators:
            try:
                found = await authenticator.authenticate_token(token, audiences)
            except AuthenticationError as error:
                problems.append(str(error))
                continue
            if found is None:
                continue
            if found.audiences is not None or not audiences:
                return found
            common = tuple(audience for audience in self._audiences if audience in audiences)
            if common:
                return msgspec.structs.replace(found, audiences=common)
        if problems:
            raise AuthenticationError("[" + ", ".join(problems) + "]" if len(problems) > 1 else problems[0])
        return None


class BearerAuthenticator:
    """Tokens in the Authorization header or, for browsers, in a WebSocket subprotocol."""

    def __init__(self, tokens: TokenAuthenticator) -> None:
        self._tokens = tokens

    async def authenticate(self, credentials: Credentials) -> Authenticated | None:
        """The token's identity; None without a token. Raises AuthenticationError for a token nobody knows."""
        token = _bearer(credentials) or _websocket_token(credentials)
        if not token:
            return None
        found = await self._tokens.authenticate_token(token, ())
        if found is None:
            raise AuthenticationError("invalid bearer token")
        return found


def is_spaced(authorization: str) -> bool:
    """Whether a token is overlooked because more than one blank stands before it."""
    scheme, _, rest = authorization.strip().partition(" ")
    return scheme.lower() == "bearer" and rest.startswith(" ")


def _bearer(credentials: Credentials) -> str:
    scheme, _, rest = credentials.header(_AUTHORIZATION).strip().partition(" ")
    if scheme.lower() != "bearer":
        return ""
    # Only what follows the first blank counts: a second blank makes the token empty.
    return rest.partition(" ")[0]


def _websocket_token(credentials: Credentials) -> str:
    for header in credentials.header_values(_PROTOCOL):
        for protocol in header.split(","):
            encoded = protocol.strip()
            if encoded.startswith(_WEBSOCKET_PREFIX):
                text = encoded[len(_WEBSOCKET_PREFIX) :]
                try:
                    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
                except (binascii.Error, UnicodeDecodeError) as error:
                    raise AuthenticationError("the token in the WebSocket subprotocol is not base64url") from error
    return ""


class AuthenticatorUnion:
    """Asks each authenticator; a request that brings nothing is anonymous if that is allowed.

    A bad credential is refused unless another one of the request is good.
    """

    def __init__(self, authenticators: Sequence[Authenticator], *, anonymous: bool) -> None:
        self._authenticators = tuple(authenticators)
        self._anonymous = Authenticated(User(ANONYMOUS, (UNAUTHENTICATED,))) if anonymous else None
        self._completed: dict[int, tuple[Authenticated, Authenticated]] = {}

    async def authenticate(self, credentials: Credentials) -> Authenticated | None:
        """The identity, or None when there is none to be had (401). Raises AuthenticationError (401 too)."""
        problems = []
        for authenticator in self._authenticators:
            try:
                found = await authenticator.authenticate(credentials)
            except AuthenticationError as error:
                problems.append(str(error))
                continue
            if found is not None:
                return self._complete(found)
        if problems:
            raise AuthenticationError("; ".join(problems))
        return self._anonymous

    def _complete(self, found: Authenticated) -> Authenticated:
        """The identity with the group of all who are authenticated; the same answer for the same identity."""
        groups = found.user.groups
        if AUTHENTICATED in groups or UNAUTHENTICATED in groups or found.user.name == ANONYMOUS:
            return found
        known = self._completed.get(id(found))
        if known is not None and known[0] is found:
            return known[1]
        user = msgspec.structs.replace(found.user, groups=(*groups, AUTHENTICATED))
        completed = msgspec.structs.replace(found, user=user)
        if len(self._completed) >= 1024:
            self._completed.clear()
        self._completed[id(found)] = (found, completed)
        return completed
