"""`drain`: cordon a node and evict its Pods, keeping disruption budgets."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from cli import cordoning, flags
from cli.errors import CommandError
from cli.session import Session
from cli.session import command as make
from cli.targets import Target
from cli.telling import note
from cli.waiting import gone
from cli.workloads import PODS
from minik8s.client.errors import ApiError, Forbidden, NotFound, TooManyRequests

_RETRY = 5.0
_TERMINATING = "NamespaceTerminating"
_MIRROR = "kubernetes.io/config.mirror"


@make("drain")
@click.argument("names", nargs=-1, metavar="NODE…")
@flags.selector
@click.option("--force", is_flag=True, help="also Pods that nothing will replace")
@click.option("--ignore-daemonsets", is_flag=True, help="leave the Pods of DaemonSets")
@click.option("--delete-emptydir-data", is_flag=True, help="also Pods whose emptyDir is lost")
@click.option("--grace-period", type=int, default=-1, help="seconds to end gracefully; -1 is the Pod's own")
@click.option("--timeout", default="0s", help="how long to wait; 0 is for good")
@click.option("--disable-eviction", is_flag=True, help="delete, whatever disruption budgets say")
@click.option("--pod-selector", default="", help="only these Pods")
@flags.dry_run
@click.option("--chunk-size", type=int, default=500, hidden=True)
@click.option("--skip-wait-for-delete-timeout", type=int, default=0, help="do not wait for Pods deleted longer ago")
async def command(session: Session, names: tuple[str, ...], selector: str, **given: Any) -> int:
    """Empty a node in preparation for maintenance."""
    limit = flags.duration(given["timeout"]) or None
    for node in await cordoning.nodes(session, names, selector):
        await cordoning.cordon(session, node, True, given["dry_run"])
        pods = await _pods(session, node, given)
        try:
            async with asyncio.timeout(limit), asyncio.TaskGroup() as group:
                for pod in pods:
                    group.create_task(_evict(session, pod, given))
        except TimeoutError:
            raise CommandError(f'error: unable to drain node "{node.name}": global timeout reached') from None
        print(f"node/{node.name} drained{note(given)}")
    return 0


async def _pods(session: Session, node: Target, given: dict[str, Any]) -> list[Target]:
    served = await session.mapper.find("pods")
    listed = await session.client.list(
        PODS, field_selector=f"spec.nodeName={node.name}", label_selector=given["pod_selector"]
    )
    found: list[Target] = []
    held: dict[str, list[str]] = {}
    left: list[str] = []
    for pod in listed.items:
        meta = pod["metadata"]
        full = f"{meta['namespace']}/{meta['name']}"
        owner = next((o for o in meta.get("ownerReferences") or () if o.get("controller")), None)
        ended = (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")
        if _MIRROR in (meta.get("annotations") or {}):
            continue
        if owner is not None and owner["kind"] == "DaemonSet" and not ended:
            left.append(full)
            continue
        if not ended and owner is None and not given["force"]:
            held.setdefault("cannot delete Pods that declare no controller (use --force to override)", []).append(full)
        keeps = any("emptyDir" in volume for volume in (pod["spec"].get("volumes") or ()))
        if not ended and keeps and not given["delete_emptydir_data"]:
            held.setdefault(
                "cannot delete Pods with local storage (use --delete-emptydir-data to override)", []
            ).append(full)
        found.append(Target(served, meta["namespace"], meta["name"], pod))
    if left and not given["ignore_daemonsets"]:
        held["cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)"] = left
    elif left:
        session.warn(f"Warning: ignoring DaemonSet-managed Pods: {', '.join(left)}")
    if held:
        why = ", ".join(f"{reason}: {', '.join(pods)}" for reason, pods in held.items())
        raise CommandError(f'error: unable to drain node "{node.name}" due to error: {why}, continuing command...')
    return found


async def _evict(session: Session, pod: Target, given: dict[str, Any]) -> None:
    grace = given["grace_period"] if given["grace_period"] >= 0 else None
    print(f"evicting pod {pod.namespace}/{pod.name}{note(given)}", flush=True)
    if given["dry_run"] != "none":
        return
    while True:
        try:
            if given["disable_eviction"]:
                await session.client.delete(PODS, pod.name, pod.namespace, grace_period_seconds=grace)
            else:
                meta = {"name": pod.name, "namespace": pod.namespace}
                body: dict[str, Any] = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": meta}
                if grace is not None:
                    body["deleteOptions"] = {"gracePeriodSeconds": grace}
                await session.client.request("POST", PODS.path(pod.namespace, pod.name, "eviction"), body=body)
            break
        except TooManyRequests as error:
            session.warn(
                f'error when evicting pods/"{pod.name}" -n "{pod.namespace}" (will retry after 5s): {error.message}'
            )
            await asyncio.sleep(_RETRY)
        except NotFound:
            return
        except Forbidden as error:
            details = error.status.details
            if details is None or not any(cause.reason == _TERMINATING for cause in details.causes):
                raise _failed(pod, error) from None
            session.warn(
                f'error when evicting pod "{pod.name}" from terminating namespace "{pod.namespace}" '
                f"(will retry after 5s): {error.message}"
            )
            await asyncio.sleep(_RETRY)
        except ApiError as error:
            raise _failed(pod, error) from None
    await gone(session, pod)
    print(f"pod/{pod.name} evicted")


def _failed(pod: Target, error: ApiError) -> CommandError:
    return CommandError(f'error when evicting pods/"{pod.name}" -n "{pod.namespace}": {error.message}')
