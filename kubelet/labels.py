"""How a container says whose it is: labels on the engine's containers, and the names they get."""

from __future__ import annotations

POD_NAME = "io.kubernetes.pod.name"
POD_NAMESPACE = "io.kubernetes.pod.namespace"
POD_UID = "io.kubernetes.pod.uid"
CONTAINER_NAME = "io.kubernetes.container.name"
CONTAINER_HASH = "io.kubernetes.container.hash"
RESTART_COUNT = "io.kubernetes.container.restartCount"
MESSAGE_PATH = "io.kubernetes.container.terminationMessagePath"
MESSAGE_POLICY = "io.kubernetes.container.terminationMessagePolicy"
GRACE_SECONDS = "io.kubernetes.pod.terminationGracePeriod"
TYPE = "io.kubernetes.docker.type"
SANDBOX_ID = "io.kubernetes.sandbox.id"
NODE = "minik8s.node"

SANDBOX_TYPE, CONTAINER_TYPE = "podsandbox", "container"


def container_name(container: str, pod: str, namespace: str, uid: str, attempt: int) -> str:
    """The engine's name of a container, as Kubernetes built it for Docker."""
    return "_".join(("k8s", container, pod, namespace, uid, str(attempt)))


def is_sandbox(labels: dict[str, str]) -> bool:
    """Whether these are a sandbox's labels."""
    return labels.get(TYPE) == SANDBOX_TYPE
