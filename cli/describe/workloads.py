"""Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs."""

from __future__ import annotations

from typing import Any

from cli.describe.pods import template_lines
from cli.describe.text import Row, block, conditions, mapping, moment, notes
from cli.output.ages import span
from cli.session import Session
from cli.targets import Target
from cli.workloads import PODS, REPLICA_SETS
from minik8s.machinery.selector_text import selector_text
from minik8s.machinery.times import parse_time


def _head(obj: dict[str, Any]) -> list[Row]:
    meta = obj["metadata"]
    return [
        ("Name", meta["name"]),
        ("Namespace", meta["namespace"]),
        ("CreationTimestamp", moment(meta.get("creationTimestamp", ""))),
        ("Labels", mapping(meta.get("labels"))),
        ("Annotations", notes(meta.get("annotations"))),
        ("Selector", selector_text((obj.get("spec") or {}).get("selector")) or "<unset>"),
    ]


def _own_head(obj: dict[str, Any]) -> list[Row]:
    """As `_head`, in the order that ReplicaSets, DaemonSets and Jobs have."""
    head = dict(_head(obj))
    return [(label, head[label]) for label in ("Name", "Namespace", "Selector", "Labels", "Annotations")]


def _owner(obj: dict[str, Any]) -> list[Row]:
    found = next((o for o in obj["metadata"].get("ownerReferences") or () if o.get("controller")), None)
    return [("Controlled By", f"{found['kind']}/{found['name']}")] if found else []


async def deployment(session: Session, target: Target) -> list[str]:
    """A Deployment, with its old and new ReplicaSets."""
    obj = target.obj
    spec, status = obj["spec"], obj.get("status") or {}
    counts = (
        f"{spec.get('replicas', 1)} desired | {status.get('updatedReplicas', 0)} updated | "
        f"{status.get('replicas', 0)} total | {status.get('availableReplicas', 0)} available | "
        f"{status.get('unavailableReplicas', 0)} unavailable"
    )
    strategy = spec.get("strategy") or {}
    rows = [
        *_head(obj),
        ("Replicas", counts),
        ("StrategyType", strategy.get("type", "")),
        ("MinReadySeconds", spec.get("minReadySeconds", 0)),
    ]
    if rolling := strategy.get("rollingUpdate"):
        rows.append(
            (
                "RollingUpdateStrategy",
                f"{rolling.get('maxUnavailable')} max unavailable, {rolling.get('maxSurge')} max surge",
            )
        )
    lines = [*block(rows), *template_lines(spec["template"]), *conditions(status, ("type", "status", "reason"))]
    listed = await session.client.list(
        REPLICA_SETS, target.namespace, label_selector=selector_text(spec.get("selector"))
    )
    uid = obj["metadata"]["uid"]
    mine = [
        rs
        for rs in listed.items
        if any(o.get("uid") == uid and o.get("controller") for o in rs["metadata"].get("ownerReferences") or ())
    ]
    key = "deployment.kubernetes.io/revision"
    current = (obj["metadata"].get("annotations") or {}).get(key, "")
    mine.sort(key=lambda rs: (str(rs["metadata"]["creationTimestamp"]), str(rs["metadata"]["name"])))
    new = [rs for rs in mine if (rs["metadata"].get("annotations") or {}).get(key) == current]
    old = [rs for rs in mine if rs not in new]

    def told(sets: list[dict[str, Any]]) -> str:
        return (
            ", ".join(
                f"{rs['metadata']['name']} ({(rs.get('status') or {}).get('replicas', 0)}/"
                f"{rs['spec'].get('replicas', 1)} replicas created)"
                for rs in sets
            )
            or "<none>"
        )

    return lines + block([("OldReplicaSets", told(old)), ("NewReplicaSet", told(new))])


