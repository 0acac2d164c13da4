"""Changing an object that others write to as well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from cli.errors import CommandError
from cli.session import Session
from cli.targets import Target
from minik8s.client.errors import Conflict

_ATTEMPTS = 10


async def changed(
    session: Session, target: Target, change: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
) -> dict[str, Any]:
    """What `change` makes of the object; a race that it loses is run again with what is there then.

    `change` raises Conflict for a lost race. Raises CommandError when all are lost, and whatever else `change` does.
    """
    obj = target.obj
    for _ in range(_ATTEMPTS):
        try:
            return await change(obj)
        except Conflict:
            obj = await session.client.get(target.served.resource, target.name, target.namespace)
    raise CommandError(f"error: {target.told} keeps changing; try again")
