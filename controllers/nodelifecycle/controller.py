"""The node lifecycle controller."""

from __future__ import annotations

import dataclasses

from controllers.nodelifecycle import taints
from controllers.nodelifecycle.zones import Zones, zone_of
from controllers.options import Options
from controllers.shared import pods
from controllers.shared.batches import all_or_raise
from minik8s.api.coordination_v1 import Lease
from minik8s.api.core_v1 import Node, NodeCondition, Pod, PodCondition
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import ConnectionFailed, NotFound
from minik8s.client.informer import Informer
from minik8s.machinery.conditions import get_condition
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.times import format_time

LEASES = "kube-node-lease"
_CONDITIONS = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
_OLD_LABELS = {
    "kubernetes.io/os": "beta.kubernetes.io/os",
    "kubernetes.io/arch": "beta.kubernetes.io/arch",
}


@dataclasses.dataclass(slots=True)
class _Health:
    """When a node was last heard of (monotonic seconds), and by what."""

    heard: float
    heartbeat: str | None = None
    lease: str | None = None


class NodeLifecycleController:
    """Marks silent nodes unknown, keeps taints in line with conditions, and makes the pods of dead nodes not ready."""

    name = "node-lifecycle-controller"

    def __init__(self, options: Options) -> None:
        self._options = options

    def setup(self, ctx: ControllerContext) -> None:
        """Watch nodes and their leases; the pods of a node are looked up when it fails."""
        self._ctx = ctx
        self._zones = Zones(self._options, ctx.clock)
        self._health: dict[str, _Health] = {}
        self._nodes: Informer[Node] = ctx.informers.of(Node)
        self._pods: Informer[Pod] = ctx.informers.of(Pod, indexers={pods.NODE: pods.by_node})
        self._nodes.on_change(self._node_changed)
        # Of all namespaces, since the garbage collector follows all of them: one watch serves both.
        leases: Informer[Lease] = ctx.informers.of(Lease)
        leases.on_change(self._lease_changed)

    def _node_changed(self, old: Node | None, new: Node | None) -> None:
        if new is None:
            assert old is not None
            self._gone(old)
            return
        name = new.metadata.name
        known = self._health.get(name)
        ready = get_condition(new.status.conditions, "Ready")
        beat = ready.last_heartbeat_time if ready is not None else None
        if known is None:
            known = self._health[name] = _Health(self._ctx.clock.monotonic(), beat)
            message = f"Node {name} event: Registered Node {name} in Controller"
            self._ctx.recorder.event(new, "Normal", "RegisteredNode", message)
        elif beat != known.heartbeat:
            known.heartbeat, known.heard = beat, self._ctx.clock.monotonic()
        if old is None or _facts(old) != _facts(new):
            self._note(new)
            self._ctx.enqueue(name)

    def _note(self, node: Node) -> None:
        disrupted = self._zones.all_disrupted
        if self._zones.note(node.metadata.name, zone_of(node), taints.readiness(node) == "True"):
            self._zones_changed(disrupted)

    def _gone(self, node: Node) -> None:
        name = node.metadata.name
        self._health.pop(name, None)
        message = f"Node {name} event: Removing Node {name} from Controller"
        self._ctx.recorder.event(node, "Normal", "RemovingNode", message)
        disrupted = self._zones.all_disrupted
        if self._zones.forget(name):
            self._zones_changed(disrupted)

    def _zones_changed(self, disrupted: bool) -> None:
        if disrupted and not self._zones.all_disrupted:
            # We were cut off: every node gets a whole grace period to be heard again.
            for health in self._health.values():
                health.heard = self._ctx.clock.monotonic()
        for node in self._nodes.list():
            if taints.readiness(node) != "True":
                self._ctx.enqueue(node.metadata.name)

    def _lease_changed(self, old: Lease | None, new: Lease | None) -> None:
        if new is None or new.metadata.namespace != LEASES:
            return
        health = self._health.get(new.metadata.name)
        if health is not None and new.spec.renew_time != health.lease:
            health.lease, health.heard = new.spec.renew_time, self._ctx.clock.monotonic()

    async def reconcile(self, key: str) -> float | None:
        """Look after one node; returns when it would count as silent, or may be acted on."""
        node = self._nodes.get(key)
        health = self._health.get(key)
        if node is None or health is None:
            return None
        try:
            return await self._look_after(node, health)
        except NotFound:
            return None

    async def _look_after(self, node: Node, health: _Health) -> float | None:
        never = not taints.readiness(node)
        grace = self._options.node_startup_grace_period if never else self._options.node_monitor_grace_period
        left: float | None = health.heard + grace - self._ctx.clock.monotonic()
        if left is not None and left <= 0:
            if await self._heard_after_all(node, health):
                return grace
            left = None
            if (silent := _unknown(node, format_time(self._ctx.clock.now()))) is not None:
                await self._tell_silence(silent)
                return None
        await self._keep_labels(node)
        wait = await self._keep_taints(node)
        if taints.readiness(node) in ("False", "Unknown"):
            await self._pods_not_ready(node)
        waits = [seconds for seconds in (left, wait) if seconds is not None]
        return min(waits) if waits else None

    async def _heard_after_all(self, node: Node, health: _Health) -> bool:
        """Ask the server before a node is called silent: it may be we who did not hear, cut off from the server."""
        try:
            found = await self._ctx.informers.client.list(
                Lease, LEASES, field_selector=f"metadata.name={node.metadata.name}"
            )
        except ConnectionFailed:
            # Nodes can report no better than we can listen: they get a whole grace period when that is over.
            health.heard = self._ctx.clock.monotonic()
            raise
        renewed = next((lease.spec.renew_time for lease in found.items), health.lease)
        if renewed == health.lease:
            return False
        health.lease, health.heard = renewed, self._ctx.clock.monotonic()
        return True

    async def _tell_silence(self, silent: Node) -> None:
        await self._ctx.client.update(silent, "status")
        name = silent.metadata.name
        message = f"Node {name} status is now: NodeNotReady"
        self._ctx.recorder.event(silent, "Normal", "NodeNotReady", message)

    async def _keep_labels(self, node: Node) -> None:
        labels = node.metadata.labels
        wrong = {
            old: labels[new] for new, old in _OLD_LABELS.items() if new in labels and labels.get(old) != labels[new]
        }
        if wrong:
            await self._ctx.client.patch(
                Node, node.metadata.name, {"metadata": {"labels": wrong}}, patch_type="strategic"
            )

    async def _keep_taints(self, node: Node) -> float | None:
        """Bring the taints in line; returns seconds to wait for the permission to drive pods off."""
        wanted, held = taints.no_execute(node), taints.drives_off(node)
        wait: float | None = None
        if self._zones.all_disrupted:
            wanted = ""
        elif wanted and not held:
            wait = self._zones.permission(zone_of(node))
            if wait != 0:
                wanted = ""
        found = taints.rewritten(node, taints.no_schedule(node), wanted, self._ctx.clock.now())
        if found != node.spec.taints:
            version = {"resourceVersion": node.metadata.resource_version}
            await self._ctx.client.patch(
                Node, node.metadata.name, {"metadata": version, "spec": {"taints": found}}, patch_type="merge"
            )
        return wait or None

    async def _pods_not_ready(self, node: Node) -> None:
        ready = [pod for pod in self._pods.by_index(pods.NODE, node.metadata.name) if pods.is_ready(pod)]
        await all_or_raise(self._pod_not_ready(pod) for pod in ready)

    async def _pod_not_ready(self, pod: Pod) -> None:
        held = pods.ready_condition(pod)
        condition = PodCondition(
            type="Ready",
            status="False",
            last_probe_time=held.last_probe_time if held is not None else None,
            last_transition_time=format_time(self._ctx.clock.now()),
        )
        meta = pod.metadata
        patch = {"metadata": {"uid": meta.uid}, "status": {"conditions": [condition]}}
        self._ctx.recorder.event(pod, "Warning", "NodeNotReady", "Node is not ready")
        try:
            await self._ctx.client.patch(Pod, meta.name, patch, meta.namespace, "strategic", "status")
        except NotFound:
            return


def _facts(node: Node) -> tuple[object, ...]:
    """What of a node this controller acts on; heartbeats are no news."""
    conditions = [(c.type, c.status) for c in node.status.conditions]
    return conditions, node.spec.taints, node.spec.unschedulable, node.metadata.labels


def _unknown(node: Node, now: str) -> Node | None:
    """The node with its conditions unknown; None when they are already."""
    changed = deep_copy(node)
    for type_ in _CONDITIONS:
        condition = get_condition(changed.status.conditions, type_)
        if condition is None:
            made = NodeCondition(
                type=type_,
                status="Unknown",
                reason="NodeStatusNeverUpdated",
                message="Kubelet never posted node status.",
                last_heartbeat_time=node.metadata.creation_timestamp,
                last_transition_time=now,
            )
            changed.status.conditions.append(made)
        elif condition.status != "Unknown":
            condition.status, condition.reason = "Unknown", "NodeStatusUnknown"
            condition.message = "Kubelet stopped posting node status."
            condition.last_transition_time = now
    return changed if changed.status.conditions != node.status.conditions else None


def make(options: Options) -> NodeLifecycleController:
    """The controller, for the catalog."""
    return NodeLifecycleController(options)
