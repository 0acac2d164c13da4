"""`describe`: objects told at length, with their events."""

from __future__ import annotations

from typing import Any

import click

from cli import flags, targets
from cli.describe import access, generic, network, nodes, pods, policy, services, storage, text, workloads
from cli.errors import CommandError
from cli.output.tabs import aligned
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
    "CronJob": workloads.cron_job,
    "Service": services.service,
    "Node": nodes.node,
    "Namespace": policy.namespace,
    "Ingress": network.ingress,
    "PersistentVolumeClaim": storage.claim,
}
_PLAIN = {
    "Pod": pods.pod_lines,
    "ConfigMap": generic.config_map,
    "Secret": generic.secret,
    "Role": access.role,
    "ClusterRole": access.role,
    "RoleBinding": access.binding,
    "ClusterRoleBinding": access.binding,
    "ServiceAccount": access.service_account,
    "ResourceQuota": policy.quota,
    "LimitRange": policy.limits,
    "PodDisruptionBudget": policy.budget,
    "HorizontalPodAutoscaler": policy.autoscaler,
    "Endpoints": network.endpoints,
    "EndpointSlice": network.slices,
    "PersistentVolume": storage.volume,
    "StorageClass": storage.storage_class,
}
_WITHOUT_EVENTS = frozenset(
    ("ClusterRole", "ClusterRoleBinding", "LimitRange", "Namespace", "ResourceQuota", "Role", "RoleBinding", "Secret")
)


@make("describe")
@click.argument("arguments", nargs=-1, metavar="TYPE [NAME_PREFIX…] | TYPE/NAME…")
@flags.files
@flags.selector
@flags.all_namespaces
@click.option("--show-events/--no-show-events", default=True, help="with their events  [default: with]")
@click.option("--chunk-size", type=int, default=500, hidden=True)
async def command(session: Session, arguments: tuple[str, ...], **given: Any) -> int:
    """Show the details of resources."""
    found = await _found(session, arguments, given)
    if not found:
        session.warn(f"No resources found in {session.namespace} namespace.")
    for number, target in enumerate(found):
        if number:
            print("\n")
        lines = await _lines(session, target)
        if given["show_events"] and target.served.resource.kind not in _WITHOUT_EVENTS:
            lines += await _events(session, target)
        print("\n".join(aligned(lines)))
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
    about = f"involvedObject.name={target.name},involvedObject.kind={target.served.resource.kind}"
    try:
        listed = await session.client.list(EVENTS, target.namespace, field_selector=about)
    except ApiError as error:
        raise CommandError(f"error: unable to list events: {error.message}") from None
    # Events about a node carry its name as UID; some carry none.
    mine = [event for event in listed.items if event["involvedObject"].get("uid") in (None, "", uid, target.name)]
    return text.events(mine, SystemClock().now())
