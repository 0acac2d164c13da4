"""`patch`: change fields of a resource."""

from __future__ import annotations

from typing import Any

import click

from cli import flags, targets
from cli.errors import CommandError
from cli.session import Session
from cli.session import command as make
from cli.targets import Target
from cli.telling import tell
from minik8s.api import scheme


@make("patch")
@click.argument("arguments", nargs=-1, metavar="TYPE NAME | TYPE/NAME")
@click.option("-p", "--patch", "text", default="", help="the patch, JSON or YAML")
@click.option("--patch-file", default="", help="a file with the patch")
@click.option("--type", "kind", default="strategic", show_default=True, help="json, merge or strategic")
@click.option("--subresource", default="", help="status or scale")
@flags.files
@flags.dry_run
@flags.output
@flags.field_manager("kubectl-patch")
async def command(session: Session, arguments: tuple[str, ...], **given: Any) -> int:
    """Change fields of a resource by a patch."""
    if given["kind"] not in ("json", "merge", "strategic"):
        raise CommandError(f'error: --type must be one of [json merge strategic], not "{given["kind"]}"')
    patch = _patch(given)
    for target in await targets.find(session, arguments, given["files"], recursive=given["recursive"]):
        resource = target.served.resource
        kind = given["kind"]
        if kind == "strategic" and scheme.resource_for_kind(resource.group_version, resource.kind) is None:
            kind = "merge"
        if given["dry_run"] == "client":
            result = _here(target, patch, kind)
        else:
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
        tell(target, result, "patched" if result != target.obj else "patched (no change)", given)
    return 0


def _here(target: Target, patch: Any, kind: str) -> dict[str, Any]:
    """What the server would make of it."""
    from minik8s.machinery.patches import PatchError, json_patch, merge_patch, strategic_merge

    resource = target.served.resource
    known = scheme.resource_for_kind(resource.group_version, resource.kind)
    try:
        if kind == "json":
            return dict(json_patch(target.obj, patch))
        if kind == "strategic" and known is not None:
            return dict(strategic_merge(target.obj, patch, scheme.type_of(known)))
        return dict(merge_patch(target.obj, patch))
    except PatchError as error:
        raise CommandError(f"error: {error}") from None


def _patch(given: dict[str, Any]) -> Any:
    import yaml

    text = given["text"]
    if text and given["patch_file"]:
        raise CommandError("error: cannot specify --patch and --patch-file together")
    if not text and not given["patch_file"]:
        raise CommandError("error: must specify --patch or --patch-file containing the contents of the patch")
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
