"""`uncordon`: mark nodes as schedulable."""

from __future__ import annotations

import click

from cli import cordoning
from cli.session import Session
from cli.session import command as make


@make("uncordon")
@click.argument("names", nargs=-1, metavar="NODE…")
@click.option("-l", "--selector", default="", help="label selector")
async def command(session: Session, names: tuple[str, ...], selector: str) -> int:
    """Mark a node as schedulable."""
    for target in await cordoning.nodes(session, names, selector):
        await cordoning.cordon(session, target, False)
    return 0
