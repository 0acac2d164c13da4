"""Who may ask the kubelet what: a path of its server stands for a subresource of its node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubelet.options import KubeletConfiguration
from kubelet.server.request import Failure
from minik8s.client.api import ApiClient
from minik8s.clock import Clock
from minik8s.daemon.delegated import VERBS, Attributes, DelegatedAuth, Denied
from minik8s.daemon.flags import parse_duration
from minik8s.daemon.tls import User

_ALONE = {"stats": "stats", "metrics": "metrics", "logs": "log", "checkpoint": "checkpoint", "statusz": "statusz"}
_FINE = {"pods": "pods", "runningpods": "pods", "healthz": "healthz", "configz": "configz"}


def subresources(path: str) -> tuple[str, ...]:
    """What a path stands for below `nodes`; to be allowed one of them is enough."""
    root = path.strip("/").partition("/")[0]
    if root in _ALONE:
        return (_ALONE[root],)
    if root in _FINE:
        return (_FINE[root], "proxy")
    return ("proxy",)


class Access:
    """Judges requests as the configuration says: client certificates, tokens, and the cluster's own rules."""

    def __init__(
        self, config: KubeletConfiguration, client: ApiClient | None, node_name: str, clock: Clock | None = None
    ) -> None:
        token_seconds = parse_duration(config.authentication.webhook.cache_ttl)
        webhook = config.authorization.webhook
        self._judges = config.authorization.mode != "AlwaysAllow"
        self._tokens = config.authentication.webhook.enabled
        self._node = node_name
        self._auth = DelegatedAuth(
            client,
            clock,
            always_allow=(),
            anonymous=config.authentication.anonymous.enabled,
            token_seconds=token_seconds,
            allow_seconds=parse_duration(webhook.cache_authorized_ttl),
            deny_seconds=parse_duration(webhook.cache_unauthorized_ttl),
        )

    async def check(self, method: str, path: str, authorization: str, peer: Mapping[str, Any] | None) -> User:
        """Who asks, when they may. Raises Failure (401, 403)."""
        try:
            user = await self._auth.authenticate({"Authorization": authorization if self._tokens else ""}, peer)
            if self._judges:
                await self._authorize(user, method, path)
            return user
        except Denied as denied:
            raise Failure(denied.code, denied.message) from None

    async def _authorize(self, user: User, method: str, path: str) -> None:
        verb = VERBS.get(method, "")
        possible = subresources(path)
        for subresource in possible:
            try:
                wanted = Attributes(verb=verb, resource="nodes", subresource=subresource, name=self._node)
                await self._auth.authorize(user, wanted)
                return
            except Denied as denied:
                if denied.code != 403:
                    raise
        listed = " ".join(possible)
        message = f"Forbidden (user={user.name}, verb={verb}, resource=nodes, subresource(s)=[{listed}])"
        raise Denied(403, message)
