"""Hollow nodes: real kubelets on a runtime that runs nothing, hundreds in one process (`minik8s-hollow`)."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
import structlog

from minik8s.daemon import flags

if TYPE_CHECKING:
    from kubelet.pretended import PretendedServer
    from minik8s.api.core_v1 import Node
    from minik8s.client.api import ApiClient
    from minik8s.daemon.tls import TLSFiles

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
@click.option("--address", default="", help="address to show the nodes' metrics at  [default: not at all]")
@click.option("--port", type=int, default=10251, show_default=True, help="port of that")
@click.option("--tls-cert-file", default="", help="serving certificate  [default: a self-signed one]")
@click.option("--tls-private-key-file", default="", help="its key")
@click.option("--client-ca-file", default="", help="CA of client certificates")
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
    address: str,
    port: int,
    tls_cert_file: str,
    tls_private_key_file: str,
    client_ca_file: str,
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
    files = None
    if address:
        from minik8s.daemon.tls import serving

        files = serving("hollow", tls_cert_file, tls_private_key_file, client_ca_file)
    place = Place(address, port, files)
    run(lambda: _serve(kubeconfig, master, nodes, name_prefix, capacity, node_labels, place))


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where the nodes' metrics are shown; no `files`: nowhere."""

    address: str
    port: int
    files: TLSFiles | None


async def _serve(
    kubeconfig: str,
    master: str,
    nodes: int,
    prefix: str,
    capacity: dict[str, str],
    labels: dict[str, str],
    place: Place,
) -> None:
    from minik8s.client import config
    from minik8s.client.api import ApiClient
    from minik8s.daemon.run import ready

    async with ApiClient(config.load(kubeconfig, master=master, user_agent="minik8s-hollow")) as client:
        shared, pages = SharedNodes(client), None
        async with contextlib.AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
            if place.files is not None:
                from kubelet.pretended import PretendedServer

                pages = PretendedServer(client, place.address, place.port, place.files)
                await stack.enter_async_context(pages.server)
            ready()
            tasks.create_task(shared.run())
            for index in range(nodes):
                name = f"{prefix}-{index}"
                tasks.create_task(hollow_node(client, name, index, capacity, labels, shared, pages, place.address))
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
    pages: PretendedServer | None = None,
    address: str = "",
) -> None:
    """Be one hollow node until cancelled; `pages` show its metrics at `address`."""
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
    if pages is not None:
        from kubelet.pretended import PATH_ANNOTATION, path_of

        found = {PATH_ANNOTATION: path_of(name)}
        settings = dataclasses.replace(settings, node_annotations=found, internal_dns=address)
    held = KubeletConfiguration(max_pods=int(capacity["pods"]), eviction_hard={}, enable_server=False)
    if pages is not None:
        held.port = pages.server.port
    runtime = FakeRuntime(client.clock, subnet=f"100.{64 + index % 64}", record=False, runs_nothing=True)
    nodes = shared.nodes if shared is not None else None
    kubelet = Kubelet(client, runtime, settings, held, capacity=capacity, hollow=True, nodes=nodes)
    if shared is not None:
        shared.tell(name, kubelet.agent.saw)
    if pages is not None:
        pages.add(kubelet.workers)
    await kubelet.run()


if __name__ == "__main__":
    main()
