"""Namespaces, quotas, limits, disruption budgets, autoscalers."""

from __future__ import annotations

from typing import Any

from cli.describe.generic import head
from cli.describe.text import block, conditions, mapping, moment, notes, table
from cli.session import Session
from cli.targets import Target
from minik8s.client.resources import Resource
from minik8s.machinery.selector_text import selector_text

_QUOTAS: Resource[dict[str, Any]] = Resource("v1", "resourcequotas", "ResourceQuota", True, dict)
_LIMITS: Resource[dict[str, Any]] = Resource("v1", "limitranges", "LimitRange", True, dict)


def _quota_rows(obj: dict[str, Any]) -> list[list[str]]:
    status = obj.get("status") or {}
    used = status.get("used") or {}
    return [[name, str(used.get(name, "")), str(most)] for name, most in sorted((status.get("hard") or {}).items())]


def quota(obj: dict[str, Any]) -> list[str]:
    """A ResourceQuota."""
    meta = obj["metadata"]
    rows = [["Resource", "Used", "Hard"], ["--------", "----", "----"], *_quota_rows(obj)]
    lines = block([("Name", meta["name"]), ("Namespace", meta["namespace"])])
    if scopes := (obj.get("spec") or {}).get("scopes"):
        lines += block([("Scopes", ", ".join(scopes))])
    return lines + ["\t".join(row) for row in rows]


def _limit_rows(obj: dict[str, Any]) -> list[list[str]]:
    rows = []
    keys = ("min", "max", "defaultRequest", "default", "maxLimitRequestRatio")
    for item in (obj.get("spec") or {}).get("limits") or ():
        for name in sorted({name for key in keys for name in item.get(key) or ()}):
            rows.append([item["type"], name, *(str((item.get(key) or {}).get(name, "-")) for key in keys)])
    return rows


_LIMIT_HEAD = ["Type", "Resource", "Min", "Max", "Default Request", "Default Limit", "Max Limit/Request Ratio"]


def limits(obj: dict[str, Any]) -> list[str]:
    """A LimitRange."""
    meta = obj["metadata"]
    rows = table(_LIMIT_HEAD, _limit_rows(obj), 0)
    return [*block([("Name", meta["name"]), ("Namespace", meta["namespace"])]), *rows]


async def namespace(session: Session, target: Target) -> list[str]:
    """A Namespace, with its quotas and limits."""
    obj = target.obj
    meta, status = obj["metadata"], obj.get("status") or {}
    lines = block(
        [
            ("Name", meta["name"]),
            ("Labels", mapping(meta.get("labels"))),
            ("Annotations", notes(meta.get("annotations"))),
            ("Status", status.get("phase", "")),
        ]
    )
    if found := conditions(status, ("type", "status", "lastTransitionTime", "reason", "message")):
        lines += found
    quotas = (await session.client.list(_QUOTAS, target.name)).items
    ranges = (await session.client.list(_LIMITS, target.name)).items
    lines += ["", "Resource Quotas" if quotas else "No resource quota."]
    for each in quotas:
        lines += [f"  Name:\t{each['metadata']['name']}", "  Resource\tUsed\tHard", "  --------\t---\t---"]
        lines += ["  " + "\t".join(row) for row in _quota_rows(each)]
    lines.append("")
    if not ranges:
        return [*lines, "No LimitRange resource."]
    return [*lines, "Resource Limits", *table(_LIMIT_HEAD, [row for each in ranges for row in _limit_rows(each)], 1)]


def budget(obj: dict[str, Any]) -> list[str]:
    """A PodDisruptionBudget."""
    meta, spec, status = obj["metadata"], obj.get("spec") or {}, obj.get("status") or {}
    rows: list[tuple[str, Any]] = [("Name", meta["name"]), ("Namespace", meta["namespace"])]
    for label, key in (("Min available", "minAvailable"), ("Max unavailable", "maxUnavailable")):
        if key in spec:
            rows.append((label, spec[key]))
    rows.append(("Selector", selector_text(spec.get("selector")) or "<unset>"))
    names = (
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    )
    return [*block(rows), "Status:", *block([(label, status.get(key, 0)) for label, key in names], 4)]


def _metric(spec: dict[str, Any], current: dict[str, Any]) -> tuple[str, str]:
    kind = spec.get("type", "")
    inner = spec.get(kind[:1].lower() + kind[1:]) or {}
    seen = (current.get(kind[:1].lower() + kind[1:]) or {}).get("current") or {}
    aim = inner.get("target") or {}
    name = inner.get("name") or (inner.get("metric") or {}).get("name", "")
    if "averageUtilization" in aim:
        now = "<unknown>"
        if seen.get("averageUtilization") is not None:
            now = f"{seen['averageUtilization']}% ({seen.get('averageValue', '')})"
        return f"resource {name} on pods  (as a percentage of request)", f"{now} / {aim['averageUtilization']}%"
    wanted = aim.get("averageValue") or aim.get("value")
    now = seen.get("averageValue") or seen.get("value") or "<unknown>"
    what = {"Resource": "resource {} on pods", "Pods": '"{}" on pods'}.get(kind, '"{}"').format(name)
    return what, f"{now} / {wanted}"


def autoscaler(obj: dict[str, Any]) -> list[str]:
    """A HorizontalPodAutoscaler."""
    meta, spec, status = obj["metadata"], obj["spec"], obj.get("status") or {}
    reference = spec["scaleTargetRef"]
    lines = [*head(obj), f"CreationTimestamp:\t{moment(meta.get('creationTimestamp', ''))}"]
    lines += [f"Reference:\t{reference['kind']}/{reference['name']}", "Metrics:\t( current / target )"]
    seen = {
        (each.get("type"), (each.get("resource") or {}).get("name")): each
        for each in status.get("currentMetrics") or ()
    }
    for each in spec.get("metrics") or ():
        known = seen.get((each.get("type"), (each.get("resource") or {}).get("name")), {})
        label, value = _metric(each, known)
        lines.append(f"  {label}:\t{value}")
    lines += block([("Min replicas", spec.get("minReplicas", "<unset>")), ("Max replicas", spec["maxReplicas"])])
    counts = f"{status.get('currentReplicas', 0)} current / {status.get('desiredReplicas', 0)} desired"
    lines.append(f"{reference['kind']} pods:\t{counts}")
    return lines + conditions(status, ("type", "status", "reason", "message"))
