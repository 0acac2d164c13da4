"""From a path to the Pod and container it names."""

from __future__ import annotations

from collections.abc import Sequence

from kubelet.pods_view import ContainerHandle, PodsView
from kubelet.server.request import Failure
from minik8s.api.core_v1 import Pod


def pod_of(view: PodsView, parts: Sequence[str], tail: int) -> tuple[Pod, str]:
    """The Pod of `namespace/pod[/uid]` followed by `tail` (0 or 1) more parts, and that part. Raises Failure (404)."""
    if len(parts) not in (2 + tail, 3 + tail):
        raise Failure(404, "404 page not found")
    uid = parts[2] if len(parts) == 3 + tail else ""
    pod = view.pod(parts[0], parts[1], uid)
    if pod is None:
        raise Failure(404, "pod does not exist")
    return pod, parts[-1] if tail else ""


def running(view: PodsView, pod: Pod, container: str) -> ContainerHandle:
    """The running instance of a container. Raises Failure (500, as Kubernetes answers)."""
    found = view.container(pod, container)
    if found is None or not found.running:
        raise Failure(500, f'container not found ("{container}")')
    return found
