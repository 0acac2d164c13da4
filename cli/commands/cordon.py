"""`cordon`: mark nodes as unschedulable."""

from __future__ import annotations

import click

from cli import cordoning, flags
from cli.session import Session
from cli.session import command as make


@make("cordon")
@click.argument("names", nargs=-1, metavar="NODE…")
@flags.selector
@flags.dry_run
async def command(session: Session, names: tuple[str, ...], selector: str, dry_run: str) -> int:
    """Mark a node as unschedulable."""
    for target in await cordoning.nodes(session, names, selector):
        await cordoning.cordon(session, target, True, dry_run)
    return 0
