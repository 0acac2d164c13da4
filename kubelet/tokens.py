"""Service account tokens for Pods: asked for once, renewed well before they end."""

from __future__ import annotations

import asyncio
import random
from datetime import datetime, timedelta

from kubelet.volumes.types import VolumeError
from minik8s.api.authentication_v1 import BoundObjectReference, TokenRequest, TokenRequestSpec
from minik8s.api.core_v1 import Pod
from minik8s.client.api import ApiClient
from minik8s.client.errors import ApiError, ConnectionFailed
from minik8s.machinery.times import format_time, parse_time

_DAY = timedelta(hours=24)
Key = tuple[str, str, str, str, int]
Held = tuple[str, datetime, datetime]
"""A token, when it is to be renewed, when it ends."""


class Tokens:
    """Tokens by Pod, service account, audience and lifetime."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._held: dict[Key, Held] = {}
        self._locks: dict[Key, asyncio.Lock] = {}

    async def token(self, pod: Pod, audience: str, seconds: int) -> str:
        """A token that is good for a while yet. Raises VolumeError."""
        return (await self._good(pod, audience, seconds))[0]

    async def with_end(self, pod: Pod, audience: str, seconds: int) -> tuple[str, str]:
        """A token and when it ends, as the API writes times. Raises VolumeError."""
        token, _, end = await self._good(pod, audience, seconds)
        return token, format_time(end)

    async def _good(self, pod: Pod, audience: str, seconds: int) -> Held:
        account = pod.spec.service_account_name or "default"
        key = (pod.metadata.uid, pod.metadata.namespace, account, audience, seconds)
        async with self._locks.setdefault(key, asyncio.Lock()):
            held = self._held.get(key)
            if held is not None and self._client.clock.now() < held[1]:
                return held
            try:
                return await self._ask(key, pod)
            except (ApiError, ConnectionFailed) as error:
                if held is not None and self._client.clock.now() < held[2]:
                    return held
                raise VolumeError(f"failed to fetch token: {error}") from None

    def due(self) -> set[str]:
        """The uids of the Pods whose tokens are to be renewed now."""
        now = self._client.clock.now()
        return {key[0] for key, held in self._held.items() if now >= held[1]}

    def forget(self, uid: str) -> None:
        """A Pod is gone."""
        for key in [k for k in self._held if k[0] == uid]:
            del self._held[key]
        for key in [k for k in self._locks if k[0] == uid]:
            del self._locks[key]

    async def _ask(self, key: Key, pod: Pod) -> Held:
        uid, namespace, account, audience, seconds = key
        bound = BoundObjectReference(kind="Pod", api_version="v1", name=pod.metadata.name, uid=uid)
        spec = TokenRequestSpec(
            audiences=[audience] if audience else [], expiration_seconds=seconds, bound_object_ref=bound
        )
        made = await self._client.create(TokenRequest(spec=spec), "token", account, namespace=namespace)
        now = self._client.clock.now()
        end = parse_time(made.status.expiration_timestamp or "")
        # Renewed when a fifth of its life is left, or after a day; a little earlier at random, not all at once.
        renew = now + min((end - now) * 0.8, _DAY) - timedelta(seconds=random.uniform(0, 10))
        held = self._held[key] = (made.status.token, renew, end)
        return held
