"""`rollout`: status, history, undo, pause, resume and restart of workloads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import click

from cli import flags, history, rollouts, targets
from cli.describe.pods import template_lines
from cli.errors import CommandError
from cli.output import printer
from cli.session import Session
from cli.session import command as make
from cli.targets import Target
from cli.telling import tell
from cli.waiting import states
from minik8s.clock import SystemClock
from minik8s.machinery.times import format_time

RESTARTED = "kubectl.kubernetes.io/restartedAt"


@click.group("rollout")
def command() -> None:
    """Manage the rollout of a workload."""


def _add(name: str, *options: Any) -> Callable[[Callable[..., Coroutine[Any, Any, int]]], None]:
    def adopt(work: Callable[..., Coroutine[Any, Any, int]]) -> None:
        for option in (
            click.argument("arguments", nargs=-1, metavar="TYPE NAME… | TYPE/NAME…"),
            flags.files,
            flags.selector,
            *options,
        ):
            work = option(work)
        command.add_command(make(name)(work))

    return adopt


async def _found(session: Session, arguments: tuple[str, ...], given: dict[str, Any]) -> list[Target]:
    if not arguments and not given["files"]:
        raise CommandError("error: required resource not specified")
    return await targets.find(session, arguments, given["files"], given["selector"])


@_add(
    "status",
    click.option("-w", "--watch", type=bool, default=True, help="wait until it is done  [default: true]"),
    click.option("--timeout", default="0s", help="how long to wait; 0 is for good"),
    click.option("--revision", type=int, default=0, help="fail when another revision takes over"),
)
async def _status(session: Session, arguments: tuple[str, ...], **given: Any) -> int:
    """Show the status of the rollout."""
    seconds = flags.duration(given["timeout"]) or None
    for target in await _found(session, arguments, given):
        said = ""
        try:
            async with asyncio.timeout(seconds):
                async for state in states(session, target.served, target.namespace, target.name):
                    if state is None:
                        raise CommandError(f"error: object has been deleted: {target.told}")
                    message, done = rollouts.progress(state, given["revision"])
                    if message != said:
                        print(message, flush=True)
                        said = message
                    if done or not given["watch"]:
                        break
        except TimeoutError:
            raise CommandError("error: timed out waiting for the condition") from None
    return 0


@_add(
    "history",
    click.option("--revision", type=int, default=0, help="the template of this revision"),
    flags.output,
)
async def _history(session: Session, arguments: tuple[str, ...], **given: Any) -> int:
    """Show the revisions."""
    for target in await _found(session, arguments, given):
        revisions = await history.revisions(session, target)
        if not given["revision"]:
            print("\n".join(history.listed(target, revisions)))
            continue
        chosen = history.pick(revisions, given["revision"])
        if given["output"]:
            print(printer.shown(chosen.obj, given["output"]), end="")
        else:
            print("\n".join(history.described(target, chosen)))
    return 0


@_add(
    "undo",
    click.option("--to-revision", type=int, default=0, help="this revision  [default: the one before]"),
    flags.dry_run,
    flags.output,
)
async def _undo(session: Session, arguments: tuple[str, ...], **given: Any) -> int:
    """Go back to an earlier revision."""
    for target in await _found(session, arguments, given):
        if (target.obj.get("spec") or {}).get("paused"):
            raise CommandError(
                "error: you cannot rollback a paused deployment; resume it first with 'minik8s rollout resume' and "
                "try again"
            )
        chosen = history.before(await history.revisions(session, target), given["to_revision"], target)
        if history.same_template(target, chosen):
            print(f"{target.told} skipped rollback (current template already matches revision {chosen.number})")
            continue
        if given["dry_run"] == "client":
            lines = template_lines(chosen.template)
            print("\n".join([f"{target.told} {lines[0]}", *lines[1:], " (dry run)"]))
            continue
        patch, kind = history.undo_patch(target, chosen)
        result = await session.client.patch(
            target.served.resource,
            target.name,
            patch,
            target.namespace,
            kind,
            field_manager="kubectl-rollout",
            dry_run=given["dry_run"] == "server",
        )
        tell(target, result, "rolled back", given)
    return 0


async def _pause(session: Session, arguments: tuple[str, ...], given: dict[str, Any], paused: bool) -> int:
    code = 0
    word = "paused" if paused else "resumed"
    for target in await _found(session, arguments, given):
        if target.served.resource.kind != "Deployment":
            raise CommandError(
                f"error: {target.served.resource.plural}.{target.served.resource.group} "
                f'"{target.name}" {"pausing" if paused else "resuming"} is not supported'
            )
        if bool((target.obj.get("spec") or {}).get("paused")) == paused:
            session.warn(
                f'error: {target.served.full_name} "{target.name}" is {"already paused" if paused else "not paused"}'
            )
            code = 1
            continue
        result = await session.client.patch(
            target.served.resource,
            target.name,
            {"spec": {"paused": paused}},
            target.namespace,
            field_manager="kubectl-rollout",
        )
        tell(target, result, word, given)
    return code


@_add("pause", flags.output)
async def _do_pause(session: Session, arguments: tuple[str, ...], **given: Any) -> int:
    """Hold a Deployment: template changes wait."""
    return await _pause(session, arguments, given, True)


@_add("resume", flags.output)
async def _do_resume(session: Session, arguments: tuple[str, ...], **given: Any) -> int:
    """Let a held Deployment go on."""
    return await _pause(session, arguments, given, False)


@_add("restart", flags.output)
async def _restart(session: Session, arguments: tuple[str, ...], **given: Any) -> int:
    """Replace all Pods by new ones of the same template."""
    now = format_time(SystemClock().now())
    code = 0
    for target in await _found(session, arguments, given):
        if target.served.resource.kind not in ("Deployment", "StatefulSet", "DaemonSet"):
            raise CommandError(f'error: {target.served.full_name} "{target.name}" restarting is not supported')
        if (target.obj.get("spec") or {}).get("paused"):
            session.warn(
                f'error: {target.served.full_name} "{target.name}" can\'t restart paused deployment (run rollout '
                f"resume "
                "first)"
            )
            code = 1
            continue
        patch = {"spec": {"template": {"metadata": {"annotations": {RESTARTED: now}}}}}
        result = await session.client.patch(
            target.served.resource, target.name, patch, target.namespace, field_manager="kubectl-rollout"
        )
        tell(target, result, "restarted", given)
    return code
