"""The ResourceQuota controller."""

from __future__ import annotations

from controllers.options import Options
from controllers.resourcequota.counting import resources_of, used
from controllers.resourcequota.watching import Counted
from minik8s.api.core_v1 import ResourceQuota, ResourceQuotaStatus
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import NotFound
from minik8s.client.informer import Informer
from minik8s.machinery.copy import deep_copy
from minik8s.quota.amounts import same


class ResourceQuotaController:
    """Counts again when a quota changes, when something it counts goes, and every `sync_period` seconds."""

    name = "resourcequota-controller"

    def __init__(self, sync_period: float = 300.0) -> None:
        self._period = sync_period

    def setup(self, ctx: ControllerContext) -> None:
        """Watch quotas and what they count."""
        self._ctx = ctx
        self._quotas: Informer[ResourceQuota] = ctx.informers.of(ResourceQuota)
        self._quotas.on_change(self._quota_changed)
        self._counted = Counted(ctx, self._freed)

    def _quota_changed(self, old: ResourceQuota | None, new: ResourceQuota | None) -> None:
        # The status is written by every request that admission charges: that is no reason to count.
        if new is not None and (old is None or old.spec != new.spec or not same(new.status.hard, new.spec.hard)):
            self._ctx.enqueue_object(new)

    def _freed(self, namespace: str, group: str, resource: str) -> None:
        for quota in self._quotas.list(namespace):
            if (group, resource) in resources_of(quota.spec.hard):
                self._ctx.enqueue_object(quota)

    async def reconcile(self, key: str) -> float | None:
        """Count for one quota."""
        quota = self._quotas.get_key(key)
        if quota is None or quota.metadata.deletion_timestamp is not None:
            return None
        for group, resource in resources_of(quota.spec.hard):
            await self._counted.open(group, resource)
        namespace = quota.metadata.namespace
        now = self._ctx.clock.now().timestamp()
        found = used(quota, lambda group, resource: self._counted.listed(namespace, group, resource), now)
        hard = quota.spec.hard
        if not same(hard, quota.status.hard) or not same(found, quota.status.used):
            # Only onto the version that was read: admission charges the same status.
            changed = deep_copy(quota)
            changed.status = ResourceQuotaStatus(hard=dict(hard), used=found)
            try:
                await self._ctx.client.update(changed, "status")
            except NotFound:
                return None
        return self._period


def make(options: Options) -> ResourceQuotaController:
    """The controller, for the catalog."""
    return ResourceQuotaController(options.resource_quota_sync_period)
