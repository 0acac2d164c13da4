"""TokenRequest: issue a signed token for a service account, bound to a pod, a secret or a node if asked."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
from joserfc import jws

from apiserver.auth.errors import bad_request, conflict, internal, invalid, not_found
from apiserver.auth.protocols import Reader
from apiserver.auth.tokens.claims import Claims, KubernetesClaims, Ref, account_username
from apiserver.auth.tokens.keys import SigningKey
from apiserver.registry import formats
from minik8s.api.authentication_v1 import TokenRequest, TokenRequestStatus
from minik8s.api.core_v1 import Node, Pod, Secret, ServiceAccount
from minik8s.api.meta_v1 import StatusCause

_HOUR = 3600
MIN_EXPIRATION = 10 * 60
MAX_EXPIRATION = 1 << 32
# Kubelets ask for this; such tokens stay good for longer while their use after an hour is reported.
EXTENDABLE_EXPIRATION = 60 * 60 + 7
EXTENDED_EXPIRATION = 365 * 24 * _HOUR
CREDENTIAL_ANNOTATION = "authentication.kubernetes.io/issued-credential-id"


class Issued(NamedTuple):
    """A TokenRequest with its token, audit annotations, and warnings for the client."""

    request: TokenRequest
    annotations: Mapping[str, str]
    warnings: tuple[str, ...]


class _Bound(NamedTuple):
    pod: Ref | None = None
    secret: Ref | None = None
    node: Ref | None = None


def _timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class TokenIssuer:
    """Issues tokens as one issuer. Signing happens in a worker thread."""

    def __init__(
        self,
        reader: Reader,
        issuer: str,
        key: SigningKey,
        audiences: tuple[str, ...],
        *,
        max_expiration: int = 0,
        extend_expiration: bool = True,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`audiences` are the server's own; `max_expiration` in seconds, 0 for none."""
        self._reader = reader
        self._issuer = issuer
        self._key = key
        self._audiences = audiences
        self._max_expiration = max_expiration
        self._extend = extend_expiration
        self._now = now

    async def create(self, request: TokenRequest, name: str, namespace: str) -> Issued:
        """Answer a TokenRequest for the account `name`; raises StatusError when it asks for what cannot be."""
        now, audiences = self._now(), list(request.spec.audiences) or list(self._audiences)
        account = await self._account(request, name, namespace)
        expiration = self._expiration(request)
        return await self._issued(request, account, audiences, expiration, now)

    async def complete(self, request: TokenRequest, name: str, namespace: str) -> None:
        """Fill in what a request for a token of the account `name` leaves open. Raises StatusError (404, 409, 422)."""
        account = await self._account(request, name, namespace)
        spec, metadata = request.spec, request.metadata
        spec.audiences = spec.audiences or list(self._audiences)
        spec.expiration_seconds = self._expiration(request)
        metadata.name, metadata.namespace, metadata.uid = name, namespace, account.metadata.uid
        metadata.creation_timestamp = _timestamp(self._now())

    async def _account(self, request: TokenRequest, name: str, namespace: str) -> ServiceAccount:
        self._check_names(request, name, namespace)
        account = await self._reader.fetch(ServiceAccount, name, namespace)
        if account is None:
            raise not_found("", "serviceaccounts", name)
        asked = request.metadata.uid
        if asked and asked != account.metadata.uid:
            raise conflict(
                "authentication.k8s.io",
                "TokenRequest",
                name,
                f"the UID in the token request ({asked}) does not match the UID of the service account "
                f"({account.metadata.uid})",
            )
        return account

    async def _issued(
        self, request: TokenRequest, account: ServiceAccount, audiences: list[str], expiration: int, now: float
    ) -> Issued:
        name, namespace = account.metadata.name, account.metadata.namespace
        bound = await self._bound(request, name, namespace)
        warnings = []
        if self._max_expiration and expiration > self._max_expiration:
            warnings.append(f"requested expiration of {expiration} seconds shortened to {self._max_expiration} seconds")
            expiration = self._max_expiration
        lifetime, warn_after = expiration, None
        if (
            self._extend
            and bound.pod
            and expiration == EXTENDABLE_EXPIRATION
            and set(audiences) <= set(self._audiences)
        ):
            lifetime, warn_after = EXTENDED_EXPIRATION, float(int(now) + expiration)
        claims = Claims(
            aud=audiences,
            exp=int(now) + lifetime,
            iat=int(now),
            nbf=int(now),
            iss=self._issuer,
            jti=str(uuid.uuid4()),
            sub=account_username(namespace, name),
            kubernetes=KubernetesClaims(
                namespace=namespace,
                serviceaccount=Ref(name, account.metadata.uid),
                pod=bound.pod,
                secret=bound.secret,
                node=bound.node,
                warnafter=warn_after,
            ),
        )
        token = await asyncio.to_thread(self.sign, claims)
        answer = msgspec.structs.replace(
            request,
            metadata=msgspec.structs.replace(
                request.metadata,
                name=name,
                namespace=namespace,
                uid=account.metadata.uid,
                creation_timestamp=_timestamp(now),
            ),
            spec=msgspec.structs.replace(request.spec, audiences=audiences, expiration_seconds=expiration),
            status=TokenRequestStatus(token=token, expiration_timestamp=_timestamp(now + expiration)),
        )
        return Issued(answer, {CREDENTIAL_ANNOTATION: f"JTI={claims.jti}"}, tuple(warnings))

    def sign(self, claims: Claims) -> str:
        """The claims as a signed token; slow (tenths of a millisecond), so call it in a thread."""
        header = {"alg": self._key.public.algorithm, "kid": self._key.public.kid}
        payload = msgspec.json.encode(_whole_seconds(claims))
        try:
            return jws.serialize_compact(header, payload, self._key.key, algorithms=[self._key.public.algorithm])
        except ValueError as error:
            raise internal(f"failed to generate token: {error}") from error

    def _check_names(self, request: TokenRequest, name: str, namespace: str) -> None:
        causes = []
        for field, value, wanted in (
            ("metadata.name", request.metadata.name, name),
            ("metadata.namespace", request.metadata.namespace, namespace),
        ):
            if value and value != wanted:
                what = field.rpartition(".")[2]
                message = f'Invalid value: "{value}": must match the service account {what} if specified'
                causes.append(StatusCause(reason="FieldValueInvalid", message=message, field=field))
        if causes:
            raise invalid("authentication.k8s.io", "TokenRequest", name, causes[:1])

    def _expiration(self, request: TokenRequest) -> int:
        asked = request.spec.expiration_seconds
        if asked is None:
            return _HOUR
        why = ""
        if asked < MIN_EXPIRATION:
            why = "may not specify a duration less than 10 minutes"
        elif asked > MAX_EXPIRATION:
            why = "may not specify a duration larger than 2^32 seconds"
        if why:
            cause = StatusCause(
                reason="FieldValueInvalid",
                message=f"Invalid value: {asked}: {why}",
                field="spec.expirationSeconds",
            )
            raise invalid("authentication.k8s.io", "TokenRequest", "", [cause])
        return asked

    async def _bound(self, request: TokenRequest, account: str, namespace: str) -> _Bound:
        reference = request.spec.bound_object_ref
        if reference is None:
            return _Bound()
        # What is no version at all is read as none.
        api_version = reference.api_version if reference.api_version.count("/") < 2 else ""
        group, _, version = api_version.rpartition("/")
        if group or reference.kind not in ("Pod", "Secret", "Node"):
            described = f"{group}/{version}, Kind={reference.kind}"
            raise bad_request(f"cannot bind token to object of type {described}")
        if not reference.name:
            raise bad_request("Name parameter required.")
        if problems := formats.path_segment(reference.name):
            raise bad_request(f"Name parameter invalid: {json.dumps(reference.name)}: {';'.join(problems)}")
        found: Pod | Secret | Node | None
        if reference.kind == "Pod":
            found = pod = await self._reader.fetch(Pod, reference.name, namespace)
            if pod is not None and pod.spec.service_account_name != account:
                raise bad_request(
                    f'cannot bind token for serviceaccount "{account}" to pod running with different '
                    "serviceaccount name."
                )
        elif reference.kind == "Secret":
            found = await self._reader.fetch(Secret, reference.name, namespace)
        else:
            found = await self._reader.fetch(Node, reference.name)
        if found is None:
            raise not_found("", f"{reference.kind.lower()}s", reference.name)
        if reference.uid and reference.uid != found.metadata.uid:
            raise conflict(
                "",
                reference.kind,
                reference.name,
                f"the UID in the bound object reference ({reference.uid}) does not match the UID in record. "
                "The object might have been deleted and then recreated",
            )
        ref = Ref(found.metadata.name, found.metadata.uid)
        if isinstance(found, Pod):
            return _Bound(pod=ref, node=await self._node_of(found))
        return _Bound(secret=ref) if isinstance(found, Secret) else _Bound(node=ref)

    async def _node_of(self, pod: Pod) -> Ref | None:
        name = pod.spec.node_name
        if not name:
            return None
        node = self._reader.get(Node, name) or await self._reader.fetch(Node, name)
        return Ref(name, node.metadata.uid if node is not None else "")


def _whole_seconds(claims: Claims) -> object:
    # Times travel as whole numbers, whatever arithmetic made them.
    document = msgspec.to_builtins(claims)
    for key in ("exp", "iat", "nbf"):
        if key in document:
            document[key] = int(document[key])
    private = document.get("kubernetes.io", {})
    if "warnafter" in private:
        private["warnafter"] = int(private["warnafter"])
    return document
