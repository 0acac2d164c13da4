"""`scale`: set the number of replicas through the scale subresource."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from cli import flags, targets
from cli.errors import CommandError
from cli.session import Session
from cli.session import command as make
from cli.targets import Target
from cli.telling import tell
from cli.waiting import until
from minik8s.client.errors import Conflict, NotFound


@make("scale")
@click.argument("arguments", nargs=-1, metavar="TYPE NAME… | TYPE/NAME…")
@click.option("--replicas", type=int, required=True, help="the new number")
@click.option("--current-replicas", type=int, default=-1, help="only when it is this now")
@click.option("--resource-version", default="", help="only when it is this now")
@click.option("--timeout", default="0s", help="how long to wait for the new size; 0 does not wait")
@flags.files
@flags.selector
@flags.everything
@flags.all_namespaces
@flags.dry_run
@flags.output
async def command(session: Session, arguments: tuple[str, ...], **given: Any) -> int:
    """Set a new size for a workload."""
    if given["replicas"] < 0:
        raise CommandError("error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0")
    seconds = flags.duration(given["timeout"])
    try:
        found = await targets.find(
            session,
            arguments,
            given["files"],
            given["selector"],
            everything=given["everything"],
            all_namespaces=given["all_namespaces"],
            recursive=given["recursive"],
        )
    except NotFound as error:
        raise CommandError(f"error: no objects passed to scale {error.message}") from None
    if not found:
        raise CommandError("error: no objects passed to scale")
    for target in found:
        await _scale(session, target, given)
        if seconds:
            await _reached(session, target, given["replicas"], seconds)
        tell(target, target.obj, "scaled", given)
    return 0


async def _scale(session: Session, target: Target, given: dict[str, Any]) -> None:
    """Set the replicas; where something is expected of what is there, nothing else may come in between."""
    client, resource = session.client, target.served.resource
    while True:
        patch: dict[str, Any] = {"spec": {"replicas": given["replicas"]}}
        expected = given["current_replicas"] >= 0 or given["resource_version"]
        if expected:
            held = (await client.request("GET", resource.path(target.namespace, target.name, "scale"))).json()
            now, version = held.get("spec", {}).get("replicas", 0), held["metadata"]["resourceVersion"]
            if 0 <= given["current_replicas"] != now:
                raise CommandError(f"error: Expected replicas to be {given['current_replicas']}, was {now}")
            if given["resource_version"] not in ("", version):
                raise CommandError(f"error: Expected resource version to be {given['resource_version']}, was {version}")
            patch["metadata"] = {"resourceVersion": version}
        if given["dry_run"] == "client":
            return
        dry = given["dry_run"] == "server"
        try:
            await client.patch(resource, target.name, patch, target.namespace, subresource="scale", dry_run=dry)
            return
        except Conflict:
            if not expected:
                raise


async def _reached(session: Session, target: Target, replicas: int, seconds: float) -> None:
    def holds(state: dict[str, Any] | None) -> bool:
        status = (state or {}).get("status") or {}
        seen = status.get("observedGeneration", 0) >= (state or {"metadata": {}})["metadata"].get("generation", 0)
        return state is not None and seen and status.get("replicas", 0) == replicas

    try:
        async with asyncio.timeout(seconds):
            await until(session, target, holds)
    except TimeoutError:
        raise CommandError(f'error: timed out waiting for "{target.name}" to be synced') from None
