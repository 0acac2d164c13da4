"""TokenReview and SelfSubjectReview."""

from __future__ import annotations

import msgspec

from apiserver.auth.authentication.union import AuthenticatorUnion, BearerAuthenticator
from apiserver.auth.errors import bad_request, internal
from apiserver.auth.protocols import Authenticated, AuthenticationError, Credentials, TokenAuthenticator, User
from minik8s.api.authentication_v1 import (
    SelfSubjectReview,
    SelfSubjectReviewStatus,
    TokenReview,
    TokenReviewStatus,
    UserInfo,
)
from minik8s.api.object_meta import ObjectMeta


def user_info(user: User) -> UserInfo:
    """A user as API objects carry it."""
    extra = {key: list(values) for key, values in user.extra.items()}
    return UserInfo(username=user.name, uid=user.uid, groups=list(user.groups), extra=extra)


class _ForAudiences:
    """Asks token authenticators about given audiences."""

    def __init__(self, tokens: TokenAuthenticator, audiences: tuple[str, ...]) -> None:
        self._tokens = tokens
        self._audiences = audiences

    async def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Authenticated | None:
        return await self._tokens.authenticate_token(token, self._audiences)


async def review_token(
    review: TokenReview, tokens: TokenAuthenticator | None, audiences: tuple[str, ...]
) -> TokenReview:
    """Whose a token is; `audiences` are the server's own. Raises StatusError (400) without a token."""
    if not review.spec.token:
        raise bad_request("token is required for TokenReview in authentication")
    if tokens is None:
        return review
    wanted = tuple(review.spec.audiences) or audiences
    asked = AuthenticatorUnion([BearerAuthenticator(_ForAudiences(tokens, wanted))], anonymous=False)
    header = f"Bearer {review.spec.token}".encode()
    status = TokenReviewStatus()
    try:
        found = await asked.authenticate(Credentials(headers=((b"authorization", header),)))
    except AuthenticationError as error:
        status = TokenReviewStatus(error=str(error))
    else:
        if found is not None:
            held = found.audiences if found.audiences is not None else audiences
            if wanted and not set(held) & set(wanted):
                raise internal("authenticator returned bad audiences")
            status = TokenReviewStatus(authenticated=True, user=user_info(found.user), audiences=list(held))
    return msgspec.structs.replace(review, status=status)


def review_self(review: SelfSubjectReview, user: User, timestamp: str) -> SelfSubjectReview:
    """Who the asker is; `timestamp` is the creation time to write."""
    status = SelfSubjectReviewStatus(user_info=user_info(user))
    return msgspec.structs.replace(review, metadata=ObjectMeta(creation_timestamp=timestamp), status=status)
