"""What a start waits for: why it is not so yet, "" once it is."""

from __future__ import annotations

from cluster import addons
from minik8s.client.api import ApiClient
from minik8s.client.errors import ApiError, ConnectionFailed


async def api_ready(client: ApiClient) -> str:
    """Why an API server is not ready."""
    try:
        await client.request("GET", "/readyz", timeout=5)
        return ""
    except (ApiError, ConnectionFailed) as error:
        return str(error)


async def applied(client: ApiClient, wanted: list[addons.Document]) -> str:
    """Why the API does not take the cluster's own objects."""
    try:
        await addons.apply(client, wanted)
        return ""
    except (ApiError, ConnectionFailed) as error:
        return str(error)
