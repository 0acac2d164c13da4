"""The token cleaner: bootstrap tokens that expired are deleted."""

from __future__ import annotations

from controllers.bootstrap.tokens import NAMESPACE, TYPE, seconds_left
from controllers.options import Options
from minik8s.api.core_v1 import Secret
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import Conflict, NotFound
from minik8s.client.informer import Informer


class TokenCleaner:
    """Deletes each token when its time is over."""

    name = "token-cleaner-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch the bootstrap tokens."""
        self._ctx = ctx
        self._secrets: Informer[Secret] = ctx.watch(Secret, namespace=NAMESPACE, field_selector=f"type={TYPE}")

    async def reconcile(self, key: str) -> float | None:
        """Delete one token, or return the seconds it has left."""
        secret = self._secrets.get_key(key)
        left = seconds_left(secret, self._ctx.clock.now()) if secret is not None else None
        if secret is None or left is None:
            return None
        if left > 0:
            return left
        meta = secret.metadata
        try:
            await self._ctx.client.delete(
                Secret, meta.name, meta.namespace, uid=meta.uid, resource_version=meta.resource_version
            )
        except (NotFound, Conflict):
            return None
        return None


def make(options: Options) -> TokenCleaner:
    """The controller, for the catalog."""
    return TokenCleaner()
