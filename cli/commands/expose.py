"""`expose`: a Service for the Pods of a workload, Pod or Service."""

from __future__ import annotations

from typing import Any

import click

from cli import flags, targets
from cli.errors import CommandError
from cli.making import make_object
from cli.overrides import overridden
from cli.session import Session
from cli.session import command as make
from cli.workloads import template_of


@make("expose")
@click.argument("arguments", nargs=-1, metavar="TYPE NAME | TYPE/NAME")
@flags.files
@click.option("--name", default="", help="name of the Service  [default: that of the object]")
@click.option("--port", default="", help="port of the Service; several by comma  [default: the containers' ports]")
@click.option("--target-port", default="", help="port of the Pods, number or name  [default: the same]")
@click.option("--protocol", default="TCP", show_default=True)
@click.option("--type", "kind", default="", help="ClusterIP, NodePort, LoadBalancer or ExternalName")
@click.option("--selector", default="", help="labels of the Pods  [default: those of the object]")
@click.option("-l", "--labels", default="", help="labels of the Service")
@click.option("--external-ip", default="", help="a further address")
@click.option("--load-balancer-ip", default="", help="address of the load balancer")
@click.option("--cluster-ip", default="", help="address in the cluster; None for a headless Service")
@click.option("--session-affinity", default="", help="None or ClientIP")
@click.option("--overrides", default="", help="JSON merged into the Service")
@flags.field_manager("kubectl-expose")
@flags.dry_run
@flags.output
async def command(session: Session, arguments: tuple[str, ...], files: tuple[str, ...], **given: Any) -> int:
    """Make a Service for a workload or Pod."""
    for target in await targets.find(session, arguments, files, recursive=given["recursive"]):
        service = overridden(_service(target, given), given["overrides"])
        await make_object(session, service, given, verb="exposed")
    return 0


def _service(target: targets.Target, given: dict[str, Any]) -> dict[str, Any]:
    obj = target.obj | {"kind": target.served.resource.kind}
    spec: dict[str, Any] = {"selector": _pairs(given["selector"]) or _selector(obj), "ports": _ports(obj, given)}
    for field, key in (
        ("type", "kind"),
        ("loadBalancerIP", "load_balancer_ip"),
        ("clusterIP", "cluster_ip"),
        ("sessionAffinity", "session_affinity"),
    ):
        if given[key]:
            spec[field] = given[key]
    if given["external_ip"]:
        spec["externalIPs"] = [given["external_ip"]]
    labels = _pairs(given["labels"]) or target.obj["metadata"].get("labels") or {}
    meta: dict[str, Any] = {"name": given["name"] or target.name, "namespace": target.namespace}
    if labels:
        meta["labels"] = labels
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec, "status": {"loadBalancer": {}}}


def _selector(obj: dict[str, Any]) -> dict[str, str]:
    kind, spec = obj["kind"], obj.get("spec") or {}
    if kind == "Pod":
        found = obj["metadata"].get("labels") or {}
    elif kind in ("Service", "ReplicationController"):
        found = spec.get("selector") or {}
    elif kind in ("Deployment", "ReplicaSet", "StatefulSet"):
        selector = spec.get("selector") or {}
        if selector.get("matchExpressions"):
            raise CommandError("error: couldn't convert expressions - a Service selects by labels alone")
        found = selector.get("matchLabels") or {}
    else:
        raise CommandError(f"error: cannot expose a {kind}")
    if not found:
        raise CommandError(
            "error: couldn't retrieve selectors via --selector flag or introspection: "
            f"the {kind.lower()} has no labels and cannot be exposed"
        )
    return dict(found)


def _ports(obj: dict[str, Any], given: dict[str, Any]) -> list[dict[str, Any]]:
    if given["port"]:
        wanted = [(int(p) if p.isdecimal() else 0, given["protocol"]) for p in given["port"].split(",")]
        if any(not port for port, _ in wanted):
            raise CommandError(f"error: invalid port {given['port']!r}")
    elif obj["kind"] == "Service":
        wanted = [(p["port"], p.get("protocol", "TCP")) for p in obj["spec"].get("ports") or ()]
    else:
        wanted = [
            (port["containerPort"], port.get("protocol", "TCP"))
            for container in template_of(obj)["spec"].get("containers") or ()
            for port in container.get("ports") or ()
        ]
    if not wanted:
        raise CommandError("error: couldn't find port via --port flag or introspection")
    found = []
    for number, (port, protocol) in enumerate(wanted, 1):
        target = given["target_port"]
        each: dict[str, Any] = {"port": port, "protocol": protocol}
        each["targetPort"] = int(target) if target.isdecimal() else target or port
        if len(wanted) > 1:
            each["name"] = f"port-{number}"
        found.append(each)
    return found


def _pairs(text: str) -> dict[str, str]:
    found = {}
    for part in text.split(",") if text else ():
        key, equals, value = part.partition("=")
        if not equals:
            raise CommandError(f"error: unexpected label spec: {part}")
        found[key] = value
    return found
