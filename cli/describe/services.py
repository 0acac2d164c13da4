"""Services and where they lead."""

from __future__ import annotations

from typing import Any

from cli.describe.text import Row, block, mapping, notes
from cli.session import Session
from cli.targets import Target
from minik8s.client.resources import Resource

SLICES: Resource[dict[str, Any]] = Resource("discovery.k8s.io/v1", "endpointslices", "EndpointSlice", True, dict)


async def service(session: Session, target: Target) -> list[str]:
    """A Service, with its endpoints per port."""
    meta, spec, status = target.obj["metadata"], target.obj["spec"], target.obj.get("status") or {}
    rows: list[Row] = [
        ("Name", meta["name"]),
        ("Namespace", meta["namespace"]),
        ("Labels", mapping(meta.get("labels"))),
        ("Annotations", notes(meta.get("annotations"))),
        ("Selector", ",".join(mapping(spec.get("selector")))),
        ("Type", spec.get("type", "")),
        ("IP Family Policy", spec.get("ipFamilyPolicy", "")),
        ("IP Families", ",".join(spec.get("ipFamilies") or ()) or "<none>"),
        ("IP", spec.get("clusterIP", "")),
        ("IPs", ",".join(spec.get("clusterIPs") or ()) or "<none>"),
    ]
    if spec.get("externalName"):
        rows.append(("External Name", spec["externalName"]))
    if spec.get("externalIPs"):
        rows.append(("External IPs", ",".join(spec["externalIPs"])))
    ingress = [i.get("ip") or i.get("hostname", "") for i in (status.get("loadBalancer") or {}).get("ingress") or ()]
    if ingress:
        rows.append(("LoadBalancer Ingress", ", ".join(ingress)))
    slices = await session.client.list(
        SLICES, target.namespace, label_selector=f"kubernetes.io/service-name={target.name}"
    )
    for port in spec.get("ports") or ():
        name, protocol = port.get("name", ""), port.get("protocol", "TCP")
        rows.append(("Port", f"{name or '<unset>'}  {port['port']}/{protocol}"))
        rows.append(("TargetPort", f"{port.get('targetPort', port['port'])}/{protocol}"))
        if port.get("nodePort"):
            rows.append(("NodePort", f"{name or '<unset>'}  {port['nodePort']}/{protocol}"))
        rows.append(("Endpoints", ",".join(_endpoints(slices.items, name)) or ""))
    rows.append(("Session Affinity", spec.get("sessionAffinity", "None")))
    for label, key in (
        ("External Traffic Policy", "externalTrafficPolicy"),
        ("Internal Traffic Policy", "internalTrafficPolicy"),
    ):
        if spec.get(key):
            rows.append((label, spec[key]))
    return block(rows)


def _endpoints(slices: list[dict[str, Any]], name: str) -> list[str]:
    found = []
    for piece in slices:
        ports = [p.get("port") for p in piece.get("ports") or () if (p.get("name") or "") == name]
        for endpoint in piece.get("endpoints") or ():
            if (endpoint.get("conditions") or {}).get("ready", True):
                found += [f"{address}:{port}" for address in endpoint["addresses"] for port in ports]
    return found if len(found) <= 3 else [*found[:3], f"... + {len(found) - 3} more"]
