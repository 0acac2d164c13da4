"""What `cordon`, `uncordon` and `drain` have in common."""

from __future__ import annotations

from collections.abc import Sequence

import click

from cli import targets
from cli.errors import CommandError
from cli.session import Session
from cli.targets import Target
from cli.telling import note


async def nodes(session: Session, names: Sequence[str], selector: str) -> list[Target]:
    """The nodes meant. Raises CommandError."""
    if not names and not selector:
        verb = click.get_current_context().command.name
        raise CommandError(f"error: USAGE: {verb} NODE [flags]\nSee 'minik8s {verb} -h' for help and examples")
    if names and selector:
        raise CommandError("error: error: cannot specify both a node name and a --selector option")
    return await targets.find(session, ["nodes", *(name.removeprefix("node/") for name in names)], selector=selector)


async def cordon(session: Session, target: Target, wanted: bool, dry_run: str = "none") -> None:
    """Make a node unschedulable, or schedulable again, and tell it."""
    word = "cordoned" if wanted else "uncordoned"
    if bool((target.obj.get("spec") or {}).get("unschedulable")) == wanted:
        print(f"node/{target.name} already {word}")
        return
    if dry_run != "client":
        change = {"spec": {"unschedulable": wanted or None}}
        await session.client.patch(target.served.resource, target.name, change, dry_run=dry_run == "server")
    print(f"node/{target.name} {word}{note({'dry_run': dry_run})}")
