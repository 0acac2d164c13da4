"""Writing a status that was worked out from caches."""

from __future__ import annotations

from typing import Any

from minik8s.api.objects import Object
from minik8s.client.api import ApiClient
from minik8s.client.errors import Conflict, NotFound
from minik8s.machinery.copy import deep_copy


async def write_status(client: ApiClient, owner: Any, status: Any) -> None:
    """Give `owner`, which is left as it is, that status; when it changed meanwhile, the newest one gets it, once.

    Raises ApiError; an owner that is gone is fine.
    """
    if status == owner.status:
        return
    changed = deep_copy(owner)
    changed.status = status
    try:
        await client.update(changed, "status")
    except NotFound:
        return
    except Conflict:
        await _again(client, owner, status)


async def _again(client: ApiClient, owner: Object, status: Any) -> None:
    try:
        fresh: Any = await client.get(type(owner), owner.metadata.name, owner.metadata.namespace)
        if fresh.metadata.uid != owner.metadata.uid or fresh.status == status:
            return
        fresh.status = status
        await client.update(fresh, "status")
    except NotFound:
        return
