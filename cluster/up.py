"""Bring a cluster up: what is missing is made, what runs is left alone."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import yaml

from cluster import addons, contexts, control, credentials, foreign, images, ingress, lan, machine, shell, status
from cluster import processes as plan
from cluster.layout import LOG_ROOT, RUN_ROOT, Layout, Node, nodes
from cluster.options import MACHINE, ClusterError, Options
from cluster.progress import Progress
from cluster.supervise import end_orphans
from cluster.waiting import api_ready, applied
from minik8s.api import core_v1
from minik8s.client import config
from minik8s.client.api import ApiClient
from minik8s.client.errors import ApiError, ConnectionFailed, NotFound
from minik8s.daemon import shared_mount

START_SECONDS = 90.0
"""How long a start may take before it is called failed."""


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """What a person should know after `up`."""

    options: Options
    nodes: list[Node]
    already: bool
    kubeconfig: Path
    demo_images: bool
    notes: list[str]


async def up(layout: Layout, wanted: Options, progress: Progress) -> Result:
    """Bring the cluster up and wait until every node is Ready and a Pod could run. Raises ClusterError."""
    wanted.check()
    machine.check_root()
    with machine.alone(layout):
        return await _up(layout, wanted, progress)


async def _up(layout: Layout, wanted: Options, progress: Progress) -> Result:
    held = Options.load(layout.options)
    if held is not None and control.is_running(layout):
        return await _already(layout, held, wanted, progress)
    _check_alone(layout)
    # A supervisor that was killed may have left daemons: they hold the ports.
    await asyncio.to_thread(end_orphans, layout.run / "children.json")
    with progress.step("checked the machine"):
        await asyncio.to_thread(_check_machine, wanted, layout)
    wanted.save(layout.options)
    all_nodes = nodes(layout, wanted)
    changes = machine.Changes(layout)
    with progress.step("keys, certificates and kubeconfig files"):
        await asyncio.to_thread(credentials.ensure, layout, wanted, all_nodes)
    own_docker = await asyncio.to_thread(_ensure_docker, changes)
    with progress.step(f"network between {len(all_nodes)} nodes" if len(all_nodes) > 1 else "network"):
        await asyncio.to_thread(lan.build, layout, wanted, all_nodes, changes)
    _write_configs(layout, wanted, all_nodes)
    notes = await asyncio.to_thread(ingress.notes, wanted, plan.ingress_folder(layout))
    control.start(layout, plan.specs(layout, wanted, all_nodes, own_docker))
    demo = await _finish(layout, wanted, all_nodes, progress)
    return Result(wanted, all_nodes, False, contexts.merge(layout), demo, notes)


async def _already(layout: Layout, held: Options, wanted: Options, progress: Progress) -> Result:
    """The cluster runs: more nodes can join it, anything else that differs needs a new start."""
    for field in dataclasses.fields(Options):
        before, now = getattr(held, field.name), getattr(wanted, field.name)
        if before != now and field.name not in ("nodes", "verbosity"):
            flag = "--" + field.name.replace("_", "-")
            raise ClusterError(
                f"cluster {layout.name} runs with {flag} {before}, not {now}: take it down first (minik8s down)"
            )
    if wanted.nodes < held.nodes:
        raise ClusterError(
            f"cluster {layout.name} runs with {held.nodes} nodes; to have fewer, take it down first (minik8s down)"
        )
    all_nodes = nodes(layout, wanted)
    demo = images.BUILDER.exists()
    if wanted.nodes > held.nodes:
        added = all_nodes[held.nodes :]
        wanted.save(layout.options)
        await asyncio.to_thread(credentials.ensure, layout, wanted, all_nodes)
        with progress.step(f"{len(added)} more nodes"):
            await asyncio.to_thread(lan.build, layout, wanted, all_nodes, machine.Changes(layout))
            _write_configs(layout, wanted, added)
            specs = [foreign.containerd(layout)]
            for node in added:
                specs.append(foreign.node_dockerd(layout, node))
                specs += plan.node_specs(layout, wanted, node)
            control.ask(layout, op="add", specs=[spec.to_json() for spec in specs])
        demo = await _finish(layout, wanted, all_nodes, progress)
        return Result(wanted, all_nodes, False, contexts.merge(layout), demo, [])
    return Result(wanted, all_nodes, True, contexts.merge(layout), demo, [])


def _check_machine(options: Options, layout: Layout) -> None:
    machine.check_programs(options)
    machine.check_ports(options)
    if not lan.exists(layout):
        machine.check_addresses(options)


def _check_alone(layout: Layout) -> None:
    """Another cluster of this machine would want the same ports and rules."""
    for folder in RUN_ROOT.iterdir() if RUN_ROOT.exists() else []:
        if folder.name != layout.name and control.is_running(Layout(folder.name)):
            if folder.name == MACHINE:
                raise ClusterError("this machine is part of a cluster, by init or join; take it out: minik8s reset")
            raise ClusterError(
                f"cluster {folder.name} runs on this machine; one at a time can: minik8s down --name {folder.name}"
            )


def _ensure_docker(changes: machine.Changes) -> bool:
    """Whether the machine's Docker engine is ours to run: it is not when one runs, or systemd can start it."""
    if machine.docker_is_running():
        return False
    if machine.has_systemd() and shell.works("systemctl", "cat", "docker.service"):
        changes.docker_started = "systemd"
        changes.save()
        shell.run("systemctl", "start", "docker.service")
        return False
    return True


