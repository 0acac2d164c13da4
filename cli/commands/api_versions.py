"""`api-versions`: the group versions the server serves."""

from __future__ import annotations

from cli.session import Session
from cli.session import command as make


@make("api-versions")
async def command(session: Session) -> int:
    """Print the API versions the server knows."""
    print("\n".join(sorted({each.resource.group_version for each in await session.mapper.served()})))
    return 0
