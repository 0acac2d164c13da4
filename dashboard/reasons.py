"""What holds an object back, for the page: the chain `minik8s why` tells."""

from __future__ import annotations

from typing import Any

from minik8s.client.api import ApiClient
from minik8s.why import others
from minik8s.why.causes import Cause


def tree(causes: list[Cause]) -> list[dict[str, Any]]:
    """Causes as the page reads them."""
    return [{"text": cause.text, "behind": tree(cause.behind)} for cause in causes]


async def reasons(client: ApiClient, path: str) -> dict[str, Any]:
    """The causes that hold the object at a path of the API back, and who made it. Raises ApiError, ConnectionFailed."""
    obj = (await client.request("GET", path)).json()
    found = await others.causes(client, obj)
    return {"causes": tree(found), "of": await others.chain(client, obj)}
