"""`diff`: what an apply would change, told by the machine's diff."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import click

from cli import flags, targets
from cli.applying import LAST_APPLIED, annotated
from cli.errors import CommandError, told
from cli.output import printer
from cli.session import Session
from cli.session import command as make
from cli.targets import Target
from minik8s.client.errors import ApiError, NotFound


@make("diff")
@flags.files
@flags.selector
@click.option("--server-side", is_flag=True, help="as server-side apply would")
@click.option("--force-conflicts", is_flag=True, help="take over fields others own (with --server-side)")
@click.option("--show-managed-fields", is_flag=True, help="with managedFields")
@click.option("--concurrency", type=int, default=1, hidden=True)
@flags.field_manager("")
async def command(session: Session, files: tuple[str, ...], **given: Any) -> int:
    """Show what apply would change; the exit code is 1 when something differs, more when it failed."""
    if not files:
        raise CommandError("error: must specify one of -f and -k", 2)
    with tempfile.TemporaryDirectory(prefix="LIVE-") as live, tempfile.TemporaryDirectory(prefix="MERGED-") as merged:
        try:
            entries = await targets.of_files(session, files, given["recursive"], given["selector"])
            for served, namespace, manifest in entries:
                if namespace:
                    manifest.obj["metadata"]["namespace"] = namespace
                name = str(manifest.obj["metadata"].get("name") or "")
                target = Target(served, namespace, name, manifest.obj, manifest.source)
                await _write(session, target, Path(live), Path(merged), given)
        except ApiError as error:
            raise CommandError(told(error), 2) from None
        except CommandError as error:
            raise CommandError(str(error), 2) from None
        return _compared(live, merged)


async def _write(session: Session, target: Target, live: Path, merged: Path, given: dict[str, Any]) -> None:
    resource = target.served.resource
    file = f"{resource.group_version.replace('/', '.')}.{resource.kind}.{target.namespace}.{target.name}"
    current: dict[str, Any] | None = None
    try:
        current = await session.client.get(resource, target.name, target.namespace)
    except NotFound:
        pass
    wanted = await _wanted(session, target, current, given)
    for folder, obj in ((live, current), (merged, wanted)):
        (folder / file).touch()
        if obj is not None:
            document = {"apiVersion": resource.group_version, "kind": resource.kind} | obj
            (folder / file).write_text(printer.shown(_masked(document), "yaml", given["show_managed_fields"]))


async def _wanted(
    session: Session, target: Target, current: dict[str, Any] | None, given: dict[str, Any]
) -> dict[str, Any]:
    """What the server would make of the file, nothing kept."""
    from minik8s.api import scheme
    from minik8s.machinery.patches.three_way import three_way

    client, resource = session.client, target.served.resource
    if given["server_side"]:
        return await client.patch(
            resource,
            target.name,
            target.obj,
            target.namespace,
            "apply",
            field_manager=given["field_manager"] or "kubectl",
            force=given["force_conflicts"],
            dry_run=True,
        )
    manager = given["field_manager"] or "kubectl-client-side-apply"
    if current is None:
        return await client.create(target.obj, dry_run=True, field_manager=manager)
    before = (current["metadata"].get("annotations") or {}).get(LAST_APPLIED, "")
    known = scheme.resource_for_kind(resource.group_version, resource.kind)
    cls = scheme.type_of(known) if known is not None else None
    import json

    try:
        original = json.loads(before) if before else {}
    except ValueError:
        original = {}
    patch = three_way(original, annotated(target.obj), current, cls)
    patch.get("metadata", {}).get("annotations", {}).pop(LAST_APPLIED, None)
    kind = "strategic" if cls is not None else "merge"
    return await client.patch(resource, target.name, patch, target.namespace, kind, field_manager=manager, dry_run=True)


def _masked(document: dict[str, Any]) -> dict[str, Any]:
    """Without what apply remembers; the values of Secrets are hidden."""
    meta = dict(document["metadata"])
    notes = {k: v for k, v in (meta.get("annotations") or {}).items() if k != LAST_APPLIED}
    meta.pop("annotations", None)
    if notes:
        meta["annotations"] = notes
    found = document | {"metadata": meta}
    if document.get("kind") == "Secret":
        import hashlib

        for part in ("data", "stringData"):
            if part in found:
                found[part] = {
                    k: f"*** (sha256 {hashlib.sha256(str(v).encode()).hexdigest()[:8]})" for k, v in found[part].items()
                }
    return found


def _compared(live: str, merged: str) -> int:
    words = shlex.split(os.environ.get("KUBECTL_EXTERNAL_DIFF") or "diff -u -N")
    if not all(re.fullmatch(r"[-\w./]+", word) for word in words[:1]):
        raise CommandError(f"error: KUBECTL_EXTERNAL_DIFF names no program: {words[0]}", 2)
    import sys

    sys.stdout.flush()
    try:
        code = subprocess.run([*words, live, merged]).returncode
    except FileNotFoundError:
        raise CommandError(f'error: failed to run "{words[0]}": executable file not found in $PATH', 2) from None
    return code
