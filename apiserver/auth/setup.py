"""Put authentication and authorization together from a server's settings."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import msgspec
import structlog
from cryptography import x509

from apiserver.auth.authentication.bootstrap_token import BootstrapTokenAuthenticator
from apiserver.auth.authentication.certificates import Authorities, load_authorities
from apiserver.auth.authentication.client_certificate import ClientCertificateAuthenticator
from apiserver.auth.authentication.request_header import RequestHeaderAuthenticator
from apiserver.auth.authentication.service_account import LAST_USED, ServiceAccountAuthenticator
from apiserver.auth.authentication.token_file import TokenFileAuthenticator
from apiserver.auth.authentication.union import AuthenticatorUnion, BearerAuthenticator, TokenUnion
from apiserver.auth.authorization.always import AlwaysAllow, AlwaysDeny
from apiserver.auth.authorization.escalation import EscalationCheck
from apiserver.auth.authorization.node import NodeAuthorizer
from apiserver.auth.authorization.rbac import RBACAuthorizer
from apiserver.auth.authorization.union import UnionAuthorizer
from apiserver.auth.bootstrap.reconcile import BootstrapPolicy
from apiserver.auth.errors import StatusError
from apiserver.auth.impersonation import Impersonation
from apiserver.auth.protocols import Authenticator, Authorizer, Reader, TokenAuthenticator, Writer
from apiserver.auth.tokens.discovery import IssuerDocuments, IssuerError
from apiserver.auth.tokens.issuer import TokenIssuer
from apiserver.auth.tokens.keys import KeyRing, load_public_keys, load_signing_key
from minik8s.api.core_v1 import Secret

log = structlog.get_logger("apiserver.auth")

DEFAULT_ISSUER = "https://kubernetes.default.svc.cluster.local"
MODES = ("AlwaysAllow", "AlwaysDeny", "Node", "RBAC")


class SettingsError(Exception):
    """The settings cannot work together; the text names the flag."""


class AuthSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The flags of kube-apiserver that say who may come in and what they may do; names are the flags' own.

    Durations are in seconds, files are paths in PEM or CSV form.
    """

    anonymous_auth: bool = True
    client_ca_file: str = ""
    token_auth_file: str = ""
    enable_bootstrap_token_auth: bool = False
    requestheader_client_ca_file: str = ""
    requestheader_allowed_names: tuple[str, ...] = ()
    requestheader_username_headers: tuple[str, ...] = ()
    requestheader_uid_headers: tuple[str, ...] = ()
    requestheader_group_headers: tuple[str, ...] = ()
    requestheader_extra_headers_prefix: tuple[str, ...] = ()
    api_audiences: tuple[str, ...] = ()
    service_account_issuer: tuple[str, ...] = ()
    service_account_key_file: tuple[str, ...] = ()
    service_account_signing_key_file: str = ""
    service_account_jwks_uri: str = ""
    service_account_lookup: bool = True
    service_account_max_token_expiration: int = 0
    service_account_extend_token_expiration: bool = True
    authorization_mode: tuple[str, ...] = ("AlwaysAllow",)
    external_address: str = "kubernetes.default.svc:443"


class Auth(msgspec.Struct):
    """What the request chain uses.

    `tokens` and `audiences` serve TokenReview; `rbac`, `escalation` and `policy` are None without RBAC, `issuer`
    without a signing key, `documents` when the issuer is not one that can be published.
    """

    authenticator: AuthenticatorUnion
    tokens: TokenUnion
    audiences: tuple[str, ...]
    authorizer: UnionAuthorizer
    impersonation: Impersonation
    rbac: RBACAuthorizer | None
    escalation: EscalationCheck | None
    policy: BootstrapPolicy | None
    node: NodeAuthorizer | None
    issuer: TokenIssuer | None
    documents: IssuerDocuments | None
    bundles: list[_Bundle]

    async def refresh(self) -> None:
        """Read the authorities' files again and trust what they say now; to be called every minute or so.

        A file that cannot be read leaves what was trusted before.
        """
        for bundle in self.bundles:
            try:
                certificates = await asyncio.to_thread(load_authorities, bundle.path)
            except Exception as error:  # whatever is wrong with the file, the server goes on with the old one
                log.warning("cannot reload certificate authorities", file=bundle.path, reason=str(error))
                continue
            if certificates != bundle.certificates:
                bundle.certificates = certificates
                bundle.authorities.replace(certificates)
                log.info("reloaded certificate authorities", file=bundle.path, certificates=len(certificates))


class _Bundle(msgspec.Struct):
    path: str
    certificates: list[x509.Certificate]
    authorities: Authorities


