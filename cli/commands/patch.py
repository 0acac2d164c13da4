"""`patch`: change fields of a resource."""

from __future__ import annotations

from typing import Any

import click

from cli import targets
from cli.errors import CommandError
from cli.output import printer
from cli.session import Session
from cli.session import command as make
from minik8s.api import scheme


@make("patch")
@click.argument("arguments", nargs=-1, metavar="TYPE NAME | TYPE/NAME")
@click.option("-p", "--patch", "text", default="", help="the patch, JSON or YAML")
@click.option("--patch-file", default="", help="a file with the patch")
@click.option("--type", "kind", type=click.Choice(["json", "merge", "strategic"]), default="strategic")
@click.option("--subresource", default="", help="status or scale")
@click.option("-o", "--output", default="", help=printer.FORMATS)
@click.option("--dry-run", default="none", is_flag=False, flag_value="client", help="none, client or server")
@click.option("--field-manager", default="kubectl-patch", help="name of the owner of the fields")
async def command(session: Session, arguments: tuple[str, ...], **given: Any) -> int:
    """Change fields of a resource by a patch."""
    patch = _patch(given)
    for target in await targets.find(session, arguments):
        resource = target.served.resource
        kind = given["kind"]
        if kind == "strategic" and scheme.resource_for_kind(resource.group_version, resource.kind) is None:
            kind = "merge"
        result = target.obj
        if given["dry_run"] != "client":
            result = await session.client.patch(
                resource,
                target.name,
                patch,
                target.namespace,
                kind,
                subresource=given["subresource"],
                field_manager=given["field_manager"],
                dry_run=given["dry_run"] == "server",
            )
        if given["output"]:
            print(printer.shown(result, given["output"]), end="")
            continue
        same = result["metadata"]["resourceVersion"] == target.obj["metadata"]["resourceVersion"]
        print(f"{target.told} patched{' (no change)' if same else ''}")
    return 0


def _patch(given: dict[str, Any]) -> Any:
    import yaml

    text = given["text"]
    if bool(text) == bool(given["patch_file"]):
        raise CommandError("error: must specify exactly one of --patch or --patch-file")
    try:
        if not text:
            with open(given["patch_file"]) as file:
                text = file.read()
        found = yaml.safe_load(text)
    except (OSError, yaml.YAMLError) as error:
        raise CommandError(f"error: unable to parse {text!r}: {' '.join(str(error).split())}") from None
    if not isinstance(found, dict | list):
        raise CommandError(f"error: unable to parse {text!r}: a patch is an object or a list")
    return found
