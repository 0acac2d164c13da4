"""Why anything is not gone, and why Services, claims, nodes, namespaces are not as they should be."""

from __future__ import annotations

from typing import Any

from cli.session import Session
from cli.targets import Target
from cli.why import pods, reading, volumes, workloads
from cli.why.causes import Cause, condition, owner
from cli.workloads import selector_text

Object = dict[str, Any]


async def causes(session: Session, target: Target) -> list[Cause]:
    """What holds an object back; [] when nothing does."""
    obj = {"kind": target.served.resource.kind} | target.obj
    going = await _going(session, target, obj)
    if going:
        return going
    kind = target.served.resource.kind
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
        return await tell(session, obj)
    if kind == "PersistentVolumeClaim":
        return await volumes.claim_causes(session, target.namespace, target.name)
    return await _plain(session, obj)


async def _going(session: Session, target: Target, obj: Object) -> list[Cause]:
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
        behind = await pods._node(session, name)
        found = [Cause(f"node {name} has not yet told that its containers have ended (grace {grace} s)", behind)]
    return [Cause(f"it is being deleted since {meta['deletionTimestamp']} and not gone", found)]


async def _service(session: Session, obj: Object) -> list[Cause]:
    spec, meta = obj["spec"], obj["metadata"]
    if spec.get("type") == "ExternalName" or not spec.get("selector"):
        return []
    found: list[Cause] = []
    if spec.get("type") == "LoadBalancer" and not ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress"):
        found.append(Cause("nothing in this cluster has given it a load balancer address"))
    labels = selector_text(spec["selector"])
    chosen = await reading.many(session, "v1", "pods", meta["namespace"], labels)
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
        behind.append(Cause(f"pod {pod['metadata']['name']}", await pods.causes(session, pod)))
    return [*found, Cause(f"none of its {len(chosen)} Pods is ready", behind)]


async def _node(session: Session, obj: Object) -> list[Cause]:
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


async def _plain(session: Session, obj: Object) -> list[Cause]:
    """Any other object: conditions that do not hold, and warnings."""
    found = []
    for each in (obj.get("status") or {}).get("conditions") or ():
        if each.get("type") in ("Ready", "Available", "Established") and each.get("status") != "True":
            found.append(
                Cause(f"{each['type']} is {each.get('status')}: {each.get('message') or each.get('reason', '')}")
            )
    return found or [Cause(text) for text in (await reading.warnings(session, obj))[:3]]


async def chain(session: Session, target: Target) -> list[str]:
    """Who made the object: `ReplicaSet web-1 of Deployment web`."""
    found, obj = [], target.obj
    while held := owner(obj):
        found.append(f"{held['kind']} {held['name']}")
        served = await session.mapper.of_object({"apiVersion": held["apiVersion"], "kind": held["kind"]})
        resource = served.resource
        above = await reading.one(
            session,
            resource.group_version,
            resource.plural,
            held["name"],
            target.namespace if resource.namespaced else "",
        )
        if above is None:
            found[-1] += " (which is gone)"
            break
        obj = above
    return found
