"""`delete`: remove resources, and wait until they are gone."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from cli import targets
from cli.errors import CommandError
from cli.session import Session
from cli.session import command as make
from cli.targets import Target
from cli.waiting import gone
from minik8s.client.errors import ApiError, NotFound
from minik8s.machinery.times import parse_duration

_CASCADE = {"background": "Background", "foreground": "Foreground", "orphan": "Orphan"}


@make("delete")
@click.argument("arguments", nargs=-1, metavar="TYPE [NAME…] | TYPE/NAME…")
@click.option("-f", "--filename", "files", multiple=True, help="files that name the objects")
@click.option("-R", "--recursive", is_flag=True, help="folders with what is inside them")
@click.option("-l", "--selector", default="", help="label selector")
@click.option("--field-selector", default="", help="field selector")
@click.option("--all", "everything", is_flag=True, help="all of this type")
@click.option("-A", "--all-namespaces", is_flag=True, help="in all namespaces")
@click.option("--cascade", type=click.Choice(list(_CASCADE)), default="background", show_default=True)
@click.option("--grace-period", type=int, default=-1, help="seconds to end gracefully; -1 is the object's own")
@click.option("--now", is_flag=True, help="the same as --grace-period=1")
@click.option("--force", is_flag=True, help="with --grace-period=0: do not wait for the node")
@click.option("--wait/--no-wait", "wait", default=True, help="wait until they are gone  [default: wait]")
@click.option("--timeout", default="0s", help="how long to wait; 0 is for good")
@click.option("--ignore-not-found", is_flag=True, help="succeed when the object does not exist")
@click.option("--dry-run", default="none", is_flag=False, flag_value="client", help="none, client or server")
@click.option("-o", "--output", default="", help="name")
async def command(session: Session, arguments: tuple[str, ...], files: tuple[str, ...], **given: Any) -> int:
    """Delete resources by file names, names, or labels."""
    grace = 1 if given["now"] else given["grace_period"]
    if given["force"] and grace < 0:
        grace = 0
    if grace == 0 and not given["force"]:
        # Without --force the node confirms: the shortest grace that still lets it.
        grace = 1
    if given["force"]:
        session.warn(
            "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. "
            "The resource may continue to run on the cluster indefinitely."
        )
    found, code = await _found(session, arguments, files, given)
    if not found and not code and not files and not (arguments and given["ignore_not_found"]):
        print("No resources found")
    deleted: list[Target] = []
    for target in found:
        try:
            if given["dry_run"] != "client":
                await session.client.delete(
                    target.served.resource,
                    target.name,
                    target.namespace,
                    grace_period_seconds=grace if grace >= 0 else None,
                    propagation_policy=_CASCADE[given["cascade"]],
                    dry_run=given["dry_run"] == "server",
                )
        except NotFound as error:
            if not given["ignore_not_found"]:
                session.warn(f"Error from server (NotFound): {error.message}")
                code = 1
            continue
        except ApiError as error:
            session.warn(f"Error from server ({error.reason}): {error.message}")
            code = 1
            continue
        deleted.append(target)
        _tell(session, target, given, " force" if given["force"] else "")
    if given["wait"] and given["dry_run"] == "none":
        await _wait(session, deleted, given["timeout"])
    return code


def _tell(session: Session, target: Target, given: dict[str, Any], how: str) -> None:
    if given["output"] == "name":
        print(target.told)
        return
    kind, _, name = target.told.partition("/")
    note = {"none": "", "client": " (dry run)", "server": " (server dry run)"}[given["dry_run"]]
    print(f'{kind} "{name}"{how} deleted{_where(target)}{note}')


def _where(target: Target) -> str:
    return f" from {target.namespace} namespace" if target.namespace else ""


async def _found(
    session: Session, arguments: tuple[str, ...], files: tuple[str, ...], given: dict[str, Any]
) -> tuple[list[Target], int]:
    if files:
        entries = await targets.of_files(session, files, given["recursive"])
        return [
            Target(served, namespace, str(manifest.obj["metadata"].get("name", "")), manifest.obj, manifest.source)
            for served, namespace, manifest in entries
        ], 0
    wanted = await targets.wanted(session, arguments)
    selects = bool(given["selector"] or given["field_selector"] or given["everything"])
    if any(each.names for each in wanted):
        if selects:
            raise CommandError("error: name cannot be provided when a selector is specified")
        return [
            Target(each.served, targets.place(session, each.served), name, {}) for each in wanted for name in each.names
        ], 0
    if not selects:
        raise CommandError("error: resource(s) were provided, but no name was specified")
    return await targets.find(
        session,
        arguments,
        selector=given["selector"],
        field_selector=given["field_selector"],
        everything=given["everything"],
        all_namespaces=given["all_namespaces"],
    ), 0


async def _wait(session: Session, deleted: list[Target], limit: str) -> None:
    seconds = parse_duration(limit).total_seconds() or None
    try:
        async with asyncio.timeout(seconds):
            for target in deleted:
                await gone(session, target)
    except TimeoutError:
        raise CommandError(f"error: timed out waiting for the condition on {deleted[0].told}") from None
