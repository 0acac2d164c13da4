"""Who may ask what: metrics are resources of the API, everything else is a path of this server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metrics_server.failures import refused
from metrics_server.objects import API_VERSION, GROUP
from minik8s.daemon.delegated import VERBS, Attributes, DelegatedAuth, Denied
from minik8s.daemon.tls import User

_ROOT = f"/apis/{API_VERSION}/"


class Access:
    """Authenticates, and asks the API server whether the caller may."""

    def __init__(self, auth: DelegatedAuth) -> None:
        self._auth = auth

    async def check(
        self, method: str, path: str, headers: Mapping[str, str], peer: Mapping[str, Any] | None
    ) -> User | None:
        """Who asks, None where anybody may. Raises Refused."""
        if self._auth.is_open(path):
            return None
        asked, user = attributes(method, path), None
        try:
            user = await self._auth.authenticate(headers, peer)
            await self._auth.authorize(user, asked)
        except Denied as denied:
            raise refused(denied, user, asked) from None
        return user


def attributes(method: str, path: str) -> Attributes:
    """What a request is authorized as."""
    verb = VERBS.get(method, method.lower())
    parts = path.removeprefix(_ROOT).split("/") if path.startswith(_ROOT) else []
    namespace = ""
    if len(parts) > 2 and parts[0] == "namespaces":
        namespace, parts = parts[1], parts[2:]
    if not parts or not parts[0]:
        return Attributes(verb, path=path)
    name = parts[1] if len(parts) > 1 else ""
    if verb == "get" and not name:
        verb = "list"
    return Attributes(
        verb, resource=parts[0], subresource="/".join(parts[2:]), name=name, namespace=namespace, group=GROUP
    )
