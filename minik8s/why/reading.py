"""What `why` asks the server for."""

from __future__ import annotations

from typing import Any

from minik8s.client.api import ApiClient
from minik8s.client.errors import ApiError
from minik8s.client.resources import Resource

Object = dict[str, Any]
_EVENTS: Resource[Object] = Resource("v1", "events", "Event", True, dict)


async def one(client: ApiClient, group_version: str, plural: str, name: str, namespace: str = "") -> Object | None:
    """An object, None when there is none or it may not be read."""
    resource: Resource[Object] = Resource(group_version, plural, "", bool(namespace), dict)
    try:
        return await client.get(resource, name, namespace)
    except ApiError:
        return None


async def many(
    client: ApiClient, group_version: str, plural: str, namespace: str = "", labels: str = ""
) -> list[Object]:
    """Objects; none when they may not be read."""
    resource: Resource[Object] = Resource(group_version, plural, "", bool(namespace), dict)
    try:
        return (await client.list(resource, namespace, label_selector=labels)).items
    except ApiError:
        return []


async def warnings(client: ApiClient, obj: Object) -> list[str]:
    """`reason: message` of the warnings about an object, newest first, each reason once."""
    meta = obj["metadata"]
    fields = f"involvedObject.name={meta['name']},involvedObject.uid={meta.get('uid', '')},type=Warning"
    try:
        listed = await client.list(_EVENTS, meta.get("namespace", ""), field_selector=fields)
    except ApiError:
        return []

    def when(event: Object) -> str:
        series = event.get("series") or {}
        return str(series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime") or "")

    found: dict[str, str] = {}
    for event in sorted(listed.items, key=when, reverse=True):
        found.setdefault(event.get("reason", ""), f"{event.get('reason')}: {str(event.get('message', '')).strip()}")
    return list(found.values())
