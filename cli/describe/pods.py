"""Pods and Pod templates."""

from __future__ import annotations

from typing import Any

from cli.describe.text import Row, block, conditions, mapping, moment, notes
from cli.describe.volumes import volume_lines

_NONE = "<none>"


def pod_lines(pod: dict[str, Any]) -> list[str]:
    """A Pod."""
    meta, spec, status = pod["metadata"], pod.get("spec") or {}, pod.get("status") or {}
    owner = next((f"{o['kind']}/{o['name']}" for o in meta.get("ownerReferences") or () if o.get("controller")), "")
    rows: list[Row] = [
        ("Name", meta["name"]),
        ("Namespace", meta["namespace"]),
        ("Priority", spec.get("priority", 0)),
    ]
    if spec.get("priorityClassName"):
        rows.append(("Priority Class Name", spec["priorityClassName"]))
    rows += [
        ("Service Account", spec.get("serviceAccountName", "")),
        ("Node", f"{spec['nodeName']}/{status.get('hostIP', '')}" if spec.get("nodeName") else _NONE),
        ("Start Time", moment(status["startTime"]) if status.get("startTime") else ""),
        ("Labels", mapping(meta.get("labels"))),
        ("Annotations", notes(meta.get("annotations"))),
    ]
    if meta.get("deletionTimestamp"):
        rows.append(("Status", f"Terminating (lasts until {moment(meta['deletionTimestamp'])})"))
        rows.append(("Termination Grace Period", f"{meta.get('deletionGracePeriodSeconds', 0)}s"))
    else:
        rows.append(("Status", status.get("phase", "")))
    for label, key in (("Reason", "reason"), ("Message", "message")):
        if status.get(key):
            rows.append((label, status[key]))
    rows.append(("IP", status.get("podIP", "")))
    lines = block(rows)
    ips = [f"  IP:\t{each['ip']}" for each in status.get("podIPs") or ()]
    lines += ["IPs:", *ips] if ips else ["IPs:\t<none>"]
    if owner:
        lines.append(f"Controlled By:\t{owner}")
    for title, part, state in (
        ("Init Containers", "initContainers", "initContainerStatuses"),
        ("Containers", "containers", "containerStatuses"),
        ("Ephemeral Containers", "ephemeralContainers", "ephemeralContainerStatuses"),
    ):
        lines += _containers(title, spec.get(part) or [], status.get(state) or [])
    for gate in spec.get("readinessGates") or ():
        lines.append(f"Readiness Gate:\t{gate['conditionType']}")
    lines += conditions(status)
    lines += volume_lines(spec.get("volumes") or [])
    rows = [
        ("QoS Class", status.get("qosClass", "")),
        ("Node-Selectors", mapping(spec.get("nodeSelector"))),
        ("Tolerations", tolerations(spec)),
    ]
    return lines + block(rows)


def template_lines(template: dict[str, Any], cause: str = "") -> list[str]:
    """A Pod template."""
    meta, spec = template.get("metadata") or {}, template.get("spec") or {}
    lines = ["Pod Template:", *block([("Labels", mapping(meta.get("labels")))], indent=2)]
    held = dict(meta.get("annotations") or {})
    if cause:
        held["kubernetes.io/change-cause"] = cause
    if held:
        lines += block([("Annotations", notes(held))], indent=2)
    if spec.get("serviceAccountName"):
        lines += block([("Service Account", spec["serviceAccountName"])], indent=2)
    for title, part in (("Init Containers", "initContainers"), ("Containers", "containers")):
        lines += _containers(title, spec.get(part) or [], [], indent=2)
    lines += volume_lines(spec.get("volumes") or [], indent=2)
    lines += block(
        [("Node-Selectors", mapping(spec.get("nodeSelector"))), ("Tolerations", tolerations(spec))], indent=2
    )
    return lines


def tolerations(spec: dict[str, Any]) -> list[str]:
    """Tolerations, one a line."""
    found = []
    for each in spec.get("tolerations") or ():
        text = each.get("key", "")
        if each.get("value"):
            text += f"={each['value']}"
        if each.get("effect"):
            text += f":{each['effect']}"
        if each.get("operator") == "Exists":
            text += " op=Exists"
        if each.get("tolerationSeconds") is not None:
            text += f" for {each['tolerationSeconds']}s"
        found.append(text.strip())
    return found or [_NONE]


def _containers(title: str, specs: list[Any], statuses: list[Any], indent: int = 0) -> list[str]:
    if not specs:
        return []
    known = {each["name"]: each for each in statuses}
    lines = [" " * indent + f"{title}:"]
    for spec in specs:
        lines.append(" " * (3 if indent else 2) + f"{spec['name']}:")
        lines += block(_container(spec, known.get(spec["name"])), 4)
    return lines


