"""Service-account tokens: signed by this cluster, and good as long as what they are bound to lives."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import structlog
from joserfc import jws
from joserfc.errors import JoseError

from apiserver.auth.authentication.client_certificate import CREDENTIAL_ID
from apiserver.auth.protocols import SERVICE_ACCOUNTS, Authenticated, AuthenticationError, Reader, User
from apiserver.auth.tokens.claims import (
    LEEWAY,
    LEGACY_ISSUER,
    Claims,
    KubernetesClaims,
    Ref,
    account_username,
    peek,
)
from apiserver.auth.tokens.keys import KeyRing
from minik8s.api.core_v1 import Node, Pod, Secret, ServiceAccount
from minik8s.api.objects import Object

log = structlog.get_logger("apiserver.auth")

T = TypeVar("T", bound=Object)

_REMEMBERED = 10_000
_INVALIDATED = "service account token has been invalidated"
INVALID_SINCE = "kubernetes.io/legacy-token-invalid-since"
LAST_USED = "kubernetes.io/legacy-token-last-used"


def account_user(namespace: str, name: str, uid: str = "", extra: dict[str, tuple[str, ...]] | None = None) -> User:
    """The user a service account is."""
    groups = (SERVICE_ACCOUNTS, f"{SERVICE_ACCOUNTS}:{namespace}")
    return User(account_username(namespace, name), groups, uid, extra or {})


def _deleted_before(obj: Object, moment: float) -> bool:
    stamp = obj.metadata.deletion_timestamp
    return stamp is not None and datetime.fromisoformat(stamp).timestamp() < moment


class ServiceAccountAuthenticator:
    """Accepts bound tokens of the cluster's issuers and, with `legacy_lookup`, tokens kept in secrets.

    A token's signature is verified once; the objects it is bound to are looked up at every use.
    """

    def __init__(
        self,
        reader: Reader,
        keys: KeyRing,
        issuers: Sequence[str],
        audiences: tuple[str, ...],
        *,
        legacy_lookup: bool = True,
        legacy_used: Callable[[Secret, str], None] | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`audiences` are the server's own; `legacy_used(secret, day)` is called when a secret's token was used."""
        self._reader = reader
        self._keys = keys
        self._issuers = frozenset(issuers)
        self._audiences = audiences
        self._lookup = legacy_lookup
        self._legacy_used = legacy_used
        self._now = now
        self._verified: dict[str, Claims] = {}

    async def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Authenticated | None:
        """The token's service account; None for tokens of other issuers. Raises AuthenticationError."""
        claims = self._verified.get(token)
        if claims is None:
            claims = self._verify(token)
            if claims is None:
                return None
            if len(self._verified) >= _REMEMBERED:
                self._verified.clear()
            self._verified[token] = claims
        wanted = audiences or self._audiences
        held = claims.audiences or self._audiences
        common = tuple(audience for audience in held if audience in wanted)
        if not common and self._audiences:
            raise AuthenticationError(
                f"token audiences {list(held)} is invalid for the target audiences {list(wanted)}"
            )
        if claims.iss == LEGACY_ISSUER:
            return await self._legacy(token, claims, common)
        return await self._bound(claims, common)

    def _verify(self, token: str) -> Claims | None:
        read = peek(token)
        if read is None:
            return None
        header, claims = read
        if claims.iss not in self._issuers and claims.iss != LEGACY_ISSUER:
            return None
        candidates = self._keys.candidates(header.kid)
        if not candidates:
            raise AuthenticationError("invalid signature, no keys found")
        problems = []
        for candidate in candidates:
            try:
                jws.deserialize_compact(token, candidate.key, algorithms=[candidate.algorithm])
                return claims
            except (JoseError, ValueError) as error:
                problems.append(str(error))
        raise AuthenticationError("invalid signature: " + "; ".join(problems))

    async def _find(self, cls: type[T], name: str, namespace: str, uid: str) -> T | None:
        """The object, asked for live when the cache lacks it or has an earlier one of that name."""
        found = self._reader.get(cls, name, namespace)
        if found is None or found.metadata.uid != uid:
            found = await self._reader.fetch(cls, name, namespace)
        return found

    async def _bound(self, claims: Claims, audiences: tuple[str, ...]) -> Authenticated:
        now = self._now()
        if claims.exp is not None and now - LEEWAY > claims.exp:
            raise AuthenticationError("service account token has expired")
        if claims.nbf is not None and now + LEEWAY < claims.nbf:
            raise AuthenticationError("service account token is not valid yet")
        if claims.iat is not None and now + LEEWAY < claims.iat:
            raise AuthenticationError("service account token is issued in the future")
        private = claims.kubernetes or KubernetesClaims()
        namespace = private.namespace
        name = private.serviceaccount.name
        gone_before = now - LEEWAY
        account = await self._find(ServiceAccount, name, namespace, private.serviceaccount.uid)
        if account is None:
            raise AuthenticationError(f'serviceaccounts "{name}" not found')
        if account.metadata.uid != private.serviceaccount.uid:
            raise AuthenticationError(
                f"service account UID ({account.metadata.uid}) does not match claim ({private.serviceaccount.uid})"
            )
        if _deleted_before(account, gone_before):
            raise AuthenticationError(f"service account {namespace}/{name} has been deleted")
        extra: dict[str, tuple[str, ...]] = {}
        if claims.jti:
            extra[CREDENTIAL_ID] = (f"JTI={claims.jti}",)
        if private.secret is not None:
            await self._check(Secret, private.secret, namespace, "secret", gone_before)
        if private.pod is not None:
            await self._check(Pod, private.pod, namespace, "pod", gone_before)
            extra["authentication.kubernetes.io/pod-name"] = (private.pod.name,)
            extra["authentication.kubernetes.io/pod-uid"] = (private.pod.uid,)
        if private.node is not None:
            if private.pod is None:
                await self._check(Node, private.node, "", "node", gone_before)
            if private.node.name:
                extra["authentication.kubernetes.io/node-name"] = (private.node.name,)
            if private.node.uid:
                extra["authentication.kubernetes.io/node-uid"] = (private.node.uid,)
        annotations = {}
        if private.warnafter and now > private.warnafter:
            late = int(now) - int(private.warnafter)
            annotations["authentication.k8s.io/stale-token"] = (
                f"subject: {claims.sub}, seconds after warning threshold: {late}"
            )
        user = account_user(namespace, name, account.metadata.uid, extra)
        return Authenticated(user, audiences, annotations)

    async def _check(self, cls: type[T], ref: Ref, namespace: str, what: str, gone_before: float) -> None:
        found = await self._find(cls, ref.name, namespace, ref.uid)
        if found is None or _deleted_before(found, gone_before):
            raise AuthenticationError(_INVALIDATED)
        if found.metadata.uid != ref.uid:
            raise AuthenticationError(
                f"{what} UID ({found.metadata.uid}) does not match service account {what} ref claim ({ref.uid})"
            )

    async def _legacy(self, token: str, claims: Claims, audiences: tuple[str, ...]) -> Authenticated:
        namespace, name = claims.legacy_namespace, claims.legacy_account
        for value, what in (
            (claims.sub, "sub"),
            (namespace, "namespace"),
            (claims.legacy_secret, "secretName"),
            (name, "serviceAccountName"),
            (claims.legacy_account_uid, "serviceAccountUID"),
        ):
            if not value:
                raise AuthenticationError(f"{what} claim is missing")
        if claims.sub != account_username(namespace, name):
            raise AuthenticationError("sub claim is invalid")
        annotations = {} if claims.audiences else {"authentication.k8s.io/legacy-token": claims.sub}
        warnings: tuple[str, ...] = ()
        if self._lookup:
            secret, account = await self._legacy_objects(token, claims)
            if any(reference.name == secret.metadata.name for reference in account.secrets):
                annotations["authentication.k8s.io/legacy-token-autogenerated-secret"] = secret.metadata.name
                warnings = (
                    "Use tokens from the TokenRequest API or manually created secret-based tokens instead of "
                    "auto-generated secret-based tokens.",
                )
            else:
                annotations["authentication.k8s.io/legacy-token-manual-secret"] = secret.metadata.name
            self._note_use(secret)
        user = account_user(namespace, name, claims.legacy_account_uid)
        return Authenticated(user, audiences, annotations, warnings)

    async def _legacy_objects(self, token: str, claims: Claims) -> tuple[Secret, ServiceAccount]:
        namespace, name = claims.legacy_namespace, claims.legacy_account
        secret = self._reader.get(Secret, claims.legacy_secret, namespace)
        if secret is None:
            secret = await self._reader.fetch(Secret, claims.legacy_secret, namespace)
        if secret is None or secret.metadata.deletion_timestamp is not None:
            raise AuthenticationError("Token has been invalidated")
        if not hmac.compare_digest(secret.data.get("token", b""), token.encode()):
            raise AuthenticationError("Token does not match server's copy")
        account = await self._find(ServiceAccount, name, namespace, claims.legacy_account_uid)
        if account is None:
            raise AuthenticationError(f'serviceaccounts "{name}" not found')
        if account.metadata.deletion_timestamp is not None:
            raise AuthenticationError(f"ServiceAccount {namespace}/{name} has been deleted")
        if account.metadata.uid != claims.legacy_account_uid:
            raise AuthenticationError(
                f"ServiceAccount UID ({account.metadata.uid}) does not match claim ({claims.legacy_account_uid})"
            )
        if secret.metadata.labels.get(INVALID_SINCE):
            self._note_use(secret)
            raise AuthenticationError(
                f"the token in secret {namespace}/{secret.metadata.name} for service account {namespace}/{name} has "
                "been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, "
                f"or remove the '{INVALID_SINCE}' label from the secret to temporarily allow use of this token"
            )
        return secret, account

    def _note_use(self, secret: Secret) -> None:
        now = self._now()
        today, tomorrow = (datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d") for moment in (now, now + 86400))
        if self._legacy_used is not None and secret.metadata.labels.get(LAST_USED) not in (today, tomorrow):
            self._legacy_used(secret, today)
