"""Why a workload has not the Pods it wants, down to the Pods themselves."""

from __future__ import annotations

from typing import Any

from minik8s.client.api import ApiClient
from minik8s.machinery.selector_text import selector_text
from minik8s.why import pods, reading
from minik8s.why.causes import Cause, condition

Object = dict[str, Any]
_MOST = 3


async def _owned(client: ApiClient, obj: Object, group_version: str, plural: str) -> list[Object]:
    meta = obj["metadata"]
    labels = selector_text(obj["spec"].get("selector"))
    listed = await reading.many(client, group_version, plural, meta["namespace"], labels)
    return [
        each
        for each in listed
        if any(
            o.get("uid") == meta["uid"] and o.get("controller") for o in each["metadata"].get("ownerReferences") or ()
        )
    ]


async def deployment(client: ApiClient, obj: Object) -> list[Cause]:
    """A Deployment: its ReplicaSets."""
    spec, status = obj["spec"], obj.get("status") or {}
    wanted = spec.get("replicas", 1)
    found: list[Cause] = []
    if spec.get("paused"):
        found.append(Cause("it is paused: changes of its template wait (minik8s rollout resume)"))
    if status.get("observedGeneration", 0) < obj["metadata"].get("generation", 0):
        found.append(Cause("the deployment controller has not seen its last change yet (does it run? minik8s status)"))
    current = status.get("updatedReplicas", 0) == wanted == status.get("replicas", 0)
    if current and status.get("availableReplicas", 0) >= wanted:
        return found
    sets = [s for s in await _owned(client, obj, "apps/v1", "replicasets") if s["spec"].get("replicas", 0)]
    behind = [cause for each in sets for cause in await replicated(client, each, "ReplicaSet")]
    progressing = condition(obj, "Progressing")
    failure = condition(obj, "ReplicaFailure")
    if failure.get("status") == "True" and not any("create" in cause.text for cause in behind):
        behind.append(Cause(f"it cannot create Pods: {failure.get('message', '')}"))
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        behind.append(Cause(f"it has made no progress for {spec.get('progressDeadlineSeconds', 600)} seconds"))
    updated = status.get("updatedReplicas", 0)
    counts = f"{status.get('availableReplicas', 0)} of {wanted} replicas are available, {updated} updated"
    return [*found, Cause(counts, behind)]


async def replicated(client: ApiClient, obj: Object, kind: str = "") -> list[Cause]:
    """A ReplicaSet, ReplicationController, StatefulSet, DaemonSet or Job: its failed creates and its Pods."""
    meta, status = obj["metadata"], obj.get("status") or {}
    kind = kind or str(obj.get("kind", ""))
    wanted = status.get("desiredNumberScheduled") if kind == "DaemonSet" else obj["spec"].get("replicas", 1)
    mine = await _owned(client, obj, "v1", "pods")
    found: list[Cause] = []
    failure = condition(obj, "ReplicaFailure")
    creates = [
        text for text in await reading.warnings(client, obj) if text.startswith(("FailedCreate", "FailedDaemonPod"))
    ]
    lacks = kind != "Job" and wanted is not None and len(mine) < wanted
    if failure.get("status") == "True":
        found.append(Cause(f"{kind} {meta['name']} cannot create Pods: {failure.get('message', '')}"))
    elif lacks and creates:
        found.append(Cause(f"{kind} {meta['name']} cannot create Pods: {creates[0].partition(': ')[2]}"))
    if found:
        found[0].behind += await _quotas(client, meta["namespace"], found[0].text)
    held: dict[tuple[str, ...], list[str]] = {}
    chains: dict[tuple[str, ...], list[Cause]] = {}
    for pod in mine:
        causes = await pods.causes(client, pod)
        if causes:
            key = tuple(cause.text.replace(pod["metadata"]["name"], "*") for cause in causes)
            held.setdefault(key, []).append(pod["metadata"]["name"])
            chains.setdefault(key, causes)
    for key, names in held.items():
        shown = ", ".join(names[:_MOST]) + (f" and {len(names) - _MOST} more" if len(names) > _MOST else "")
        found.append(Cause(f"pod{'s' if len(names) > 1 else ''} {shown} of {kind} {meta['name']}", chains[key]))
    return found


async def _quotas(client: ApiClient, namespace: str, message: str) -> list[Cause]:
    if "quota" not in message:
        return []
    found = []
    for quota in await reading.many(client, "v1", "resourcequotas", namespace):
        status = quota.get("status") or {}
        hard, used = status.get("hard") or {}, status.get("used") or {}
        if quota["metadata"]["name"] in message:
            text = ", ".join(f"{name} {used.get(name, '0')} of {most}" for name, most in sorted(hard.items()))
            found.append(Cause(f"quota {quota['metadata']['name']} allows no more: used {text}"))
    return found


async def job(client: ApiClient, obj: Object) -> list[Cause]:
    """A Job."""
    failed, done = condition(obj, "Failed"), condition(obj, "Complete")
    if done.get("status") == "True":
        return []
    if failed.get("status") == "True":
        return [
            Cause(f"it has failed ({failed.get('reason')}: {failed.get('message')})", await replicated(client, obj))
        ]
    if obj["spec"].get("suspend"):
        return [Cause("it is suspended")]
    return await replicated(client, obj)
