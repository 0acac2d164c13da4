"""`describe`: objects told at length, with their events."""

from __future__ import annotations

from typing import Any

import click

from cli import targets
from cli.describe import generic, nodes, pods, services, text, workloads
from cli.errors import CommandError
from cli.session import Session
from cli.session import command as make
from cli.targets import Target
from minik8s.client.errors import ApiError, NotFound
from minik8s.client.resources import Resource
from minik8s.clock import SystemClock

EVENTS: Resource[dict[str, Any]] = Resource("v1", "events", "Event", True, dict)
_ASYNC = {
    "Deployment": workloads.deployment,
    "ReplicaSet": workloads.replicated,
    "ReplicationController": workloads.replicated,
    "StatefulSet": workloads.replicated,
    "DaemonSet": workloads.replicated,
    "Job": workloads.job,
    "Service": services.service,
    "Node": nodes.node,
}
_PLAIN = {"Pod": pods.pod_lines, "ConfigMap": generic.config_map, "Secret": generic.secret}


@make("describe")
@click.argument("arguments", nargs=-1, metavar="TYPE [NAME_PREFIX…] | TYPE/NAME…")
@click.option("-f", "--filename", "files", multiple=True, help="files that name the objects")
@click.option("-l", "--selector", default="", help="label selector")
@click.option("-A", "--all-namespaces", is_flag=True, help="in all namespaces")
@click.option("--show-events", type=bool, default=True, help="with their events  [default: true]")
async def command(session: Session, arguments: tuple[str, ...], **given: Any) -> int:
    """Show the details of resources."""
    found = await _found(session, arguments, given)
    if not found:
        session.warn(f"No resources found in {session.namespace} namespace.")
    for number, target in enumerate(found):
        if number:
            print("\n")
        lines = await _lines(session, target)
        if given["show_events"]:
            lines += await _events(session, target)
        print("\n".join(lines))
    return 0


async def _lines(session: Session, target: Target) -> list[str]:
    kind = target.served.resource.kind
    if kind in _ASYNC:
        return await _ASYNC[kind](session, target)
    return _PLAIN.get(kind, generic.lines_of)(target.obj)


async def _found(session: Session, arguments: tuple[str, ...], given: dict[str, Any]) -> list[Target]:
    try:
        return await targets.find(
            session,
            arguments,
            given["files"],
            given["selector"],
            everything=True,
            all_namespaces=given["all_namespaces"],
        )
    except NotFound:
        # A name may be the beginning of names.
        if len(arguments) != 2:
            raise
        every = await targets.find(session, arguments[:1], everything=True)
        found = [target for target in every if target.name.startswith(arguments[1])]
        if not found:
            raise
        return found


async def _events(session: Session, target: Target) -> list[str]:
    uid = target.obj["metadata"].get("uid", "")
    kind = target.served.resource.kind
    # Events about a node carry its name as UID.
    about = f"involvedObject.name={target.name},involvedObject.kind={kind}"
    if kind != "Node":
        about += f",involvedObject.uid={uid}"
    try:
        listed = await session.client.list(EVENTS, target.namespace, field_selector=about)
    except ApiError as error:
        raise CommandError(f"error: unable to list events: {error.message}") from None
    return text.events(listed.items, SystemClock().now())
