"""`apply --prune`: delete what was applied before and is in no file now."""

from __future__ import annotations

from typing import Any

from cli.applying import LAST_APPLIED
from cli.errors import CommandError
from cli.mapper import Served
from cli.session import Session
from cli.targets import Target
from cli.telling import note

_PRUNED = (
    "configmaps endpoints namespaces persistentvolumeclaims persistentvolumes pods replicationcontrollers secrets "
    "services jobs.batch cronjobs.batch ingresses.networking.k8s.io daemonsets.apps deployments.apps replicasets.apps "
    "statefulsets.apps"
).split()


async def prune(session: Session, applied: list[Target], given: dict[str, Any]) -> None:
    """Delete, in the namespaces of what was applied, everything else that apply made. Raises ApiError."""
    kept = {target.obj["metadata"].get("uid") for target in applied}
    namespaces = {target.namespace for target in applied if target.namespace} or {session.namespace}
    for served in await _kinds(session, given["prune_allowlist"]):
        for namespace in sorted(namespaces) if served.resource.namespaced else [""]:
            listed = await session.client.list(served.resource, namespace, label_selector=given["selector"])
            for held in listed.items:
                meta = held["metadata"]
                mine = LAST_APPLIED in (meta.get("annotations") or {})
                if not mine or meta["uid"] in kept or meta.get("deletionTimestamp"):
                    continue
                gone = Target(served, meta.get("namespace", ""), meta["name"], held)
                if given["dry_run"] != "client":
                    await session.client.delete(
                        served.resource,
                        gone.name,
                        gone.namespace,
                        grace_period_seconds=given["grace_period"] if given["grace_period"] >= 0 else None,
                        propagation_policy=given["cascade"].capitalize(),
                        dry_run=given["dry_run"] == "server",
                    )
                print(f"{gone.told} pruned{note(given)}")


async def _kinds(session: Session, allowed: tuple[str, ...]) -> list[Served]:
    if not allowed:
        return [await session.mapper.find(name) for name in _PRUNED]
    found = []
    for word in allowed:
        group, version, kind = (word.split("/") + ["", ""])[:3]
        if not kind or word.count("/") != 2:
            raise CommandError(f"error: invalid GroupVersionKind format: {word}, please follow <group/version/kind>")
        api = version if group in ("", "core") else f"{group}/{version}"
        found.append(await session.mapper.of_object({"apiVersion": api, "kind": kind}))
    return found