async def replicated(session: Session, target: Target) -> list[str]:
    """A ReplicaSet, ReplicationController, StatefulSet or DaemonSet: replicas and how their Pods are."""
    obj = target.obj
    spec, status = obj["spec"], obj.get("status") or {}
    owner = next((o for o in obj["metadata"].get("ownerReferences") or () if o.get("controller")), None)
    rows = _own_head(obj)
    if obj.get("kind") == "StatefulSet" or target.served.resource.kind == "StatefulSet":
        rows.insert(2, ("CreationTimestamp", moment(obj["metadata"].get("creationTimestamp", ""))))
    if owner:
        rows.append(("Controlled By", f"{owner['kind']}/{owner['name']}"))
    if "desiredNumberScheduled" in status:
        rows += [
            ("Desired Number of Nodes Scheduled", status["desiredNumberScheduled"]),
            ("Current Number of Nodes Scheduled", status.get("currentNumberScheduled", 0)),
            ("Number of Nodes Scheduled with Up-to-date Pods", status.get("updatedNumberScheduled", 0)),
            ("Number of Nodes Scheduled with Available Pods", status.get("numberAvailable", 0)),
            ("Number of Nodes Misscheduled", status.get("numberMisscheduled", 0)),
        ]
    else:
        rows.append(("Replicas", f"{status.get('replicas', 0)} current / {spec.get('replicas', 1)} desired"))
    strategy = spec.get("updateStrategy") or {}
    if strategy:
        rows.append(("Update Strategy", strategy.get("type", "")))
    rows.append(("Pods Status", await _pods(session, target)))
    lines = [*block(rows), *template_lines(spec["template"])]
    for claim in spec.get("volumeClaimTemplates") or ():
        wants = (claim["spec"].get("resources") or {}).get("requests") or {}
        lines += [
            "Volume Claims:",
            *block(
                [
                    ("Name", claim["metadata"]["name"]),
                    ("StorageClass", claim["spec"].get("storageClassName", "")),
                    ("Capacity", wants.get("storage", "")),
                    ("Access Modes", claim["spec"].get("accessModes", [])),
                ],
                2,
            ),
        ]
    return lines + conditions(status, ("type", "status", "reason"))


async def job(session: Session, target: Target) -> list[str]:
    """A Job."""
    obj = target.obj
    spec, status = obj["spec"], obj.get("status") or {}
    duration: list[Row] = []
    rows = [
        *_own_head(obj),
        *_owner(obj),
        ("Parallelism", spec.get("parallelism", 1)),
        ("Completions", spec.get("completions", "<unset>")),
        ("Completion Mode", spec.get("completionMode", "NonIndexed")),
        ("Suspend", str(bool(spec.get("suspend"))).lower()),
        ("Backoff Limit", spec.get("backoffLimit", 6)),
    ]
    if status.get("startTime") and status.get("completionTime"):
        took = parse_time(status["completionTime"]) - parse_time(status["startTime"])
        duration.append(("Duration", span(int(took.total_seconds()))))
    ready = f" ({status['ready']} Ready)" if status.get("ready") is not None else ""
    for label, key in (("Start Time", "startTime"), ("Completed At", "completionTime")):
        if status.get(key):
            rows.append((label, moment(status[key])))
    rows += duration
    rows.append(
        (
            "Pods Statuses",
            f"{status.get('active', 0)} Active{ready} / {status.get('succeeded', 0)} "
            f"Succeeded / {status.get('failed', 0)} Failed",
        )
    )
    return [*block(rows), *template_lines(spec["template"])]


async def _pods(session: Session, target: Target) -> str:
    selector = selector_text(target.obj["spec"].get("selector"))
    uid = target.obj["metadata"]["uid"]
    listed = await session.client.list(PODS, target.namespace, label_selector=selector)
    phases = [
        pod["status"].get("phase", "")
        for pod in listed.items
        if any(o.get("uid") == uid for o in pod["metadata"].get("ownerReferences") or ())
    ]
    return " / ".join(
        f"{phases.count(phase)} {'Waiting' if phase == 'Pending' else phase}"
        for phase in ("Running", "Pending", "Succeeded", "Failed")
    )


async def cron_job(session: Session, target: Target) -> list[str]:
    """A CronJob."""
    obj = target.obj
    meta, spec, status = obj["metadata"], obj["spec"], obj.get("status") or {}
    inner = spec["jobTemplate"]["spec"]
    rows: list[Row] = [
        ("Name", meta["name"]),
        ("Namespace", meta["namespace"]),
        ("Labels", mapping(meta.get("labels"))),
        ("Annotations", notes(meta.get("annotations"))),
        ("Schedule", spec["schedule"]),
    ]
    if spec.get("timeZone"):
        rows.append(("Time Zone", spec["timeZone"]))
    deadline = spec.get("startingDeadlineSeconds")
    rows += [
        ("Concurrency Policy", spec.get("concurrencyPolicy", "Allow")),
        ("Suspend", str(bool(spec.get("suspend")))),
        ("Successful Job History Limit", spec.get("successfulJobsHistoryLimit", "<unset>")),
        ("Failed Job History Limit", spec.get("failedJobsHistoryLimit", "<unset>")),
        ("Starting Deadline Seconds", "<unset>" if deadline is None else f"{deadline}s"),
        ("Selector", selector_text(inner.get("selector")) or "<unset>"),
        ("Parallelism", inner.get("parallelism", "<unset>")),
        ("Completions", inner.get("completions", "<unset>")),
    ]
    last = status.get("lastScheduleTime")
    active = ", ".join(each["name"] for each in status.get("active") or ())
    tail = [("Last Schedule Time", moment(last) if last else "<unset>"), ("Active Jobs", active or "<none>")]
    return [*block(rows), *template_lines(inner["template"]), *block(tail)]
