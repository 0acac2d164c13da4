"""Keeps a node's Pod network true as Nodes, Pods and NetworkPolicies change."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

import structlog

from minik8s.api.core_v1 import Namespace, Node, Pod
from minik8s.api.networking_v1 import NetworkPolicy
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import NotFound
from minik8s.machinery.times import format_time
from network import cni, links, rules
from network.plan import Plan, plan_of
from network.policy_rules import PolicyWorld, render

log = structlog.get_logger("network")

NETWORK, POLICY = "network", "policy"
RESYNC_SECONDS = 300.0


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """How this node is wired: `backend` is host-gw or vxlan; `bridge` the Pods' bridge; `data_dir` host-local's."""

    node: str
    cluster_cidr: str
    backend: str = "host-gw"
    cni_conf_dir: Path = Path("/etc/cni/net.d")
    data_dir: str = ""
    policies: bool = True


class Agent:
    """A controller with two keys: the network as a whole, and the policies."""

    name = "network-agent"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._applied: Plan | None = None
        self._policy_text = ""
        self.trouble = "this node has no Pod network (spec.podCIDR) yet"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch Nodes for the network; Pods, Namespaces and NetworkPolicies for the policies."""
        self._ctx = ctx
        self._nodes = ctx.watch(Node, keys=lambda node: [NETWORK])
        ctx.enqueue(NETWORK)
        if self._settings.policies:
            self._policies = ctx.watch(NetworkPolicy, keys=lambda policy: [POLICY])
            self._namespaces = ctx.watch(Namespace, keys=lambda namespace: [POLICY])
            self._pods = ctx.informers.of(Pod)
            self._pods.on_change(self._pod_changed)
            ctx.enqueue(POLICY)

    def _pod_changed(self, old: Pod | None, new: Pod | None) -> None:
        if _policy_view(old) != _policy_view(new):
            self._ctx.enqueue(POLICY)

    async def reconcile(self, key: str) -> float | None:
        """Make the kernel and the CNI configuration match."""
        if key == POLICY:
            await self._sync_policies()
            return RESYNC_SECONDS
        return await self._sync_network()

    async def _sync_network(self) -> float | None:
        plan = plan_of(self._settings.node, self._nodes.list())
        if plan is None:
            self.trouble = "this node has no Pod network (spec.podCIDR) yet"
            return None
        troubles = await asyncio.to_thread(self._program, plan)
        self._applied = plan
        self.trouble = ""
        for trouble in troubles:
            log.warning("a node's Pods cannot be reached", node=self._settings.node, error=trouble)
        await self._condition()
        return 15.0 if troubles else RESYNC_SECONDS

    def _program(self, plan: Plan) -> list[str]:
        settings = self._settings
        failed = links.set_sysctls()
        if failed:
            log.warning("kernel parameters cannot be set", parameters=",".join(failed))
        if plan != self._applied:
            rules.apply(settings.cluster_cidr, plan.node_addresses)
        else:
            rules.accept_forwarding(settings.cluster_cidr)
        troubles = links.apply(plan, settings.backend)
        mtu = links.mtu_of(plan.address, settings.backend)
        if cni.write(settings.cni_conf_dir, cni.conflist(plan.pod_cidr, mtu, settings.data_dir)):
            log.info("CNI configuration written", folder=str(settings.cni_conf_dir), pod_cidr=plan.pod_cidr)
        return troubles

    async def _condition(self) -> None:
        node = self._nodes.get(self._settings.node)
        if node is None:
            return
        held = next((c for c in node.status.conditions if c.type == "NetworkUnavailable"), None)
        if held is not None and held.status == "False":
            return
        now = format_time(self._ctx.clock.now())
        condition = {
            "type": "NetworkUnavailable",
            "status": "False",
            "reason": "RouteCreated",
            "message": f"minik8s-network wired the node ({self._settings.backend})",
            "lastHeartbeatTime": now,
            "lastTransitionTime": now,
        }
        patch = {"status": {"conditions": [condition]}}
        try:
            await self._ctx.client.patch(Node, self._settings.node, patch, patch_type="strategic", subresource="status")
        except NotFound:
            log.debug("the node is gone", node=self._settings.node)

    async def _sync_policies(self) -> None:
        policies = self._policies.list()
        world = PolicyWorld(self._pods.list() if policies else [], self._namespaces.list(), self._settings.node)
        text = render(policies, world)
        if text != self._policy_text:
            await asyncio.to_thread(rules.run, "nft", "-f", "-", text=text)
            self._policy_text = text
            log.debug("policies programmed", policies=len(policies))


def _policy_view(pod: Pod | None) -> object:
    if pod is None:
        return None
    return (pod.metadata.labels, pod.status.pod_ip, pod.status.phase, pod.spec.node_name)
