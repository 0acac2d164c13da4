"""The bootstrap signer: `kube-public/cluster-info` carries its kubeconfig signed by each bootstrap token."""

from __future__ import annotations

import base64
import hashlib
import hmac

from controllers.bootstrap.tokens import NAMESPACE, TYPE, seconds_left, signing_token
from controllers.options import Options
from minik8s.api.core_v1 import ConfigMap, Secret
from minik8s.client.controller import ControllerContext
from minik8s.client.informer import Informer
from minik8s.machinery.copy import deep_copy

PUBLIC, NAME = "kube-public", "cluster-info"
PREFIX = "jws-kubeconfig-"
_KEY = f"{PUBLIC}/{NAME}"


def detached_signature(content: str, token_id: str, token: str) -> str:
    """A JWS of the content, without the content (which is beside it)."""
    header = _encode(f'{{"alg":"HS256","kid":"{token_id}"}}'.encode())
    payload = _encode(content.encode())
    digest = hmac.new(token.encode(), f"{header}.{payload}".encode(), hashlib.sha256).digest()
    return f"{header}..{_encode(digest)}"


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class BootstrapSigner:
    """Keeps the signatures of `cluster-info` those of the tokens there are."""

    name = "bootstrap-signer-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch the map and the bootstrap tokens."""
        self._ctx = ctx
        self._maps: Informer[ConfigMap] = ctx.watch(ConfigMap, namespace=PUBLIC, field_selector=f"metadata.name={NAME}")
        self._secrets: Informer[Secret] = ctx.watch(
            Secret, keys=lambda secret: (_KEY,), namespace=NAMESPACE, field_selector=f"type={TYPE}"
        )

    async def reconcile(self, key: str) -> float | None:
        """Sign; returns the seconds until the next token expires."""
        held = self._maps.get_key(key)
        if held is None or "kubeconfig" not in held.data:
            return None
        now = self._ctx.clock.now()
        tokens = [found for s in self._secrets.list() if (found := signing_token(s, now)) is not None]
        content = held.data["kubeconfig"]
        wanted = {PREFIX + token_id: detached_signature(content, token_id, token) for token_id, token in tokens}
        others = {k: v for k, v in held.data.items() if not k.startswith(PREFIX)}
        if held.data != others | wanted:
            changed = deep_copy(held)
            changed.data = others | wanted
            await self._ctx.client.update(changed)
        ends = [left for s in self._secrets.list() if (left := seconds_left(s, now)) is not None and left > 0]
        return min(ends, default=None)


def make(options: Options) -> BootstrapSigner:
    """The controller, for the catalog."""
    return BootstrapSigner()
