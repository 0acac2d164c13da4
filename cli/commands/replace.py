"""`replace`: objects as the files have them, whole."""

from __future__ import annotations

from typing import Any

import click

from cli import targets
from cli.commands.create import tell
from cli.errors import CommandError
from cli.output import printer
from cli.session import Session
from cli.session import command as make
from cli.targets import Target
from cli.waiting import gone
from minik8s.client.errors import NotFound


@make("replace")
@click.option("-f", "--filename", "files", multiple=True, help="files, folders, URLs, or - for standard input")
@click.option("-R", "--recursive", is_flag=True, help="folders with what is inside them")
@click.option("--force", is_flag=True, help="delete and create again")
@click.option("-o", "--output", default="", help=printer.FORMATS)
@click.option("--dry-run", default="none", is_flag=False, flag_value="client", help="none, client or server")
async def command(session: Session, files: tuple[str, ...], recursive: bool, force: bool, **given: Any) -> int:
    """Replace resources by those of a file."""
    if not files:
        raise CommandError("error: must specify --filename to replace")
    for served, namespace, manifest in await targets.of_files(session, files, recursive):
        meta = manifest.obj["metadata"]
        if namespace:
            meta["namespace"] = namespace
        target = Target(served, namespace, str(meta.get("name", "")), manifest.obj)
        if force:
            await _remove(session, target)
            result = await session.client.create(manifest.obj, field_manager="kubectl-replace")
        elif given["dry_run"] == "client":
            result = manifest.obj
        else:
            held = await session.client.get(served.resource, target.name, namespace)
            meta.setdefault("resourceVersion", held["metadata"]["resourceVersion"])
            result = await session.client.update(
                manifest.obj,
                dry_run=given["dry_run"] == "server",
                field_manager="kubectl-replace",
                field_validation="Strict",
            )
        tell(served, result, given, "replaced")
    return 0


async def _remove(session: Session, target: Target) -> None:
    try:
        await session.client.delete(
            target.served.resource,
            target.name,
            target.namespace,
            grace_period_seconds=0,
            propagation_policy="Background",
        )
    except NotFound:
        return
    kind, _, name = target.told.partition("/")
    print(f'{kind} "{name}" deleted')
    await gone(session, Target(target.served, target.namespace, target.name, {}))
