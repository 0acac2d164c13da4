"""Token secrets that Kubernetes made by itself once and nobody uses: first marked invalid, then deleted."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from controllers.options import Options
from controllers.serviceaccount.tokens import ACCOUNT, ACCOUNT_UID, BY_ACCOUNT, TYPE, by_account
from minik8s.api.core_v1 import ConfigMap, Pod, Secret, ServiceAccount
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import NotFound
from minik8s.client.informer import Informer
from minik8s.machinery.times import parse_time

LAST_USED = "kubernetes.io/legacy-token-last-used"
INVALID_SINCE = "kubernetes.io/legacy-token-invalid-since"
TRACKING = "kube-apiserver-legacy-service-account-token-tracking"


class LegacyTokenCleaner:
    """Cleans after `period` seconds without use."""

    name = "legacy-serviceaccount-token-cleaner-controller"

    def __init__(self, period: float) -> None:
        self._period = timedelta(seconds=period)

    def setup(self, ctx: ControllerContext) -> None:
        """Watch token secrets, accounts, pods, and the map that tells since when uses are tracked."""
        self._ctx = ctx
        self._accounts: Informer[ServiceAccount] = ctx.informers.of(ServiceAccount)
        self._secrets: Informer[Secret] = ctx.watch(
            Secret, indexers={BY_ACCOUNT: by_account}, field_selector=f"type={TYPE}"
        )
        self._pods: Informer[Pod] = ctx.informers.of(Pod)
        self._maps: Informer[ConfigMap] = ctx.informers.of(
            ConfigMap, "kube-system", field_selector=f"metadata.name={TRACKING}"
        )

    async def reconcile(self, key: str) -> float | None:
        """Look at one secret; returns the seconds until something may have to be done."""
        secret = self._secrets.get_key(key)
        if secret is None or secret.metadata.deletion_timestamp is not None or not self._is_automatic(secret):
            return None
        since = self._tracked_since()
        if since is None:
            return None
        now = self._ctx.clock.now()
        created = parse_time(secret.metadata.creation_timestamp or "1970-01-01T00:00:00Z")
        used = _day(secret.metadata.labels.get(LAST_USED, ""))
        last = max(filter(None, (since, created, used)))
        if (left := _left(last, now, self._period)) > 0:
            return left
        if self._is_mounted(secret):
            return self._period.total_seconds()
        return await self._invalidate(secret, now)

    async def _invalidate(self, secret: Secret, now: datetime) -> float | None:
        meta = secret.metadata
        invalid = _day(meta.labels.get(INVALID_SINCE, ""))
        try:
            if invalid is None:
                patch = {"metadata": {"uid": meta.uid, "labels": {INVALID_SINCE: now.date().isoformat()}}}
                await self._ctx.client.patch(Secret, meta.name, patch, meta.namespace)
                return self._period.total_seconds()
            if (left := _left(invalid, now, self._period)) > 0:
                return left
            await self._ctx.client.delete(
                Secret, meta.name, meta.namespace, uid=meta.uid, resource_version=meta.resource_version
            )
        except NotFound:
            pass
        return None

    def _is_automatic(self, secret: Secret) -> bool:
        """Whether its account lists it, as only secrets made by Kubernetes are."""
        meta = secret.metadata
        account = self._accounts.get(meta.annotations.get(ACCOUNT, ""), meta.namespace)
        if account is None or account.metadata.uid != meta.annotations.get(ACCOUNT_UID):
            return False
        return any(reference.name == meta.name for reference in account.secrets)

    def _is_mounted(self, secret: Secret) -> bool:
        for pod in self._pods.list(secret.metadata.namespace):
            for volume in pod.spec.volumes:
                if volume.secret is not None and volume.secret.secret_name == secret.metadata.name:
                    return True
        return False

    def _tracked_since(self) -> datetime | None:
        held = self._maps.get_key(f"kube-system/{TRACKING}")
        return _day(held.data.get("since", "")) if held is not None else None


def _day(text: str) -> datetime | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return parse_time(f"{day.isoformat()}T00:00:00Z")


def _left(begin: datetime, now: datetime, period: timedelta) -> float:
    return (begin + period - now).total_seconds()


def make(options: Options) -> LegacyTokenCleaner:
    """The controller, for the catalog."""
    return LegacyTokenCleaner(options.legacy_service_account_token_clean_up_period)
