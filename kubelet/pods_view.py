"""What the kubelet's HTTPS server sees of the node: its Pods, their containers, and where to reach them.

The server gets a `PodsView` (the kubelet core), a `Runtime` (exec, attach), the KubeletConfiguration and an API
client, and nothing else of the kubelet. Everything here is answered from memory unless it is `async`.
"""

from __future__ import annotations

import dataclasses
from typing import Protocol

from minik8s.api.core_v1 import Node, Pod


@dataclasses.dataclass(frozen=True, slots=True)
class ContainerHandle:
    """One instance of a container of a Pod: `id` is the engine's own (for `Runtime` calls), without `docker://`.

    `attempt` counts from 0; the instance before the newest is the one `logs --previous` means. `log_path` holds JSON
    lines {"log", "stream", "time"} and may have rotated ones beside it (`.1` is older); "" when the engine keeps none.
    """

    name: str
    id: str
    attempt: int
    running: bool
    log_path: str
    tty: bool = False
    pid: int = 0
    started_at: str = ""
    finished_at: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class SandboxHandle:
    """A Pod's sandbox: `netns` is the path of its network namespace ("" for a Pod on the host's network).

    `cgroup_parent` is the Pod's cgroup as a path below each controller's mount (`/kubepods/burstable/pod<uid>`);
    a container's own cgroup is `<cgroup_parent>/<container id>`.
    """

    id: str
    netns: str
    ips: tuple[str, ...]
    cgroup_parent: str


class PodsView(Protocol):
    """The Pods of this node, as the kubelet knows them now (static ones too)."""

    node_name: str

    def node(self) -> Node | None:
        """This node's object as last seen."""
        ...

    def pods(self) -> list[Pod]:
        """All Pods, with the status this kubelet reports; not to be changed."""
        ...

    def pod(self, namespace: str, name: str, uid: str = "") -> Pod | None:
        """One Pod; with `uid`, only that one."""
        ...

    def containers(self, pod: Pod) -> list[ContainerHandle]:
        """The newest instance of each container that has one: init, regular and ephemeral."""
        ...

    def container(self, pod: Pod, name: str, previous: bool = False) -> ContainerHandle | None:
        """The newest instance of a container, or the one before it; None when there is none."""
        ...

    def sandbox(self, pod: Pod) -> SandboxHandle | None:
        """The Pod's running sandbox."""
        ...

    def check(self) -> None:
        """Raise RuntimeError with the reason when the kubelet itself is not well (`/healthz` asks)."""
        ...
