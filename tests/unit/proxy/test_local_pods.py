"""Which Pods are those of this node: by the network of all Pods, or by the Node's own."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click.testing
import msgspec
import pytest

from minik8s.api.core_v1 import Node
from minik8s.client.informer import Informers
from minik8s.daemon.run import Fatal
from minik8s.testing.fake_clock import FakeClock
from minik8s.testing.fake_cluster import FakeCluster
from proxy.__main__ import _until_changed, main
from proxy.backends.nftables import NftablesBackend
from proxy.syncer import Syncer


def node(*cidrs: str) -> Node:
    spec = {"podCIDR": cidrs[0], "podCIDRs": list(cidrs)} if cidrs else {}
    return msgspec.convert({"metadata": {"name": "n1"}, "spec": spec}, Node)


class Silent(NftablesBackend):
    async def apply(self, desired: object, changed: object) -> None:
        return


async def test_the_network_of_the_node_is_waited_for_and_another_one_ends_the_proxy() -> None:
    clock = FakeClock()
    cluster = FakeCluster(clock)
    cluster.add(node())
    informers = Informers(cluster)
    syncer = Syncer(informers, Silent(""), "n1", clock)
    await informers.start()
    await informers.synced()
    waiting = asyncio.create_task(syncer.pod_cidr.known())
    running = None
    try:
        await clock.settle()
        assert not waiting.done()
        cluster.modify(Node, "n1", lambda n: setattr(n.spec, "pod_cidrs", ["fd00::/64", "10.1.2.0/24"]))
        assert await asyncio.wait_for(waiting, 10) == "10.1.2.0/24"
        running = asyncio.create_task(_until_changed(syncer))
        cluster.modify(Node, "n1", lambda n: n.metadata.labels.update({"a": "b"}))
        await clock.settle()
        assert not running.done()
        cluster.modify(Node, "n1", lambda n: setattr(n.spec, "pod_cidrs", ["10.1.3.0/24"]))
        with pytest.raises(Fatal, match="another podCIDR"):
            await asyncio.wait_for(running, 10)
    finally:
        waiting.cancel()
        if running is not None:
            running.cancel()
        await informers.stop()


def test_an_unknown_way_to_tell_is_refused(tmp_path: Path) -> None:
    run = click.testing.CliRunner().invoke(main, ["--detect-local-mode=BridgeInterface"])
    assert run.exit_code == 2 and "must be one of ClusterCIDR, NodeCIDR" in run.output
    config = tmp_path / "proxy.yaml"
    head = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n"
    config.write_text(head + "detectLocalMode: InterfaceNamePrefix\n")
    run = click.testing.CliRunner().invoke(main, [f"--config={config}"])
    assert run.exit_code != 0 and "InterfaceNamePrefix" in run.output
