"""`autoscale`: a HorizontalPodAutoscaler for a workload."""

from __future__ import annotations

from typing import Any

import click

from cli import flags, targets
from cli.errors import CommandError
from cli.making import make_object
from cli.session import Session
from cli.session import command as make

_SCALED = ("Deployment", "ReplicaSet", "StatefulSet", "ReplicationController")


@make("autoscale")
@click.argument("arguments", nargs=-1, metavar="TYPE NAME | TYPE/NAME")
@click.option("--min", "least", type=int, default=-1, help="replicas at least  [default: the server's]")
@click.option("--max", "most", type=int, default=-1, help="replicas at most (required)")
@click.option("--cpu-percent", type=int, default=-1, help="CPU of the request that the Pods shall use  [default: 80]")
@click.option("--cpu", default="", help="70% of the request, or an amount such as 500m")
@click.option("--memory", default="", help="70% of the request, or an amount such as 200Mi")
@click.option("--name", default="", help="name of the autoscaler  [default: that of the object]")
@flags.files
@flags.field_manager("kubectl-autoscale")
@flags.dry_run
@flags.output
async def command(session: Session, arguments: tuple[str, ...], files: tuple[str, ...], **given: Any) -> int:
    """Scale a workload by its load from now on."""
    if given["most"] == -1:
        raise CommandError('error: required flag(s) "max" not set')
    if given["most"] < 1:
        raise CommandError(f"error: --max=MAXPODS is required and must be at least 1, max: {given['most']}")
    if given["most"] < given["least"]:
        raise CommandError(
            f"error: --max=MAXPODS must be larger or equal to --min=MINPODS, max: {given['most']}, min: "
            f"{given['least']}"
        )
    for target in await targets.find(session, arguments, files, recursive=given["recursive"]):
        resource = target.served.resource
        if resource.kind not in _SCALED:
            raise CommandError(f"error: cannot autoscale a {resource.kind}: it has no scale")
        reference = {"apiVersion": resource.group_version, "kind": resource.kind, "name": target.name}
        spec: dict[str, Any] = {"maxReplicas": given["most"], "scaleTargetRef": reference}
        if given["least"] > 0:
            spec["minReplicas"] = given["least"]
        if metrics := _metrics(given):
            spec["metrics"] = metrics
        meta = {"name": given["name"] or target.name, "namespace": target.namespace}
        obj = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": meta, "spec": spec}
        await make_object(session, obj, given, verb="autoscaled")
    return 0


def _metrics(given: dict[str, Any]) -> list[dict[str, Any]]:
    wanted = {"cpu": given["cpu"], "memory": given["memory"]}
    if given["cpu_percent"] > 0:
        wanted["cpu"] = f"{given['cpu_percent']}%"
    found = []
    for name, text in wanted.items():
        if not text:
            continue
        if text.endswith("%") and text[:-1].isdecimal():
            aim: dict[str, Any] = {"type": "Utilization", "averageUtilization": int(text[:-1])}
        else:
            from minik8s.machinery import quantity

            try:
                quantity.parse(text)
            except ValueError:
                raise CommandError(
                    f"error: invalid value {text!r} for --{name}: give a percentage or an amount"
                ) from None
            aim = {"type": "AverageValue", "averageValue": text}
        found.append({"type": "Resource", "resource": {"name": name, "target": aim}})
    return found
