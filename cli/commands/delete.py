"""`delete`: remove resources, and wait until they are gone."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from cli import flags, targets
from cli.errors import CommandError, told
from cli.session import Session
from cli.session import command as make
from cli.targets import Target
from cli.waiting import gone
from minik8s.client.errors import ApiError, NotFound

_CASCADE = {"background": "Background", "foreground": "Foreground", "orphan": "Orphan"}


@make("delete")
@click.argument("arguments", nargs=-1, metavar="TYPE [NAME…] | TYPE/NAME…")
@flags.files
@flags.selector
@click.option("--field-selector", default="", help="field selector")
@flags.everything
@flags.all_namespaces
@click.option(
    "--cascade",
    default="background",
    is_flag=False,
    flag_value="background",
    show_default=True,
    help="what happens to dependents: background, foreground or orphan",
)
@click.option("--grace-period", type=int, default=-1, help="seconds to end gracefully; -1 is the object's own")
@click.option("--now", is_flag=True, help="the same as --grace-period=1")
@click.option("--force", is_flag=True, help="with --grace-period=0: do not wait for the node")
@click.option("--wait/--no-wait", "wait", default=True, help="wait until they are gone  [default: wait]")
@click.option("--timeout", default="0s", help="how long to wait; 0 is for good")
@click.option("--ignore-not-found", is_flag=True, help="succeed when the object does not exist")
@click.option("-i", "--interactive", is_flag=True, help="ask first")
@click.option("--raw", default="", help="a path of the server")
@flags.dry_run
@click.option("-o", "--output", default="", help="name")
async def command(session: Session, arguments: tuple[str, ...], files: tuple[str, ...], **given: Any) -> int:
    """Delete resources by file names, names, or labels."""
    if given["raw"]:
        answer = await session.client.request("DELETE", given["raw"])
        print(answer.body.decode(errors="replace"), end="")
        return 0
    grace = _grace(arguments, files, given)
    given["cascade"] = {"true": "background", "false": "orphan"}.get(given["cascade"], given["cascade"])
    if given["cascade"] not in _CASCADE:
        raise CommandError(
            f'error: invalid cascade value ({given["cascade"]}). Must be "background", "foreground", or "orphan"'
        )
    if given["force"] and grace == 0:
        session.warn(
            "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. "
            "The resource may continue to run on the cluster indefinitely."
        )
    found, code = await _found(session, arguments, files, given)
    if given["interactive"] and found and not _agreed(found):
        print("deletion is cancelled")
        return 0
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
                doing = f'error when deleting "{target.source}"' if target.source else ""
                session.warn(told(error, doing=doing))
                code = 1
            continue
        except ApiError as error:
            session.warn(told(error))
            code = 1
            continue
        deleted.append(target)
        _tell(session, target, given, " force" if given["force"] else "")
    if given["wait"] and given["dry_run"] == "none":
        await _wait(session, deleted, given["timeout"])
    return code


def _grace(arguments: tuple[str, ...], files: tuple[str, ...], given: dict[str, Any]) -> int:
    """Seconds to end gracefully, -1 for the object's own. Raises CommandError for flags that contradict each other."""
    selects = bool(given["selector"] or given["field_selector"])
    if not arguments and not files:
        raise CommandError(
            "error: You must provide one or more resources by argument or filename.\nExample resource specifications "
            "include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'"
        )
    if given["everything"] and selects:
        what = "selector" if given["selector"] else "field-selector"
        raise CommandError(f"error: setting 'all' parameter but found a non empty {what}. ")
    if given["output"] not in ("", "name"):
        raise CommandError(
            f"error: unexpected -o output mode: {given['output']}. We only support '-o name'\n"
            "See 'minik8s delete -h' for help and examples"
        )
    grace = int(given["grace_period"])
    if given["now"]:
        if grace != -1:
            raise CommandError("error: --now and --grace-period cannot be specified together")
        grace = 1
    if given["force"] and grace > 0:
        raise CommandError("error: --force and --grace-period greater than 0 cannot be specified together")
    if given["force"]:
        return 0
    # Without --force the node confirms: the shortest grace that still lets it.
    return 1 if grace == 0 else grace


def _agreed(found: list[Target]) -> bool:
    print(f"You are about to delete the following {len(found)} resource(s):")
    for target in found:
        print(target.told)
    return input("Do you want to continue? (y/N): ").strip().lower() in ("y", "yes")


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
    seconds = flags.duration(limit) or None
    try:
        async with asyncio.timeout(seconds):
            for waited in deleted:
                await gone(session, waited)
    except TimeoutError:
        resource = waited.served.resource
        raise CommandError(f"error: timed out waiting for the condition on {resource.plural}/{waited.name}") from None
