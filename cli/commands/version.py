"""`version`: of the client and of the server."""

from __future__ import annotations

from typing import Any

import click

from cli.output import printer
from cli.session import Session
from cli.session import command as make

CLIENT = "v1.36.0+minik8s"


@make("version")
@click.option("--client", "only_client", is_flag=True, help="the client's alone")
@click.option("-o", "--output", default="", help="json or yaml")
async def command(session: Session, only_client: bool, output: str) -> int:
    """Print the versions of client and server."""
    found: dict[str, Any] = {"clientVersion": {"gitVersion": CLIENT, "major": "1", "minor": "36"}}
    if not only_client:
        found["serverVersion"] = (await session.client.request("GET", "/version")).json()
    if output:
        print(printer.shown(found, output), end="")
        return 0
    print(f"Client Version: {CLIENT}")
    if not only_client:
        print(f"Server Version: {found['serverVersion']['gitVersion']}")
    return 0
