"""Ingresses and endpoints."""

from __future__ import annotations

from typing import Any

from cli.describe.generic import head
from cli.describe.services import SLICES
from cli.describe.text import block, mapping, notes, table
from cli.session import Session
from cli.targets import Target


async def ingress(session: Session, target: Target) -> list[str]:
    """An Ingress, with the endpoints of its back ends."""
    obj = target.obj
    meta, spec, status = obj["metadata"], obj.get("spec") or {}, obj.get("status") or {}
    places = (status.get("loadBalancer") or {}).get("ingress") or ()
    default = spec.get("defaultBackend")
    lines = block(
        [
            ("Name", meta["name"]),
            ("Labels", mapping(meta.get("labels"))),
            ("Namespace", meta["namespace"]),
            ("Address", ",".join(i.get("ip") or i.get("hostname", "") for i in places)),
            ("Ingress Class", spec.get("ingressClassName", "<none>")),
            ("Default backend", await _backend(session, target, default) if default else "<default>"),
        ]
    )
    if spec.get("tls"):
        lines.append("TLS:")
        for each in spec["tls"]:
            hosts = ",".join(each.get("hosts") or ())
            name = each.get("secretName", "")
            lines.append(f"  {name} terminates {hosts}" if name else f"  SNI routes {hosts}")
    lines += ["Rules:", "  Host\tPath\tBackends", "  ----\t----\t--------"]
    for rule in spec.get("rules") or ():
        lines.append(f"  {rule.get('host') or '*'}\t")
        for path in (rule.get("http") or {}).get("paths") or ():
            lines.append(f"  \t{path.get('path', '')} \t{await _backend(session, target, path['backend'])}")
    if not spec.get("rules"):
        lines.append(f"  *\t*\t{await _backend(session, target, default) if default else '<default>'}")
    return lines + block([("Annotations", notes(meta.get("annotations")))])


async def _backend(session: Session, target: Target, backend: dict[str, Any]) -> str:
    service = backend.get("service")
    if not service:
        resource = backend.get("resource") or {}
        return f"APIGroup: {resource.get('apiGroup')}, Kind: {resource.get('kind')}, Name: {resource.get('name')}"
    port = service.get("port") or {}
    found = []
    label = f"kubernetes.io/service-name={service['name']}"
    for piece in (await session.client.list(SLICES, target.namespace, label_selector=label)).items:
        for endpoint in piece.get("endpoints") or ():
            if (endpoint.get("conditions") or {}).get("ready", True):
                found += [f"{a}:{p.get('port')}" for a in endpoint["addresses"] for p in piece.get("ports") or ()]
    known = ",".join(found) if found else f'<error: services "{service["name"]}" not found>'
    return f"{service['name']}:{port.get('name') or port.get('number')} ({known})"


def _ports(ports: list[dict[str, Any]]) -> list[list[str]]:
    return [[p.get("name") or "<unset>", str(p.get("port", "")), p.get("protocol", "TCP")] for p in ports]


def endpoints(obj: dict[str, Any]) -> list[str]:
    """Endpoints."""
    lines = [*head(obj), "Subsets:"]
    for subset in obj.get("subsets") or ():
        for label, key in (("Addresses", "addresses"), ("NotReadyAddresses", "notReadyAddresses")):
            lines.append(f"  {label}:\t{','.join(a['ip'] for a in subset.get(key) or ()) or '<none>'}")
        if subset.get("ports"):
            lines += ["  Ports:", *table(["Name", "Port", "Protocol"], _ports(subset["ports"]), 4)]
        lines.append("")
    return lines


def slices(obj: dict[str, Any]) -> list[str]:
    """An EndpointSlice."""
    lines = [*head(obj), f"AddressType:\t{obj.get('addressType', '')}"]
    if obj.get("ports"):
        lines += ["Ports:", *table(["Name", "Port", "Protocol"], _ports(obj["ports"]))]
    else:
        lines.append("Ports: <unset>")
    if not obj.get("endpoints"):
        return [*lines, "Endpoints: <none>"]
    lines.append("Endpoints:")
    for each in obj["endpoints"]:
        lines += [f"  - Addresses:\t{', '.join(each['addresses'])}", "    Conditions:"]
        lines.append(f"      Ready:\t{str((each.get('conditions') or {}).get('ready', '<unset>')).lower()}")
        lines.append(f"    Hostname:\t{each.get('hostname', '<unset>')}")
        if reference := each.get("targetRef"):
            lines.append(f"    TargetRef:\t{reference['kind']}/{reference['name']}")
        lines += [f"    NodeName:\t{each.get('nodeName', '<unset>')}", f"    Zone:\t{each.get('zone', '<unset>')}"]
    return lines