class _LegacyUse:
    """Writes on secrets the day their token was last used, in the background."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._noted: set[tuple[str, str]] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, secret: Secret, day: str) -> None:
        if (secret.metadata.uid, day) in self._noted:
            return
        if len(self._noted) > 10_000:
            self._noted.clear()
        self._noted.add((secret.metadata.uid, day))
        task = asyncio.get_running_loop().create_task(self._write(secret, day))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _write(self, secret: Secret, day: str) -> None:
        metadata = msgspec.structs.replace(secret.metadata, labels={**secret.metadata.labels, LAST_USED: day})
        try:
            await self._writer.update(msgspec.structs.replace(secret, metadata=metadata))
        except StatusError as error:
            name = f"{secret.metadata.namespace}/{secret.metadata.name}"
            log.warning("cannot note the last use of a token", secret=name, reason=str(error))


def build(settings: AuthSettings, reader: Reader, writer: Writer, now: Callable[[], float] = time.time) -> Auth:
    """Everything of `Auth`. Reads the files the settings name.

    Raises SettingsError, AuthorityFileError, TokenFileError or KeyFileError, each with a text for people.
    """
    bundles: list[_Bundle] = []
    issuers = settings.service_account_issuer or (DEFAULT_ISSUER,)
    audiences = settings.api_audiences or issuers[:1]
    key_files = settings.service_account_key_file or (
        (settings.service_account_signing_key_file,) if settings.service_account_signing_key_file else ()
    )
    keys = KeyRing(load_public_keys(key_files))

    tokens: list[TokenAuthenticator] = []
    if settings.token_auth_file:
        tokens.append(TokenFileAuthenticator.load(settings.token_auth_file))
    if keys.keys:
        tokens.append(
            ServiceAccountAuthenticator(
                reader,
                keys,
                issuers,
                audiences,
                legacy_lookup=settings.service_account_lookup,
                legacy_used=_LegacyUse(writer),
                now=now,
            )
        )
    if settings.enable_bootstrap_token_auth:
        tokens.append(BootstrapTokenAuthenticator(reader, now))
    union = TokenUnion(tokens, audiences)

    authenticators: list[Authenticator] = []
    if settings.requestheader_client_ca_file:
        authenticators.append(_request_header(settings, _bundle(settings.requestheader_client_ca_file, bundles), now))
    if settings.client_ca_file:
        authenticators.append(ClientCertificateAuthenticator(_bundle(settings.client_ca_file, bundles), now))
    authenticators.append(BearerAuthenticator(union))

    rbac = RBACAuthorizer(reader) if "RBAC" in settings.authorization_mode else None
    node = NodeAuthorizer(reader) if "Node" in settings.authorization_mode else None
    authorizer = UnionAuthorizer(_authorizers(settings.authorization_mode, rbac, node))
    return Auth(
        authenticator=AuthenticatorUnion(authenticators, anonymous=settings.anonymous_auth),
        tokens=union,
        audiences=audiences,
        authorizer=authorizer,
        impersonation=Impersonation(authorizer),
        rbac=rbac,
        escalation=EscalationCheck(rbac, authorizer) if rbac is not None else None,
        policy=BootstrapPolicy(reader, writer) if rbac is not None else None,
        node=node,
        issuer=_issuer(settings, reader, issuers[0], audiences, now),
        documents=_documents(settings, issuers[0], keys),
        bundles=bundles,
    )


def _bundle(path: str, bundles: list[_Bundle]) -> Authorities:
    certificates = load_authorities(path)
    authorities = Authorities(certificates)
    bundles.append(_Bundle(path, certificates, authorities))
    return authorities


def _request_header(
    settings: AuthSettings, authorities: Authorities, now: Callable[[], float]
) -> RequestHeaderAuthenticator:
    return RequestHeaderAuthenticator(
        authorities,
        allowed_names=settings.requestheader_allowed_names,
        username_headers=settings.requestheader_username_headers,
        uid_headers=settings.requestheader_uid_headers,
        group_headers=settings.requestheader_group_headers,
        extra_header_prefixes=settings.requestheader_extra_headers_prefix,
        now=now,
    )


def _authorizers(modes: tuple[str, ...], rbac: RBACAuthorizer | None, node: NodeAuthorizer | None) -> list[Authorizer]:
    if not modes:
        raise SettingsError("--authorization-mode: at least one mode is needed, one of " + ", ".join(MODES))
    if len(set(modes)) != len(modes):
        raise SettingsError(f"--authorization-mode: a mode stands twice in {','.join(modes)}")
    known: dict[str, Authorizer | None] = {
        "AlwaysAllow": AlwaysAllow(),
        "AlwaysDeny": AlwaysDeny(),
        "Node": node,
        "RBAC": rbac,
    }
    chosen = []
    for mode in modes:
        authorizer = known.get(mode)
        if authorizer is None:
            raise SettingsError(f'--authorization-mode: "{mode}" is not a mode: use {", ".join(MODES)}')
        chosen.append(authorizer)
    return chosen


def _issuer(
    settings: AuthSettings, reader: Reader, issuer: str, audiences: tuple[str, ...], now: Callable[[], float]
) -> TokenIssuer | None:
    if not settings.service_account_signing_key_file:
        return None
    longest = settings.service_account_max_token_expiration
    if longest and not 3600 <= longest <= 1 << 32:
        raise SettingsError("--service-account-max-token-expiration must be between 1 hour and 2^32 seconds")
    return TokenIssuer(
        reader,
        issuer,
        load_signing_key(settings.service_account_signing_key_file),
        audiences,
        max_expiration=longest,
        extend_expiration=settings.service_account_extend_token_expiration,
        now=now,
    )


def _documents(settings: AuthSettings, issuer: str, keys: KeyRing) -> IssuerDocuments | None:
    if not keys.keys:
        return None
    try:
        return IssuerDocuments(issuer, keys.keys, settings.external_address, settings.service_account_jwks_uri)
    except IssuerError as error:
        log.warning("the token issuer is not published", issuer=issuer, reason=str(error))
        return None