def _write_configs(layout: Layout, options: Options, some_nodes: list[Node]) -> None:
    layout.store.mkdir(parents=True, exist_ok=True)
    layout.logs.mkdir(parents=True, exist_ok=True)
    layout.run.mkdir(parents=True, exist_ok=True)
    (layout.run / "containerd.toml").write_text(foreign.containerd_config(layout))
    # What drivers of storage in Pods mount is to be seen by all Pods of their node.
    all_state = layout.state / "nodes"
    all_state.mkdir(exist_ok=True)
    try:
        shared_mount.ensure(all_state)
    except OSError:
        # The kubelets try it for themselves, and say what fails.
        pass
    for node in some_nodes:
        for folder in (node.run, node.cni_conf, node.cni_data, node.kubelet_root, node.state / "manifests"):
            folder.mkdir(parents=True, exist_ok=True)
        document = plan.kubelet_config(layout, options, node)
        (node.run / "kubelet.yaml").write_text(yaml.safe_dump(document, sort_keys=False))


async def _finish(layout: Layout, options: Options, all_nodes: list[Node], progress: Progress) -> bool:
    deadline = time.monotonic() + START_SECONDS
    client = ApiClient(config.load(str(layout.kubeconfig("super-admin")), user_agent="minik8s-up"))
    async with client, asyncio.TaskGroup() as group:
        demo = group.create_task(images.ensure_demo(all_nodes))
        try:
            with progress.step("API server"):
                await _wait(layout, lambda: api_ready(client), "the API server does not become ready", deadline)
            with progress.step("rights and cluster services"):
                ca = (layout.pki / "ca.crt").read_text()
                wanted = addons.documents(layout, options, all_nodes, ca)
                await _wait(
                    layout, lambda: applied(client, wanted), "the cluster's own objects cannot be created", deadline
                )
            with progress.step(f"nodes ready: {', '.join(node.name for node in all_nodes)}"):
                names = {node.name for node in all_nodes}
                await _wait(layout, lambda: _nodes_ready(client, names), "not every node becomes Ready", deadline)
            with progress.step("a Pod could run"):
                await _wait(
                    layout, lambda: _pods_can_run(client, layout), "the cluster does not become usable", deadline
                )
        except BaseException:
            demo.cancel()
            raise
        if not demo.done():
            with progress.step("demo images"):
                await demo
    return demo.result()


async def _wait(layout: Layout, ready: Callable[[], Awaitable[str]], failure: str, deadline: float) -> None:
    """Until `ready` returns "". Raises ClusterError with what the processes say."""
    while reason := await ready():
        if time.monotonic() > deadline:
            found = await status.processes(layout)
            raise ClusterError(
                f"{failure}: {reason}\n{status.troubles(found)}\nThe processes go on trying; minik8s status shows them"
            )
        await asyncio.sleep(0.05)


async def _nodes_ready(client: ApiClient, names: set[str]) -> str:
    try:
        found = await client.list(core_v1.Node, resource_version="0")
    except (ApiError, ConnectionFailed) as error:
        return str(error)
    ready = {
        node.metadata.name
        for node in found.items
        if any(c.type == "Ready" and c.status == "True" for c in node.status.conditions)
    }
    missing = sorted(names - ready)
    return f"not Ready: {', '.join(missing)}" if missing else ""


async def _pods_can_run(client: ApiClient, layout: Layout) -> str:
    try:
        await client.get(core_v1.ServiceAccount, "default", "default")
    except NotFound:
        return "the service account default is not there yet"
    except (ApiError, ConnectionFailed) as error:
        return str(error)
    found = await status.processes(layout)
    # Ingresses may wait for a port somebody else has: Pods do not.
    bad = [p.name for p in found if not p.well and p.name != ingress.PROCESS]
    return f"not well: {', '.join(bad)}" if bad else ""


def forget(layout: Layout, keep_data: bool) -> None:
    """Remove the cluster's files; `keep_data` leaves the store, the keys and the nodes' images."""
    shutil.rmtree(layout.run, ignore_errors=True)
    shutil.rmtree(layout.logs, ignore_errors=True)
    if not keep_data:
        shutil.rmtree(layout.state, ignore_errors=True)
    for folder in (RUN_ROOT, LOG_ROOT, layout.state.parent):
        try:
            folder.rmdir()
        except OSError:
            continue
