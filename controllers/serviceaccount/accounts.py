"""The service account `default` of every namespace."""

from __future__ import annotations

from controllers.options import Options
from controllers.shared.errors import namespace_terminates
from minik8s.api.core_v1 import Namespace, ServiceAccount
from minik8s.api.object_meta import ObjectMeta
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import AlreadyExists, ApiError, NotFound
from minik8s.client.informer import Informer

DEFAULT = "default"


class ServiceAccountController:
    """Makes `default` in each active namespace, also again when somebody deletes it."""

    name = "serviceaccount-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch namespaces and service accounts."""
        self._ctx = ctx
        self._namespaces: Informer[Namespace] = ctx.watch(Namespace)
        self._accounts: Informer[ServiceAccount] = ctx.informers.of(ServiceAccount)
        self._accounts.on_change(self._changed)

    def _changed(self, old: ServiceAccount | None, new: ServiceAccount | None) -> None:
        if new is None and old is not None and old.metadata.name == DEFAULT:
            self._ctx.enqueue(old.metadata.namespace)

    async def reconcile(self, key: str) -> float | None:
        """Make the account of one namespace."""
        namespace = self._namespaces.get(key)
        if namespace is None or namespace.status.phase == "Terminating" or namespace.metadata.deletion_timestamp:
            return None
        if self._accounts.get(DEFAULT, key) is not None:
            return None
        try:
            await self._ctx.client.create(ServiceAccount(metadata=ObjectMeta(name=DEFAULT, namespace=key)))
        except (AlreadyExists, NotFound):
            return None
        except ApiError as error:
            if not namespace_terminates(error):
                raise
        return None


def make(options: Options) -> ServiceAccountController:
    """The controller, for the catalog."""
    return ServiceAccountController()
