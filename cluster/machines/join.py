"""`join`: make this machine a node of a cluster that is there."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from typing import Any
from urllib.parse import urlsplit

import yaml

from cluster import traces
from cluster.machines import daemons, preflight, supervision
from cluster.machines.discovery import Found, check_discovery, discover
from cluster.machines.files import validate
from cluster.machines.init import SOCKET_ANNOTATION, node_ready, until
from cluster.machines.keys import document
from cluster.machines.kinds import ClusterConfiguration, JoinConfiguration
from cluster.machines.machine_files import prepare
from cluster.machines.master import Master, Shared
from cluster.machines.objects import OWN
from cluster.machines.places import Places
from cluster.machines.record import WORKER, Record
from cluster.machines.reset import undo
from cluster.machines.settings import cgroup_root, cni_folder, complete, way_out
from cluster.options import ClusterError
from cluster.progress import Progress
from cluster.specs import Spec
from minik8s import pki
from minik8s.api.core_v1 import ConfigMap, Node
from minik8s.client import config, kubeconfig
from minik8s.client.api import ApiClient
from minik8s.client.config import ClientConfig
from minik8s.client.errors import ApiError, ConnectionFailed, Forbidden, NotFound, Unauthorized


async def join(wanted: JoinConfiguration, places: Places, progress: Progress, ignored: list[str]) -> Record:
    """Join; returns what this machine is now. What a failed attempt has begun is undone. Raises ClusterError."""
    check_discovery(wanted.discovery)
    register = wanted.node_registration
    complete(register)
    preflight.check_fresh(places)
    found = preflight.Findings([*ignored, *register.ignore_preflight_errors])
    further = wanted.control_plane
    api_port = further.local_api_endpoint.bind_port if further is not None else 0
    preflight.check_join(places, register.cri_socket, found, api_port)
    found.finish(progress.say)
    with progress.step("found the cluster, and it is the right one"):
        there = await discover(wanted.discovery, wanted.timeouts.seconds("discovery"), progress.say)
    with progress.step("read the cluster's configuration"):
        shared = await _shared(there, register.name)
    places = dataclasses.replace(places, certificates=shared.cluster.certificates_dir)
    master = None
    if further is not None:
        async with ApiClient(_client_config(there)) as client:
            master = await Master.prepare(wanted, further, shared, places, client)
    record = master.record(places) if master is not None else _worker(wanted, shared, places)
    record.save(places)
    try:
        await _start(wanted, places, record, there, shared, master, progress)
    except BaseException as error:
        troubles = await asyncio.to_thread(supervision.troubles, places, record)
        await undo(places, record, progress.say)
        if not isinstance(error, Exception):
            raise
        raise ClusterError(f"{error}\n{troubles}".rstrip()) from None
    return record


def _worker(wanted: JoinConfiguration, shared: Shared, places: Places) -> Record:
    register = wanted.node_registration
    return Record(
        role=WORKER,
        node=register.name,
        docker=register.cri_socket,
        cgroup_root=cgroup_root(places, register.name, register.kubelet_extra_args),
        certificates=shared.cluster.certificates_dir,
        cni_folder=cni_folder(),
        systemd=supervision.by_systemd(places),
        tables=traces.tables(),
    )


def _client_config(there: Found) -> ClientConfig:
    context = document(there.server, there.ca, there.user, "joining", "kubernetes")
    return dataclasses.replace(kubeconfig.to_client_config(context, user_agent="minik8s-join"), timeout=20)


async def _shared(there: Found, name: str) -> Shared:
    try:
        async with ApiClient(_client_config(there)) as client:
            maps = [await _map(client, name) for name in ("kubeadm-config", "kubelet-config", "kube-proxy", OWN)]
            held = await _node(client, name)
    except Unauthorized:
        raise ClusterError(
            "the control plane does not accept the bootstrap token: it has expired, was deleted, or is not for "
            'authentication. Use "minik8s token create --print-join-command" on the control-plane node'
        ) from None
    except (ApiError, ConnectionFailed) as error:
        raise ClusterError(f"unable to fetch the kubeadm-config ConfigMap: {error}") from None
    if held is not None and any(c.type == "Ready" and c.status == "True" for c in held.status.conditions):
        raise ClusterError(
            f'a Node with name "{name}" and status "Ready" already exists in the cluster. You must delete the '
            "existing Node or change the name of this new joining Node (--node-name)"
        )
    return _understood(*maps)


async def _map(client: ApiClient, name: str) -> dict[str, str]:
    try:
        return (await client.get(ConfigMap, name, "kube-system")).data
    except (NotFound, Forbidden):
        # The proxy may be disabled; of the others the reader says what is missing.
        return {}


async def _node(client: ApiClient, name: str) -> Node | None:
    try:
        return await client.get(Node, name)
    except NotFound:
        return None


def _understood(cluster: dict[str, str], kubelet: dict[str, str], proxy: dict[str, str], own: dict[str, str]) -> Shared:
    if "ClusterConfiguration" not in cluster or "kubelet" not in kubelet:
        raise ClusterError(
            "unable to fetch the kubeadm-config ConfigMap: the cluster was not made with init, or the token's groups "
            "may not read kube-system/kubeadm-config and kube-system/kubelet-config"
        )
    body = _yaml(cluster["ClusterConfiguration"], "kubeadm-config")
    body.pop("apiVersion", None), body.pop("kind", None)
    held = validate(ClusterConfiguration, body, "kube-system/kubeadm-config", "ClusterConfiguration")
    return Shared(
        held,
        _yaml(kubelet["kubelet"], "kubelet-config"),
        _yaml(proxy["config.conf"], "kube-proxy") if "config.conf" in proxy else {},
        own.get("backend", "host-gw"),
        own.get("store") == "sqlite",
    )


def _yaml(text: str, where: str) -> dict[str, Any]:
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ClusterError(f"kube-system/{where} is not YAML: {error}") from None
    if not isinstance(found, dict):
        raise ClusterError(f"kube-system/{where}: a mapping is expected")
    return found


async def _start(
    wanted: JoinConfiguration,
    places: Places,
    record: Record,
    there: Found,
    shared: Shared,
    master: Master | None,
    progress: Progress,
) -> None:
    register = wanted.node_registration
    record.make(places.kubernetes)
    record.make(places.pki)
    record.save(places)
    pki.write(places.pki / "ca.crt", there.ca, 0o644)
    bootstrap = document(there.server, there.ca, there.user, "tls-bootstrap-token-user", shared.cluster.cluster_name)
    kubeconfig.write_private(places.conf("bootstrap-kubelet"), kubeconfig.encode(bootstrap))
    if master is not None:
        with progress.step("keys and certificates of the control plane; a place among etcd's members"):
            specs = await master.make(places, record)
    else:
        prepare(places, record, shared.kubelet, shared.proxy, register.taints or [])
        specs = _specs(wanted, places, there, shared)
    with progress.step("started the daemons" + (" (systemd)" if record.systemd else "")):
        await asyncio.to_thread(supervision.start, places, record, specs)
    if master is not None:
        with progress.step("API server of this machine"):
            await master.wait(places, wanted.timeouts.seconds("control_plane_component_health_check"))
    deadline = time.monotonic() + wanted.timeouts.seconds("tls_bootstrap")
    with progress.step("certificate of the node signed by the cluster"):
        await until(lambda: _bootstrapped(places), "the kubelet gets no client certificate", deadline)
    places.conf("bootstrap-kubelet").unlink(missing_ok=True)
    async with ApiClient(config.load(str(places.conf("kubelet")), user_agent="minik8s-join")) as client:
        with progress.step(f"node {record.node} registered and ready"):
            await until(lambda: _noted(client, record), f"the node {record.node} does not register", deadline)
            if master is not None:
                await master.mark(places, deadline)
            deadline = time.monotonic() + wanted.timeouts.seconds("kubelet_health_check")
            await until(lambda: node_ready(client, record.node), "the node does not become Ready", deadline)


def _specs(wanted: JoinConfiguration, places: Places, there: Found, shared: Shared) -> list[Spec]:
    register = wanted.node_registration
    chosen = next((a.value for a in register.kubelet_extra_args if a.name == "node-ip"), "")
    return daemons.node(
        places,
        register.name,
        chosen or way_out(urlsplit(there.server).hostname or ""),
        register.cri_socket,
        register.kubelet_extra_args,
        shared.backend,
        shared.cluster.networking.pod_subnet,
        bool(shared.proxy),
    )


async def _bootstrapped(places: Places) -> str:
    return "" if places.conf("kubelet").exists() else f"{places.conf('kubelet')} is not there"


async def _noted(client: ApiClient, record: Record) -> str:
    patch = {"metadata": {"annotations": {SOCKET_ANNOTATION: record.docker}}}
    try:
        await client.patch(Node, record.node, patch)
        return ""
    except (ApiError, ConnectionFailed) as error:
        return str(error)
