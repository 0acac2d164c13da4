"""Token secrets: secrets of type `kubernetes.io/service-account-token` get a token, and go with their account."""

from __future__ import annotations

from pathlib import Path

from controllers.options import Options
from controllers.serviceaccount.signing import TokenSigner
from minik8s.api.core_v1 import Secret, ServiceAccount
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import NotFound
from minik8s.client.informer import Informer
from minik8s.client.resources import key_of
from minik8s.machinery.copy import deep_copy

TYPE = "kubernetes.io/service-account-token"
ACCOUNT, ACCOUNT_UID = "kubernetes.io/service-account.name", "kubernetes.io/service-account.uid"
BY_ACCOUNT = "token-account"


def by_account(secret: Secret) -> list[str]:
    """Index: the account a token secret is for."""
    return [f"{secret.metadata.namespace}/{secret.metadata.annotations.get(ACCOUNT, '')}"]


class TokensController:
    """Fills token secrets; `key_file` signs, `ca` is the PEM text put beside the token."""

    name = "serviceaccount-token-controller"

    def __init__(self, key_file: str, ca: str) -> None:
        self._key_file, self._ca = key_file, ca
        self._signer: TokenSigner | None = None

    def setup(self, ctx: ControllerContext) -> None:
        """Watch service accounts, and of all secrets the token secrets."""
        self._ctx = ctx
        self._accounts: Informer[ServiceAccount] = ctx.informers.of(ServiceAccount)
        self._accounts.on_change(self._account_changed)
        self._secrets: Informer[Secret] = ctx.watch(
            Secret, indexers={BY_ACCOUNT: by_account}, field_selector=f"type={TYPE}"
        )

    def _account_changed(self, old: ServiceAccount | None, new: ServiceAccount | None) -> None:
        if old is not None and new is not None and old.metadata.uid == new.metadata.uid:
            return
        account = new or old
        assert account is not None
        for secret in self._secrets.by_index(BY_ACCOUNT, key_of(account)):
            self._ctx.enqueue_object(secret)

    async def reconcile(self, key: str) -> float | None:
        """Fill one secret, or delete it with its account."""
        secret = self._secrets.get_key(key)
        if secret is None or secret.metadata.deletion_timestamp is not None:
            return None
        meta = secret.metadata
        name = meta.annotations.get(ACCOUNT, "")
        if not name:
            return None
        uid = meta.annotations.get(ACCOUNT_UID, "")
        account = self._accounts.get(name, meta.namespace)
        if account is None or (uid and account.metadata.uid != uid):
            account = await self._fresh(name, meta.namespace, uid)
        if account is None:
            await self._drop(secret)
        elif account.metadata.deletion_timestamp is None:
            await self._fill(secret, account)
        return None

    async def _fresh(self, name: str, namespace: str, uid: str) -> ServiceAccount | None:
        """The account as the server has it: what is deleted must not depend on a late cache."""
        try:
            account = await self._ctx.client.get(ServiceAccount, name, namespace)
        except NotFound:
            return None
        return account if not uid or account.metadata.uid == uid else None

    async def _drop(self, secret: Secret) -> None:
        meta = secret.metadata
        try:
            await self._ctx.client.delete(Secret, meta.name, meta.namespace, uid=meta.uid)
        except NotFound:
            return

    async def _fill(self, secret: Secret, account: ServiceAccount) -> None:
        meta = secret.metadata
        wanted = {"namespace": meta.namespace.encode()}
        if self._ca:
            wanted["ca.crt"] = self._ca.encode()
        token = bool(secret.data.get("token"))
        told = meta.annotations.get(ACCOUNT_UID) == account.metadata.uid
        if token and told and all(secret.data.get(name) == value for name, value in wanted.items()):
            return
        changed = deep_copy(secret)
        changed.data.update(wanted)
        if not token:
            self._signer = self._signer or TokenSigner(self._key_file)
            signed = self._signer.sign(meta.namespace, account.metadata.name, account.metadata.uid, meta.name)
            changed.data["token"] = signed.encode()
        changed.metadata.annotations[ACCOUNT_UID] = account.metadata.uid
        await self._ctx.client.update(changed)


def make(options: Options) -> TokensController | None:
    """The controller, for the catalog; None without `--service-account-private-key-file`. Raises OSError."""
    if not options.service_account_private_key_file:
        return None
    ca = Path(options.root_ca_file).read_text() if options.root_ca_file else ""
    return TokensController(options.service_account_private_key_file, ca)
