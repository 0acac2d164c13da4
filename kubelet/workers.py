"""The Pod workers of a node: begun, told, and forgotten as Pods come and go; and what the server sees of them."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Iterable, Iterator

import structlog

from kubelet import labels
from kubelet.context import NodeContext
from kubelet.pods import allocation
from kubelet.pods.declared import is_static
from kubelet.pods.observed import Instance
from kubelet.pods.worker import PodWorker
from kubelet.pods_view import ContainerHandle, SandboxHandle
from kubelet.runtime.types import Details
from minik8s.api.core_v1 import Node, Pod
from minik8s.machinery.times import format_time

log = structlog.get_logger("workers")

Judge = Callable[[Pod, list[Pod]], tuple[str, str]]
"""Says why a new Pod may not run here, as (reason, message); ("", "") when it may."""


class Workers:
    """All Pods of this node; see `kubelet.pods_view.PodsView` for the part that answers questions."""

    def __init__(self, context: NodeContext, judge: Judge, node: Callable[[], Node | None]) -> None:
        self._context, self._judge, self._node = context, judge, node
        self.node_name = context.settings.node_name
        self._workers: dict[str, PodWorker] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._found: dict[str, list[Details]] = {}
        self.changed: Callable[[], None] = lambda: None
        self.fits: Callable[[Pod, list[Pod]], str | None] = lambda pod, others: ""
        self.trouble = ""

    def found(self, details: Iterable[Details]) -> None:
        """Containers that were there before this kubelet: their Pods' workers go on with them."""
        for one in details:
            self._found.setdefault(one.labels.get(labels.POD_UID, ""), []).append(one)

    def take(self, pod: Pod) -> None:
        """A Pod is to run here, or has changed."""
        uid = pod.metadata.uid
        worker = self._workers.get(uid)
        if worker is not None:
            shrinks = allocation.resized(worker.state.pod, pod)
            worker.changed(pod)
            if shrinks:
                self._room()
            return
        there = self._found.pop(uid, [])
        fresh = not there and pod.status.start_time is None and pod.metadata.deletion_timestamp is None
        reject = self._judge(pod, self.active()) if fresh and not is_static(pod) else ("", "")
        if reject[0]:
            self._context.event(pod, "Warning", reject[0], reject[1])
        worker = self._workers[uid] = PodWorker(self._context, pod, there, reject, self._fits)
        task = self._tasks[uid] = asyncio.create_task(worker.run(), name=f"pod-{pod.metadata.name}")
        task.add_done_callback(lambda done: self._ended(uid, done))
        self.changed()

    def _fits(self, pod: Pod) -> str | None:
        return self.fits(pod, [other for other in self.active() if other.metadata.uid != pod.metadata.uid])

    def _room(self) -> None:
        """Something may be free now for those who wait; the most important first."""
        for worker in sorted(self, key=lambda w: -(w.state.pod.spec.priority or 0)):
            worker.room()

    def remove(self, uid: str) -> None:
        """A Pod is gone from the API (or its manifest)."""
        worker = self._workers.get(uid)
        if worker is not None:
            worker.removed()

    def happened(self, container_id: str, uid: str) -> None:
        """The engine says something about a container."""
        worker = self._workers.get(uid)
        if worker is not None:
            worker.happened(container_id)

    def get(self, uid: str) -> PodWorker | None:
        """A Pod's worker."""
        return self._workers.get(uid)

    def __iter__(self) -> Iterator[PodWorker]:
        return iter(list(self._workers.values()))

    def active(self) -> list[Pod]:
        """The Pods that use something of this node."""
        return [w.state.pod for w in self._workers.values() if not w.ended and not w.state.findings.failed]

    @property
    def uids(self) -> set[str]:
        """The Pods that are worked on."""
        return set(self._workers)

    def orphans(self) -> list[Details]:
        """Containers of Pods nobody knows."""
        return [d for held in self._found.values() for d in held]

    def forget_orphans(self) -> None:
        """They were dealt with."""
        self._found.clear()

    async def close(self) -> None:
        """Stop working; containers go on."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, uid: str, task: asyncio.Task[None]) -> None:
        self._workers.pop(uid, None)
        self._tasks.pop(uid, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a pod's worker failed", uid=uid, exc_info=error)
        self._room()
        self.changed()

    # What the server asks (PodsView).

    def node(self) -> Node | None:
        """This node's object."""
        return self._node()

    def pods(self) -> list[Pod]:
        """All Pods with the status reported here."""
        return [_shown(worker) for worker in self._workers.values()]

    def pod(self, namespace: str, name: str, uid: str = "") -> Pod | None:
        """One Pod."""
        for worker in self._workers.values():
            meta = worker.state.pod.metadata
            if (meta.namespace, meta.name) == (namespace, name) and uid in ("", meta.uid, worker.mirror_uid):
                return _shown(worker)
        return None

    def containers(self, pod: Pod) -> list[ContainerHandle]:
        """The newest instance of each container."""
        worker = self._workers.get(pod.metadata.uid)
        if worker is None:
            return []
        observed = worker.state.observed
        found = (observed.newest(name) for name in list(observed.names))
        return [_handle(instance) for instance in found if instance is not None]

    def container(self, pod: Pod, name: str, previous: bool = False) -> ContainerHandle | None:
        """An instance of a container."""
        worker = self._workers.get(pod.metadata.uid)
        if worker is None:
            return None
        observed = worker.state.observed
        instance = observed.previous(name) if previous else observed.newest(name)
        return _handle(instance) if instance is not None else None

    def sandbox(self, pod: Pod) -> SandboxHandle | None:
        """The running sandbox."""
        worker = self._workers.get(pod.metadata.uid)
        found = worker.state.observed.sandbox if worker is not None else None
        if worker is None or found is None:
            return None
        netns = "" if pod.spec.host_network else found.netns
        return SandboxHandle(found.id, netns, worker.state.findings.ips, found.cgroup_parent or worker.state.cgroup)

    def check(self) -> None:
        """Raise RuntimeError when the kubelet is not well."""
        if self.trouble:
            raise RuntimeError(self.trouble)


def _shown(worker: PodWorker) -> Pod:
    shown = copy.copy(worker.state.pod)
    shown.status = worker.status
    return shown


def _handle(instance: Instance) -> ContainerHandle:
    details = instance.details
    return ContainerHandle(
        name=instance.name,
        id=instance.id,
        attempt=instance.attempt,
        running=instance.running,
        log_path=details.log_path,
        tty=details.tty,
        pid=details.pid,
        started_at=format_time(details.started_at) if details.started_at else "",
        finished_at=format_time(details.finished_at) if details.finished_at else "",
    )
