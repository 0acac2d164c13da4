"""`replace`: objects as the files have them, whole."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from cli import flags, targets
from cli.applying import annotated
from cli.errors import CommandError, told
from cli.session import Session
from cli.session import command as make
from cli.targets import Target
from cli.telling import tell
from cli.waiting import gone
from minik8s.client.errors import ApiError, NotFound

_LONGEST = 300.0
"""Seconds for which what is to be made anew may stay, where nothing else is said."""


@make("replace")
@flags.files
@click.option("--force", is_flag=True, help="delete and create again")
@click.option("--grace-period", type=int, default=-1, help="seconds to end gracefully, with --force")
@click.option("--cascade", default="background", show_default=True, help="what happens to dependents, with --force")
@click.option("--timeout", default="0s", help="how long the old one may take to go")
@click.option("--save-config", is_flag=True, help="remember it for a later apply")
@click.option("--subresource", default="", help="status or scale")
@click.option("--raw", default="", help="a path of the server: PUT the file as it is")
@flags.field_manager("kubectl-replace")
@flags.validate
@flags.dry_run
@flags.output
async def command(session: Session, files: tuple[str, ...], recursive: bool, force: bool, **given: Any) -> int:
    """Replace resources by those of a file."""
    if not files:
        raise CommandError("error: must specify one of -f and -k")
    code = 0
    entries = await targets.of_files(session, files, recursive)
    if given["raw"]:
        answer = await session.client.request("PUT", given["raw"], body=entries[0][2].obj)
        print(answer.body.decode(errors="replace"), end="")
        return 0
    for served, namespace, manifest in entries:
        if namespace:
            manifest.obj["metadata"]["namespace"] = namespace
        obj = annotated(manifest.obj) if given["save_config"] else manifest.obj
        target = Target(served, namespace, str(obj["metadata"].get("name", "")), obj, manifest.source)
        try:
            result = await (_anew if force else _put)(session, target, given)
        except ApiError as error:
            session.warn(told(error, doing=f'error when replacing "{manifest.source}"'))
            code = 1
            continue
        tell(target, result, "replaced", given)
    return code


async def _put(session: Session, target: Target, given: dict[str, Any]) -> dict[str, Any]:
    if given["dry_run"] == "client":
        return target.obj
    if not target.obj["metadata"].get("resourceVersion"):
        held = await session.client.get(target.served.resource, target.name, target.namespace)
        target.obj["metadata"]["resourceVersion"] = held["metadata"]["resourceVersion"]
    return await session.client.update(
        target.obj,
        given["subresource"],
        dry_run=given["dry_run"] == "server",
        field_manager=given["field_manager"],
        field_validation=given["validate"],
    )


async def _anew(session: Session, target: Target, given: dict[str, Any]) -> dict[str, Any]:
    if given["dry_run"] != "none":
        return await _put(session, target, given)
    try:
        async with asyncio.timeout(flags.duration(given["timeout"]) or _LONGEST):
            await _remove(session, target, given)
    except TimeoutError:
        raise CommandError("error: context deadline exceeded") from None
    return await session.client.create(
        target.obj, field_manager=given["field_manager"], field_validation=given["validate"]
    )


async def _remove(session: Session, target: Target, given: dict[str, Any]) -> None:
    try:
        await session.client.delete(
            target.served.resource,
            target.name,
            target.namespace,
            grace_period_seconds=given["grace_period"] if given["grace_period"] >= 0 else None,
            propagation_policy=given["cascade"].capitalize(),
        )
    except NotFound:
        return
    kind, _, name = target.told.partition("/")
    where = f" from {target.namespace} namespace" if target.namespace else ""
    print(f'{kind} "{name}" deleted{where}')
    await gone(session, Target(target.served, target.namespace, target.name, {}))
