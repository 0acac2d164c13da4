"""`annotate`: change annotations."""

from __future__ import annotations

from typing import Any

import click

from cli.marking import mark
from cli.session import Session
from cli.session import command as make


@make("annotate", context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, metavar="TYPE NAME… KEY=VALUE… KEY-…")
@click.option("--overwrite", is_flag=True, help="change values that are there")
@click.option("--list", is_flag=True, help="show them")
@click.option("-f", "--filename", "files", multiple=True, help="files that name the objects")
@click.option("-l", "--selector", default="", help="label selector")
@click.option("--all", "everything", is_flag=True, help="all of this type")
@click.option("-A", "--all-namespaces", is_flag=True, help="in all namespaces")
@click.option("--dry-run", default="none", is_flag=False, flag_value="client", help="none, client or server")
async def command(session: Session, arguments: tuple[str, ...], **given: Any) -> int:
    """Update the annotations on a resource."""
    return await mark(session, arguments, "annotations", given)
