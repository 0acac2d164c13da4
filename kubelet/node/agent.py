"""Keeps the Node object and its Lease: registers, reports what changed, gives a sign of life."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog

from kubelet.node.status import Facts, status_of
from kubelet.options import KubeletConfiguration, Settings
from minik8s.api.coordination_v1 import Lease, LeaseSpec
from minik8s.api.core_v1 import Node, NodeSpec, NodeStatus, Taint
from minik8s.api.object_meta import ObjectMeta, OwnerReference
from minik8s.client.api import ApiClient
from minik8s.client.errors import AlreadyExists, ApiError, Conflict, ConnectionFailed, NotFound
from minik8s.machinery.resource_names import is_extended
from minik8s.machinery.times import format_micro_time

log = structlog.get_logger("node")

LEASE_NAMESPACE = "kube-node-lease"
RETRY_SECONDS = (0.2, 1.0)
Look = Callable[[], Awaitable[Facts]]
Tell = Callable[[str, str], None]
"""Takes an event's reason and message."""


class NodeAgent:
    """One Node object; `look` gives the facts, `allocatable` what Pods may use of the capacity."""

    def __init__(
        self,
        client: ApiClient,
        settings: Settings,
        config: KubeletConfiguration,
        look: Look,
        allocatable: Callable[[dict[str, str]], dict[str, str]],
        labels: dict[str, str],
        tell: Tell,
    ) -> None:
        self._client, self._settings, self._config = client, settings, config
        self._tell, self._told = tell, dict[str, str]()
        self._look, self._allocatable, self._labels = look, allocatable, labels
        self._wake = asyncio.Event()
        self._sent_at = float("-inf")
        self._lease: Lease | None = None
        self.node: Node | None = None
        self.registered = asyncio.Event()

    def saw(self, node: Node | None) -> None:
        """The object as the API has it now."""
        self.node = node
        if self.registered.is_set() and (node is None or _grew(node)):
            self.look_again()

    def look_again(self) -> None:
        """Something about the node may have changed: report it now."""
        self._wake.set()

    async def run(self) -> None:
        """Register, then keep the status true until cancelled."""
        await self._register()
        period = self._config.seconds("node_status_update_frequency")
        while True:
            try:
                await self._report()
                wait = period
            except NotFound:
                await self._register()
                wait = 0.0
            except (ApiError, ConnectionFailed) as error:
                log.debug("node status cannot be written", error=str(error))
                wait = 1.0
            await self._pause(wait)

    async def keep_lease(self) -> None:
        """Renew the Lease four times in its life until cancelled."""
        await self.registered.wait()
        period = self._config.node_lease_duration_seconds / 4
        while True:
            try:
                await self._renew()
                wait = period
            except (ApiError, ConnectionFailed) as error:
                log.debug("lease cannot be renewed", error=str(error))
                self._lease = None
                wait = 1.0
            await self._client.clock.sleep(wait)

    async def _pause(self, seconds: float) -> None:
        timer = asyncio.ensure_future(self._client.clock.sleep(seconds))
        woken = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait((timer, woken), return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
            woken.cancel()
        self._wake.clear()

    async def _register(self) -> None:
        """Make the Node, or take over the one that is there; again and again until it is done."""
        wait, most = RETRY_SECONDS
        while True:
            try:
                await self._register_once()
                log.info("node registered", node=self._settings.node_name)
                self.registered.set()
                return
            except (ApiError, ConnectionFailed) as error:
                log.info("node cannot be registered yet", error=str(error), again_in=round(wait, 1))
            await self._client.clock.sleep(wait)
            wait = min(wait * 2, most)

    async def _register_once(self) -> None:
        name = self._settings.node_name
        facts = await self._look()
        if self._config.register_node:
            taints = [Taint(key=t.key, value=t.value, effect=t.effect) for t in self._config.register_with_taints]
            fresh = Node(
                metadata=ObjectMeta(
                    name=name,
                    labels=dict(self._labels),
                    annotations={
                        "volumes.kubernetes.io/controller-managed-attach-detach": "true",
                        **self._settings.node_annotations,
                    },
                ),
                spec=NodeSpec(taints=taints, provider_id=self._config.provider_id),
                status=status_of(facts, NodeStatus(), self._allocatable(facts.capacity), self._client.clock.now()),
            )
            try:
                self.node = await self._client.create(fresh)
                self._sent_at = self._client.clock.monotonic()
                return
            except AlreadyExists:
                pass
        node = await self._client.get(Node, name)
        labels = {k: v for k, v in self._labels.items() if node.metadata.labels.get(k) != v}
        held = node.metadata.annotations
        annotations = {k: v for k, v in self._settings.node_annotations.items() if held.get(k) != v}
        if labels or annotations:
            patch = {"metadata": {"labels": labels, "annotations": annotations}}
            node = await self._client.patch(Node, name, patch, patch_type="strategic")
        self.node = node
        self._sent_at = float("-inf")

    async def _report(self) -> None:
        node = self.node
        if node is None:
            raise NotFound(f'nodes "{self._settings.node_name}" not found')
        facts = await self._look()
        clock = self._client.clock
        made = status_of(facts, node.status, self._allocatable(facts.capacity), clock.now())
        self._tell_changes(made)
        old, new = _plain(node.status), _plain(made)
        overdue = clock.monotonic() - self._sent_at >= self._config.seconds("node_status_report_frequency")
        if not overdue and _without_heartbeats(old) == _without_heartbeats(new):
            return
        patch: dict[str, Any] = {}
        for field in old.keys() | new.keys():
            if field == "conditions":
                patch[field] = new[field]
            elif field == "addresses" and old.get(field) != new.get(field):
                kinds = [a["type"] for a in new.get(field, [])]
                gone = [{"$patch": "delete", "type": a["type"]} for a in old.get(field, []) if a["type"] not in kinds]
                patch[field] = [*new.get(field, []), *gone]
            elif field in ("capacity", "allocatable"):
                before, after = old.get(field) or {}, new.get(field) or {}
                changes = {k: after.get(k) for k in before.keys() | after.keys() if before.get(k) != after.get(k)}
                if changes:
                    patch[field] = changes
            elif old.get(field) != new.get(field):
                patch[field] = new.get(field)
        self.node = await self._client.patch(
            Node, self._settings.node_name, {"status": patch}, patch_type="strategic", subresource="status"
        )
        self._sent_at = clock.monotonic()

    def _tell_changes(self, status: NodeStatus) -> None:
        """An event for each condition that turned."""
        for condition in status.conditions:
            if self._told.get(condition.type) != condition.status:
                self._told[condition.type] = condition.status
                reason = condition.reason.replace("Kubelet", "Node", 1)
                self._tell(reason, f"Node {self._settings.node_name} status is now: {reason}")

    async def _renew(self) -> None:
        name, clock = self._settings.node_name, self._client.clock
        if self._lease is None:
            try:
                self._lease = await self._client.get(Lease, name, LEASE_NAMESPACE)
            except NotFound:
                self._lease = None
        spec = LeaseSpec(
            holder_identity=name,
            lease_duration_seconds=self._config.node_lease_duration_seconds,
            renew_time=format_micro_time(clock.now()),
        )
        if self._lease is None:
            meta = ObjectMeta(name=name, namespace=LEASE_NAMESPACE)
            if self.node is not None:
                owner = OwnerReference(api_version="v1", kind="Node", name=name, uid=self.node.metadata.uid)
                meta.owner_references = [owner]
            self._lease = await self._client.create(Lease(metadata=meta, spec=spec))
            return
        self._lease.spec.holder_identity = name
        self._lease.spec.lease_duration_seconds = spec.lease_duration_seconds
        self._lease.spec.renew_time = spec.renew_time
        try:
            self._lease = await self._client.update(self._lease)
        except Conflict:
            self._lease = None
            raise


def _plain(status: NodeStatus) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(status)
    return found


_OURS = ("MemoryPressure", "DiskPressure", "PIDPressure", "Ready")


def _without_heartbeats(status: dict[str, Any]) -> dict[str, Any]:
    conditions = [
        {k: v for k, v in c.items() if k != "lastHeartbeatTime"}
        for c in status.get("conditions") or ()
        if c["type"] in _OURS
    ]
    return status | {"conditions": sorted(conditions, key=lambda c: str(c["type"]))}


def _grew(node: Node) -> bool:
    """Whether somebody gave the node more, or less, of a resource than Pods are told of yet."""
    held, told = node.status.capacity, node.status.allocatable
    return any(is_extended(name) and held.get(name) != told.get(name) for name in held.keys() | told.keys())
