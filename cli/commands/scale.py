"""`scale`: set the number of replicas through the scale subresource."""

from __future__ import annotations

from typing import Any

import click

from cli import targets
from cli.errors import CommandError
from cli.session import Session
from cli.session import command as make


@make("scale")
@click.argument("arguments", nargs=-1, metavar="TYPE NAME… | TYPE/NAME…")
@click.option("--replicas", type=int, required=True, help="the new number")
@click.option("--current-replicas", type=int, default=-1, help="only when it is this now")
@click.option("--resource-version", default="", help="only when it is this now")
@click.option("-f", "--filename", "files", multiple=True, help="files that name the objects")
@click.option("-l", "--selector", default="", help="label selector")
@click.option("--all", "everything", is_flag=True, help="all of this type")
@click.option("--dry-run", default="none", is_flag=False, flag_value="client", help="none, client or server")
async def command(session: Session, arguments: tuple[str, ...], **given: Any) -> int:
    """Set a new size for a workload."""
    if given["replicas"] < 0:
        raise CommandError("error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0")
    found = await targets.find(session, arguments, given["files"], given["selector"], "", given["everything"])
    if not found:
        raise CommandError("error: no objects passed to scale")
    for target in found:
        resource = target.served.resource
        path = resource.path(target.namespace, target.name, "scale")
        if given["current_replicas"] >= 0 or given["resource_version"]:
            held = (await session.client.request("GET", path)).json()
            now = held.get("spec", {}).get("replicas", 0)
            if 0 <= given["current_replicas"] != now:
                raise CommandError(f"error: Expected replicas to be {given['current_replicas']}, was {now}")
            if given["resource_version"] not in ("", held["metadata"]["resourceVersion"]):
                raise CommandError(f"error: Expected resource version to be {given['resource_version']}")
        if given["dry_run"] != "client":
            await session.client.patch(
                resource,
                target.name,
                {"spec": {"replicas": given["replicas"]}},
                target.namespace,
                subresource="scale",
                dry_run=given["dry_run"] == "server",
            )
        print(f"{target.told} scaled")
    return 0
