"""What `label` and `annotate` have in common: keys set, changed and removed in a map of the metadata."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cli import targets
from cli.errors import CommandError
from cli.session import Session

_PAST = {"labels": ("labeled", "unlabeled", "not labeled"), "annotations": ("annotated", "annotated", "annotated")}


def parted(arguments: Sequence[str]) -> tuple[list[str], dict[str, str], list[str]]:
    """(objects, keys to set, keys to remove) of `pod x a=b c-`. Raises CommandError."""
    named: list[str] = []
    put: dict[str, str] = {}
    removed: list[str] = []
    for each in arguments:
        key, equals, value = each.partition("=")
        if equals and "/" not in named[:1] and named:
            put[key] = value
        elif each.endswith("-") and named:
            removed.append(each[:-1])
        else:
            if put or removed:
                raise CommandError(f"error: all resources must be specified before changes: {each}")
            named.append(each)
    if twice := sorted(put.keys() & set(removed)):
        raise CommandError(f"error: can not both modify and remove {twice[0]} in the same command")
    return named, put, removed


async def mark(session: Session, arguments: Sequence[str], field: str, given: dict[str, Any]) -> int:
    """Do it for all objects meant; the exit code."""
    named, put, removed = parted(arguments)
    what = field.removesuffix("s")
    if given.get("list"):
        for target in await _found(session, named, given):
            print(f"Listing {field} for {target.served.resource.kind}.{target.served.resource.group}/{target.name}:")
            for key, value in sorted((target.obj["metadata"].get(field) or {}).items()):
                print(f" {key}={value}")
        return 0
    if not put and not removed:
        raise CommandError(f"error: at least one {what} update is required")
    code = 0
    for target in await _found(session, named, given):
        held = target.obj["metadata"].get(field) or {}
        taken = [key for key in put if key in held and held[key] != put[key]]
        if taken and not given["overwrite"]:
            message = "; ".join(
                f"'{key}' already has a value ({held[key]}), and --overwrite is false" for key in sorted(taken)
            )
            session.warn(f"error: {message}")
            code = 1
            continue
        for key in removed:
            if key not in held:
                print(f'{what} "{key}" not found.')
        change: dict[str, Any] = {k: v for k, v in put.items() if held.get(k) != v}
        change |= {key: None for key in removed if key in held}
        done, undone, nothing = _PAST[field]
        if change and given["dry_run"] != "client":
            await session.client.patch(
                target.served.resource,
                target.name,
                {"metadata": {field: change}},
                target.namespace,
                field_manager="kubectl-label" if field == "labels" else "kubectl-annotate",
                dry_run=given["dry_run"] == "server",
            )
        verb = nothing if not change else done if any(v is not None for v in change.values()) else undone
        print(f"{target.told} {verb}")
    return code


async def _found(session: Session, named: list[str], given: dict[str, Any]) -> list[targets.Target]:
    return await targets.find(
        session,
        named,
        given["files"],
        given["selector"],
        everything=given["everything"],
        all_namespaces=given["all_namespaces"],
    )
