"""`edit`: change objects in an editor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from cli import flags, targets
from cli.editing import edited
from cli.errors import CommandError, told
from cli.output import printer
from cli.session import Session
from cli.session import command as make
from cli.targets import Target
from cli.telling import tell
from minik8s.client.errors import ApiError

_HEAD = """# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
"""


@make("edit")
@click.argument("arguments", nargs=-1, metavar="TYPE NAME… | TYPE/NAME…")
@flags.files
@flags.selector
@click.option("--subresource", default="", help="status or scale")
@click.option("--save-config", is_flag=True, hidden=True)
@click.option("--windows-line-endings", is_flag=True, hidden=True)
@flags.field_manager("kubectl-edit")
@flags.validate
@flags.output
async def command(session: Session, arguments: tuple[str, ...], files: tuple[str, ...], **given: Any) -> int:
    """Change resources in your editor."""
    if not arguments and not files:
        raise CommandError("error: must specify one of -f and -k or a resource")
    found = await targets.find(session, arguments, files, given["selector"], recursive=given["recursive"])
    given["dry_run"] = "none"
    as_json = given["output"] == "json"
    if given["output"] in ("json", "yaml"):
        given["output"] = ""
    code = 0
    for target in found:
        if given["subresource"]:
            path = target.served.resource.path(target.namespace, target.name, given["subresource"])
            part = (await session.client.request("GET", path)).json()
            target = Target(target.served, target.namespace, target.name, part)
        code = max(code, await _edit(session, target, given, as_json))
    return code


async def _edit(session: Session, target: Target, given: dict[str, Any], as_json: bool) -> int:
    resource = target.served.resource
    document = {"apiVersion": resource.group_version, "kind": resource.kind} | target.obj
    shown = printer.shown(document, "json" if as_json else "yaml", given["show_managed_fields"])
    problems, text, path = "", shown, None
    while True:
        new, written = edited(_HEAD + problems + text, ".json" if as_json else ".yaml")
        if path is not None:
            path.unlink(missing_ok=True)
        path = written
        body = _without_comments(new)
        if not body.strip():
            session.warn("Edit cancelled, saved file was empty.")
            path.unlink()
            return 0 if not problems else _kept(session, path, new)
        if body == text:
            if problems:
                return _kept(session, path, new)
            session.warn("Edit cancelled, no changes made.")
            path.unlink()
            return 0
        text = body
        try:
            wanted = _parsed(body)
            result = await _saved(session, target, document, wanted, given)
        except CommandError as error:
            problems = _comment(str(error))
            session.warn(str(error).splitlines()[0])
            continue
        except ApiError as error:
            problems = _comment(f'{resource} "{target.name}" was not valid:\n* {told(error)}')
            session.warn(f'error: {resource} "{target.name}" is invalid')
            continue
        path.unlink()
        if result is None:
            session.warn("Edit cancelled, no changes made.")
        else:
            tell(target, result, "edited", given)
        return 0


def _kept(session: Session, path: Path, text: str) -> int:
    path.write_text(text)
    session.warn(f'A copy of your changes has been stored to "{path}"')
    session.warn("error: Edit cancelled, no valid changes were saved.")
    return 1


def _comment(text: str) -> str:
    return "".join(f"# {line}\n" for line in text.splitlines()) + "#\n"


def _without_comments(text: str) -> str:
    lines = text.splitlines(keepends=True)
    while lines and lines[0].startswith("#"):
        lines.pop(0)
    return "".join(lines)


def _parsed(text: str) -> dict[str, Any]:
    from cli import manifests

    found = list(manifests.objects(text, "edited-file"))
    if len(found) != 1:
        raise CommandError("error: the edited file must hold one object")
    return found[0].obj


async def _saved(
    session: Session, target: Target, before: dict[str, Any], wanted: dict[str, Any], given: dict[str, Any]
) -> dict[str, Any] | None:
    """Patch the object by what was changed; None when nothing was."""
    from minik8s.api import scheme
    from minik8s.machinery.patches.three_way import three_way

    for part in ("kind", "apiVersion"):
        if wanted.get(part) != before.get(part):
            raise CommandError(f"error: {part} cannot be changed in an edit")
    if (wanted.get("metadata") or {}).get("name") != before["metadata"].get("name"):
        raise CommandError("error: At least one of apiVersion, kind and name was changed")
    resource = target.served.resource
    known = scheme.resource_for_kind(resource.group_version, str(before["kind"]))
    cls = scheme.type_of(known) if known is not None else None
    old = json.loads(json.dumps(before))
    if not given["show_managed_fields"]:
        old["metadata"].pop("managedFields", None)
    patch = three_way(old, wanted, old, cls)
    if not patch:
        return None
    return await session.client.patch(
        resource,
        target.name,
        patch,
        target.namespace,
        "strategic" if cls is not None else "merge",
        subresource=given["subresource"],
        field_manager=given["field_manager"],
        field_validation=given["validate"],
    )