def _container(spec: dict[str, Any], status: dict[str, Any] | None) -> list[Row]:
    rows: list[Row] = []
    if status is not None:
        rows.append(("Container ID", status.get("containerID", "")))
    rows.append(("Image", spec.get("image", "")))
    if status is not None:
        rows.append(("Image ID", status.get("imageID", "")))
    ports = [f"{p['containerPort']}/{p.get('protocol', 'TCP')}" for p in spec.get("ports") or ()]
    hosts = [f"{p.get('hostPort', 0)}/{p.get('protocol', 'TCP')}" for p in spec.get("ports") or ()]
    rows += [("Port", ", ".join(ports) or _NONE), ("Host Port", ", ".join(hosts) or _NONE)]
    for label, key in (("Command", "command"), ("Args", "args")):
        if spec.get(key):
            rows.append((label, ["", *(f"  {word}" for word in spec[key])]))
    if status is not None:
        rows += _state("State", status.get("state") or {})
        if status.get("lastState"):
            rows += _state("Last State", status["lastState"])
        rows += [("Ready", status.get("ready", False)), ("Restart Count", status.get("restartCount", 0))]
    for label, key in (("Limits", "limits"), ("Requests", "requests")):
        held = (spec.get("resources") or {}).get(key)
        if held:
            rows.append((label, ["", *(f"  {name}:\t{amount}" for name, amount in sorted(held.items()))]))
    for label, key in (("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe")):
        if spec.get(key):
            rows.append((label, probe(spec[key])))
    for each in spec.get("envFrom") or ():
        source = each.get("configMapRef") or each.get("secretRef") or {}
        kind = "ConfigMap" if each.get("configMapRef") else "Secret"
        optional = str(bool(source.get("optional"))).lower()
        rows.append(("Environment Variables from", ["", f"  {source.get('name')}\t{kind}\tOptional: {optional}"]))
    env = [f"  {each['name']}:\t{_value(each)}" for each in spec.get("env") or ()]
    rows.append(("Environment", ["", *env] if env else _NONE))
    mounts = [
        f"  {m['mountPath']} from {m['name']} ({'ro' if m.get('readOnly') else 'rw'}"
        + (f',path="{m["subPath"]}"' if m.get("subPath") else "")
        + ")"
        for m in sorted(spec.get("volumeMounts") or (), key=lambda m: str(m["mountPath"]))
    ]
    rows.append(("Mounts", ["", *mounts] if mounts else _NONE))
    return rows


def _state(label: str, state: dict[str, Any]) -> list[Row]:
    for kind, value in state.items():
        rows: list[Row] = [(label, kind.capitalize())]
        for title, key in (("Reason", "reason"), ("Message", "message"), ("Signal", "signal")):
            if value.get(key):
                rows.append((f"  {title}", value[key]))
        if kind == "terminated":
            rows.append(("  Exit Code", value.get("exitCode", 0)))
        for title, key in (("Started", "startedAt"), ("Finished", "finishedAt")):
            if value.get(key):
                rows.append((f"  {title}", moment(value[key])))
        return rows
    return [(label, "Waiting")]


def _value(env: dict[str, Any]) -> str:
    source = env.get("valueFrom") or {}
    if field := source.get("fieldRef"):
        return f" ({field.get('apiVersion', 'v1')}:{field['fieldPath']})"
    if amount := source.get("resourceFieldRef"):
        return f"{amount.get('resource')} ({amount.get('containerName') or 'this container'})"
    for key, kind in (("configMapKeyRef", "of config map"), ("secretKeyRef", "in secret")):
        if ref := source.get(key):
            return f"<set to the key '{ref['key']}' {kind} '{ref.get('name')}'>\tOptional: " + (
                "true" if ref.get("optional") else "false"
            )
    return str(env.get("value", ""))


def probe(spec: dict[str, Any]) -> str:
    """A probe on one line."""
    pace = (
        f"delay={spec.get('initialDelaySeconds', 0)}s timeout={spec.get('timeoutSeconds', 1)}s "
        f"period={spec.get('periodSeconds', 10)}s #success={spec.get('successThreshold', 1)} "
        f"#failure={spec.get('failureThreshold', 3)}"
    )
    if action := spec.get("exec"):
        return f"exec {action.get('command')} {pace}"
    if action := spec.get("httpGet"):
        scheme = action.get("scheme", "HTTP").lower()
        path = action.get("path", "/")
        return f"http-get {scheme}://{action.get('host', '')}:{action.get('port')}{path} {pace}"
    if action := spec.get("tcpSocket"):
        return f"tcp-socket {action.get('host', '')}:{action.get('port')} {pace}"
    if action := spec.get("grpc"):
        return f"grpc <pod>:{action.get('port')} {action.get('service', '')} {pace}"
    return f"unknown {pace}"
