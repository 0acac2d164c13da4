"""Hollow nodes: real kubelets on a runtime that runs nothing, hundreds in one process (`minik8s-hollow`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
import structlog

from minik8s.daemon import flags

if TYPE_CHECKING:
    from minik8s.api.core_v1 import Node
    from minik8s.client.api import ApiClient

log = structlog.get_logger("hollow")

STAGGER_SECONDS = 0.02
"""Pause between two nodes' starts, so that they do not all register at once."""


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@flags.client_flags
@click.option("--nodes", type=int, default=1, show_default=True, help="how many nodes")
@click.option("--name-prefix", default="hollow", show_default=True, help="nodes are PREFIX-0, PREFIX-1 …")
@click.option("--cpu", default="4", show_default=True, help="CPUs of each node")
@click.option("--memory", default="16Gi", show_default=True, help="memory of each node")
@click.option("--max-pods", type=int, default=110, show_default=True, help="Pods a node takes")
@flags.mapping("--node-labels", help="labels of all these nodes")
@flags.logging_flags
def main(
    kubeconfig: str,
    master: str,
    nodes: int,
    name_prefix: str,
    cpu: str,
    memory: str,
    max_pods: int,
    node_labels: dict[str, str],
) -> None:
    """Pretend to be many nodes: Pods bound to them are reported as running, and nothing is run."""
    from minik8s.daemon.run import run
    from minik8s.machinery import quantity

    for flag, value in (("--cpu", cpu), ("--memory", memory)):
        try:
            quantity.parse(value)
        except quantity.QuantityError as error:
            raise click.BadParameter(f"{value!r}: {error}", param_hint=flag) from None
    capacity = {
        "cpu": cpu,
        "memory": memory,
        "ephemeral-storage": "100Gi",
        "hugepages-1Gi": "0",
        "hugepages-2Mi": "0",
        "pods": str(max_pods),
    }
    run(lambda: _serve(kubeconfig, master, nodes, name_prefix, capacity, node_labels))


async def _serve(
    kubeconfig: str, master: str, nodes: int, prefix: str, capacity: dict[str, str], labels: dict[str, str]
) -> None:
    from minik8s.client import config
    from minik8s.client.api import ApiClient
    from minik8s.daemon.run import ready

    async with ApiClient(config.load(kubeconfig, master=master, user_agent="minik8s-hollow")) as client:
        ready()
        shared = SharedNodes(client)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(shared.run())
            for index in range(nodes):
                tasks.create_task(hollow_node(client, f"{prefix}-{index}", index, capacity, labels, shared))
                await client.clock.sleep(STAGGER_SECONDS)


class SharedNodes:
    """One watch of all Nodes for all hollow ones of a process: each hears of its own."""

    def __init__(self, client: ApiClient) -> None:
        from minik8s.api.core_v1 import Node
        from minik8s.client.informer import Informers

        self._informers = Informers(client)
        self.nodes = self._informers.of(Node)
        self.nodes.on_change(self._changed)
        self._hearers: dict[str, Callable[[Node | None], None]] = {}

    def tell(self, name: str, hearer: Callable[[Node | None], None]) -> None:
        """Have `hearer` told of each change of a Node."""
        self._hearers[name] = hearer

    def _changed(self, old: Node | None, new: Node | None) -> None:
        found = new or old
        hearer = self._hearers.get(found.metadata.name) if found is not None else None
        if hearer is not None:
            hearer(new)

    async def run(self) -> None:
        """Watch until cancelled."""
        await self._informers.start()
        try:
            await asyncio.Event().wait()
        finally:
            await self._informers.stop()


async def hollow_node(
    client: ApiClient,
    name: str,
    index: int,
    capacity: dict[str, str],
    labels: dict[str, str] | None = None,
    shared: SharedNodes | None = None,
) -> None:
    """Be one hollow node until cancelled."""
    from kubelet.core import Kubelet
    from kubelet.options import KubeletConfiguration, Settings
    from kubelet.runtime.fake import FakeRuntime

    nowhere = Path("/nonexistent")
    settings = Settings(
        node_name=name,
        # Addresses of their own, which lead nowhere: 240/4 is reserved.
        node_ips=(f"240.0.{index // 250}.{index % 250 + 1}",),
        root_dir=nowhere,
        cni_conf_dir=nowhere,
        cni_bin_dirs=(),
        node_labels={"minik8s.io/hollow": "true"} | (labels or {}),
        hostname=name,
    )
    held = KubeletConfiguration(max_pods=int(capacity["pods"]), eviction_hard={}, enable_server=False)
    runtime = FakeRuntime(client.clock, subnet=f"100.{64 + index % 64}", record=False, runs_nothing=True)
    nodes = shared.nodes if shared is not None else None
    kubelet = Kubelet(client, runtime, settings, held, capacity=capacity, hollow=True, nodes=nodes)
    if shared is not None:
        shared.tell(name, kubelet.agent.saw)
    await kubelet.run()


if __name__ == "__main__":
    main()
