"""Waiting for objects by watching them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from cli.mapper import Served
from cli.session import Session
from cli.targets import Target
from minik8s.client.errors import ApiError, ConnectionFailed, Expired, Forbidden, NotFound

_PAUSE = 0.5
State = dict[str, Any]


async def states(session: Session, served: Served, namespace: str, name: str) -> AsyncIterator[State | None]:
    """One object now and after each change; None while it does not exist. Never ends."""
    client, resource = session.client, served.resource
    while True:
        listed = await client.list(resource, namespace, field_selector=f"metadata.name={name}")
        yield listed.items[0] if listed.items else None
        version = listed.resource_version
        try:
            async for event in client.watch(
                resource, namespace, version, field_selector=f"metadata.name={name}", timeout_seconds=300
            ):
                if event.type != "BOOKMARK":
                    yield None if event.type == "DELETED" else event.object
        except Expired:
            continue
        except ConnectionFailed:
            await asyncio.sleep(_PAUSE)


async def until(session: Session, target: Target, holds: Callable[[State | None], bool]) -> State | None:
    """Wait until a condition holds of an object; the state in which it did."""
    async for state in states(session, target.served, target.namespace, target.name):
        if holds(state):
            return state
    return None


async def gone(session: Session, target: Target) -> None:
    """Wait until the object that was there (by its UID, where known) does not exist any more."""
    client, resource = session.client, target.served.resource
    try:
        held = await client.get(resource, target.name, target.namespace)
    except NotFound:
        return
    except Forbidden:
        return
    except ApiError:
        held = target.obj
    wanted = target.obj.get("metadata", {}).get("uid") or ""
    uid = held["metadata"].get("uid", "")
    if wanted and uid != wanted:
        return
    if not held["metadata"].get("deletionTimestamp"):
        # A new one of the same name.
        return
    await until(session, target, lambda state: state is None or state["metadata"].get("uid") != uid)
