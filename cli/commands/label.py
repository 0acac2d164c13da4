"""`label`: change labels."""

from __future__ import annotations

from typing import Any

import click

from cli import flags
from cli.marking import mark
from cli.session import Session
from cli.session import command as make


@make("label")
@click.argument("arguments", nargs=-1, metavar="TYPE NAME… KEY=VALUE… KEY-…")
@click.option("--overwrite", is_flag=True, help="change values that are there")
@click.option("--list", is_flag=True, help="show them")
@click.option("--resource-version", default="", help="only when the one object is at this version")
@flags.files
@flags.selector
@click.option("--field-selector", default="", help="field selector")
@flags.everything
@flags.all_namespaces
@flags.field_manager("kubectl-label")
@flags.dry_run
@flags.output
async def command(session: Session, arguments: tuple[str, ...], **given: Any) -> int:
    """Update the labels on a resource."""
    return await mark(session, arguments, "labels", given)
