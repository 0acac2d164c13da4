"""The ingress controller in a cluster: its rights, the default IngressClass, what a person is told, its nginx's end."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import Any

from cluster import machine
from cluster.options import Options

Document = dict[str, Any]
PROCESS = "ingress"
"""What the process is called in a cluster."""
USER = "system:minik8s:ingress"
CLASS, CONTROLLER = "minik8s", "minik8s.io/ingress"
FALLBACK_HOST = "ingress.local"
"""The name in the certificate of hosts that have none of their own."""
_READ = ["get", "list", "watch"]
_RBAC = "rbac.authorization.k8s.io"
_WRITE_EVENTS = ["create", "patch", "update"]


def is_installed() -> bool:
    """Whether the program it serves with is there."""
    return machine.which("nginx") is not None


def rules() -> list[Document]:
    """What it may do everywhere; Secrets it reads in namespaces whose Ingresses name some."""
    network = "networking.k8s.io"
    return [
        {"apiGroups": [network], "resources": ["ingresses", "ingressclasses"], "verbs": _READ},
        {"apiGroups": [network], "resources": ["ingresses/status"], "verbs": ["patch", "update"]},
        {"apiGroups": [""], "resources": ["services", "secrets"], "verbs": _READ},
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": _READ},
        {"apiGroups": [""], "resources": ["events"], "verbs": _WRITE_EVENTS},
    ]


def election() -> list[Document]:
    """What it may do in kube-system, where several of them agree on who writes statuses."""
    lease = "minik8s-ingress"
    group = {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"]}
    meta = {"name": USER, "namespace": "kube-system"}
    return [
        {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "Role",
            "metadata": meta,
            "rules": [
                {**group, "verbs": ["create"]},
                {**group, "resourceNames": [lease], "verbs": ["get", "update", "patch"]},
            ],
        },
        {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": meta,
            "roleRef": {"apiGroup": _RBAC, "kind": "Role", "name": USER},
            "subjects": [{"apiGroup": _RBAC, "kind": "User", "name": USER}],
        },
    ]


def ingress_class() -> Document:
    """Ingresses that name no class get this one."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": CLASS, "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}},
        "spec": {"controller": CONTROLLER},
    }


def notes(options: Options, folder: Path) -> list[str]:
    """What stands in the way of Ingresses on this machine, in words for a person; the cluster works without them."""
    if not options.ingress:
        return []
    if not is_installed():
        return ["No ingress controller: nginx is not installed (make setup installs it; then minik8s down and up)"]
    if _master(folder):
        return []
    flags = {options.ingress_http_port: "--ingress-http-port", options.ingress_https_port: "--ingress-https-port"}
    taken = [port for port in flags if port and not machine.is_free(port)]
    return [
        f"Ingresses wait for port {port}, which is held by {machine.holder_of(port) or 'an unknown process'}: "
        f"free it, or take the cluster down and up again with {flags[port]}"
        for port in taken
    ]


def end_nginx(folder: Path) -> None:
    """End an nginx whose controller was killed: it outlives that on purpose."""
    pid = _noted(folder)
    if not pid:
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + 3
        while left := [*([pid] if _master(folder) else []), *_workers(pid)]:
            for each in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(each, number)
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)


def _noted(folder: Path) -> int:
    try:
        return int((folder / "nginx.pid").read_text())
    except (OSError, ValueError):
        return 0


def _master(folder: Path) -> bool:
    """Whether our nginx runs: its command names our configuration."""
    try:
        return str(folder / "nginx.conf").encode() in Path(f"/proc/{_noted(folder)}/cmdline").read_bytes()
    except OSError:
        return False


def _workers(master: int) -> list[int]:
    """nginx's processes in the session that a master began."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            head, _, rest = (entry / "stat").read_text().rpartition(")")
        except OSError:
            continue
        fields = rest.split()
        if head.endswith("(nginx") and fields[0] != "Z" and int(fields[3]) == master:
            found.append(int(entry.name))
    return found
