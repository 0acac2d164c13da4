"""Each controller under its own service account (`--use-service-account-credentials`), over shared connections."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import structlog

from minik8s.api.authentication_v1 import TokenRequest, TokenRequestSpec
from minik8s.api.core_v1 import Namespace, ServiceAccount
from minik8s.api.object_meta import ObjectMeta
from minik8s.client.api import ApiClient
from minik8s.client.errors import AlreadyExists, NotFound, Unauthorized
from minik8s.client.transport import Params, Response, Transport

log = structlog.get_logger("controllers")

NAMESPACE = "kube-system"
TOKEN_SECONDS = 7200
_RENEW_AT = 0.8


class Identity:
    """One service account in `kube-system`: made when missing, its token asked for and renewed in time."""

    def __init__(self, root: ApiClient, name: str) -> None:
        self._root, self._name = root, name
        self._token = ""
        self._renew_at = 0.0
        self._lock = asyncio.Lock()

    async def token(self) -> str:
        """A token that is still good. Raises ApiError, ConnectionFailed."""
        clock = self._root.clock
        if not self._token or clock.monotonic() >= self._renew_at:
            async with self._lock:
                if not self._token or clock.monotonic() >= self._renew_at:
                    self._token = await self._ask()
                    self._renew_at = clock.monotonic() + TOKEN_SECONDS * (_RENEW_AT - random.random() / 10)
        return self._token

    def forget(self, token: str) -> None:
        """The server refused that token."""
        if token == self._token:
            self._token = ""

    async def _ask(self) -> str:
        request = TokenRequest(
            metadata=ObjectMeta(name=self._name, namespace=NAMESPACE),
            spec=TokenRequestSpec(expiration_seconds=TOKEN_SECONDS),
        )
        try:
            answer = await self._root.create(request, "token", self._name)
        except NotFound:
            await self._make()
            answer = await self._root.create(request, "token", self._name)
        return answer.status.token

    async def _make(self) -> None:
        meta = ObjectMeta(name=self._name, namespace=NAMESPACE)
        account = ServiceAccount(metadata=meta)
        try:
            await self._root.create(account)
        except AlreadyExists:
            return
        except NotFound:
            await self._root.create(Namespace(metadata=ObjectMeta(name=NAMESPACE)))
            await self._root.create(account)
        log.debug("service account made", serviceAccount=f"{NAMESPACE}/{self._name}")


class IdentityTransport:
    """A transport that adds an identity's token to every request of another one, which brings no proof itself."""

    def __init__(self, base: Transport, identity: Identity) -> None:
        self._base, self._identity = base, identity

    async def request(
        self, method: str, path: str, params: Params, body: bytes, headers: Mapping[str, str], timeout: float | None
    ) -> Response:
        """One request; a refused token is renewed once."""
        token = await self._identity.token()
        answer = await self._base.request(method, path, params, body, _with(headers, token), timeout)
        if answer.status == 401:
            self._identity.forget(token)
            token = await self._identity.token()
            answer = await self._base.request(method, path, params, body, _with(headers, token), timeout)
        return answer

    async def stream(
        self, method: str, path: str, params: Params, body: bytes, headers: Mapping[str, str]
    ) -> AsyncIterator[bytes]:
        """The body in pieces as they come."""
        token = await self._identity.token()
        try:
            async for chunk in self._base.stream(method, path, params, body, _with(headers, token)):
                yield chunk
        except Unauthorized:
            self._identity.forget(token)
            raise

    async def websocket(self, path: str, params: Params, protocols: Sequence[str], headers: Mapping[str, str]) -> Any:
        """A WebSocket."""
        return await self._base.websocket(path, params, protocols, _with(headers, await self._identity.token()))

    async def close(self) -> None:
        """Nothing: the connections belong to the base."""


def _with(headers: Mapping[str, str], token: str) -> dict[str, str]:
    return {**headers, "Authorization": f"Bearer {token}"}
