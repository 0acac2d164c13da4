"""Why anything is not gone, and why Services, claims, nodes, namespaces are not as they should be."""

from __future__ import annotations

from typing import Any

from minik8s.client.api import ApiClient
from minik8s.client.errors import ApiError
from minik8s.machinery.selector_text import selector_text
from minik8s.why import pods, reading, volumes, workloads
from minik8s.why.causes import Cause, condition, owner

Object = dict[str, Any]


async def causes(client: ApiClient, obj: Object) -> list[Cause]:
    """What holds an object, which must say its kind, back; [] when nothing does."""
    going = await _going(client, obj)
    if going:
        return going
    kind, meta = obj["kind"], obj["metadata"]
    tell = {
        "Pod": pods.causes,
        "Deployment": workloads.deployment,
        "ReplicaSet": workloads.replicated,
        "ReplicationController": workloads.replicated,
        "StatefulSet": workloads.replicated,
        "DaemonSet": workloads.replicated,
        "Job": workloads.job,
        "Service": _service,
        "Node": _node,
    }.get(kind)
    if tell is not None:
        return await tell(client, obj)
    if kind == "PersistentVolumeClaim":
        return await volumes.claim_causes(client, meta.get("namespace", ""), meta["name"])
    return await _plain(client, obj)


async def _going(client: ApiClient, obj: Object) -> list[Cause]:
    """What an object that is being deleted waits for."""
    meta = obj["metadata"]
    if not meta.get("deletionTimestamp"):
        return []
    found = [Cause(f'finalizer "{name}" is not taken away by whoever set it') for name in meta.get("finalizers") or ()]
    if obj["kind"] == "Namespace":
        for each in (obj.get("status") or {}).get("conditions") or ():
            if each.get("status") == "True" and each.get("message"):
                found.append(Cause(each["message"]))
        found = found or [Cause("the namespace controller is still deleting what is inside")]
    elif obj["kind"] == "Pod" and obj["spec"].get("nodeName") and not found:
        grace = meta.get("deletionGracePeriodSeconds", 0)
        name = obj["spec"]["nodeName"]
        behind = await pods._node(client, name)
        found = [Cause(f"node {name} has not yet told that its containers have ended (grace {grace} s)", behind)]
    return [Cause(f"it is being deleted since {meta['deletionTimestamp']} and not gone", found)]


async def _service(client: ApiClient, obj: Object) -> list[Cause]:
    spec, meta = obj["spec"], obj["metadata"]
    if spec.get("type") == "ExternalName" or not spec.get("selector"):
        return []
    found: list[Cause] = []
    if spec.get("type") == "LoadBalancer" and not ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress"):
        found.append(Cause("nothing in this cluster has given it a load balancer address"))
    labels = selector_text(spec["selector"])
    chosen = await reading.many(client, "v1", "pods", meta["namespace"], labels)
    if not chosen:
        return [*found, Cause(f"no Pod has the labels it selects: {labels}")]
    ready = [pod for pod in chosen if condition(pod, "Ready").get("status") == "True"]
    if ready:
        names = {
            port.get("name")
            for pod in ready
            for container in pod["spec"]["containers"]
            for port in container.get("ports") or ()
        }
        lost = [p["targetPort"] for p in spec.get("ports") or () if isinstance(p.get("targetPort"), str)]
        found += [Cause(f'no container of its Pods has a port named "{name}"') for name in lost if name not in names]
        return found
    behind = []
    for pod in chosen[:3]:
        behind.append(Cause(f"pod {pod['metadata']['name']}", await pods.causes(client, pod)))
    return [*found, Cause(f"none of its {len(chosen)} Pods is ready", behind)]


async def _node(client: ApiClient, obj: Object) -> list[Cause]:
    found = []
    ready = condition(obj, "Ready")
    if ready.get("status") != "True":
        found.append(
            Cause(f"it is not ready: {ready.get('message') or ready.get('reason') or 'no word from its kubelet'}")
        )
    for kind in ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"):
        held = condition(obj, kind)
        if held.get("status") == "True":
            found.append(Cause(f"{kind}: {held.get('message', '')}"))
    if (obj.get("spec") or {}).get("unschedulable"):
        found.append(Cause("it is cordoned: no new Pods are put on it (minik8s uncordon)"))
    return found


async def _plain(client: ApiClient, obj: Object) -> list[Cause]:
    """Any other object: conditions that do not hold, and warnings."""
    found = []
    for each in (obj.get("status") or {}).get("conditions") or ():
        if each.get("type") in ("Ready", "Available", "Established") and each.get("status") != "True":
            found.append(
                Cause(f"{each['type']} is {each.get('status')}: {each.get('message') or each.get('reason', '')}")
            )
    return found or [Cause(text) for text in (await reading.warnings(client, obj))[:3]]


async def chain(client: ApiClient, obj: Object) -> list[str]:
    """Who made the object: `ReplicaSet web-1`, `Deployment web`."""
    found, namespace = [], obj["metadata"].get("namespace", "")
    while held := owner(obj):
        found.append(f"{held['kind']} {held['name']}")
        try:
            resource = await client.dynamic.resource(held["apiVersion"], held["kind"])
        except ApiError:
            break
        inside = namespace if resource.namespaced else ""
        above = await reading.one(client, resource.group_version, resource.plural, held["name"], inside)
        if above is None:
            found[-1] += " (which is gone)"
            break
        obj = above
    return found
