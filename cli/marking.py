"""What `label` and `annotate` have in common: keys set, changed and removed in a map of the metadata."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cli import targets
from cli.errors import CommandError
from cli.session import Session
from cli.telling import tell

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
    if not put and not removed and not given["list"]:
        raise CommandError(f"error: at least one {what} update is required")
    found = await _found(session, named, given)
    if given["resource_version"] and len(found) > 1:
        raise CommandError("error: --resource-version may only be used with a single resource")
    code = 0
    for target in found:
        held = target.obj["metadata"].get(field) or {}
        taken = [key for key in put if key in held and held[key] != put[key]]
        if taken and not given["overwrite"]:
            _refused(session, field, held, sorted(taken))
            code = 1
            continue
        result = await _changed(session, target, field, put, removed, given)
        if given["list"]:
            _list(target, result, field, many=len(found) > 1)
    return code


def _refused(session: Session, field: str, held: dict[str, str], taken: list[str]) -> None:
    said = "; ".join(f"'{key}' already has a value ({held[key]})" for key in taken)
    if field == "labels":
        session.warn("error: " + "; ".join(f"{one}, and --overwrite is false" for one in said.split("; ")))
    else:
        session.warn(f"error: --overwrite is false but found the following declared annotation(s): {said}")


def _list(target: targets.Target, result: dict[str, Any], field: str, many: bool) -> None:
    indent = ""
    if many:
        resource = target.served.resource
        group = f".{resource.group}" if resource.group else ""
        print(f"Listing {field} for {resource.kind}{group}/{target.name}:")
        indent = " "
    for key, value in sorted((result["metadata"].get(field) or {}).items()):
        print(f"{indent}{key}={value}")


async def _changed(
    session: Session, target: targets.Target, field: str, put: dict[str, str], removed: list[str], given: dict[str, Any]
) -> dict[str, Any]:
    """Patch one object and tell it; the object as it is now."""
    held = target.obj["metadata"].get(field) or {}
    if field == "labels":
        for key in removed:
            if key not in held:
                print(f'label "{key}" not found.')
    change: dict[str, Any] = {k: v for k, v in put.items() if held.get(k) != v}
    change |= {key: None for key in removed if key in held}
    done, undone, nothing = _PAST[field]
    result = target.obj
    if change and given["dry_run"] == "client":
        merged = {k: v for k, v in (held | change).items() if v is not None}
        result = target.obj | {"metadata": target.obj["metadata"] | {field: merged}}
    elif change:
        patch: dict[str, Any] = {"metadata": {field: change}}
        if given["resource_version"]:
            patch["metadata"]["resourceVersion"] = given["resource_version"]
        result = await session.client.patch(
            target.served.resource,
            target.name,
            patch,
            target.namespace,
            field_manager=given["field_manager"],
            dry_run=given["dry_run"] == "server",
        )
    verb = nothing if not change else done if any(v is not None for v in change.values()) else undone
    if (put or removed) and not (given["list"] and not given["output"]):
        tell(target, result, verb, given)
    return result


async def _found(session: Session, named: list[str], given: dict[str, Any]) -> list[targets.Target]:
    return await targets.find(
        session,
        named,
        given["files"],
        given["selector"],
        given["field_selector"],
        everything=given["everything"],
        all_namespaces=given["all_namespaces"],
        recursive=given["recursive"],
    )
