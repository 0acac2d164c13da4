"""`init`: make this machine the first of a cluster."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cluster import traces
from cluster.machines import daemons, keys, objects, preflight, supervision, tokens, uploads
from cluster.machines.kinds import BootstrapToken
from cluster.machines.machine_files import prepare
from cluster.machines.members import peer_url
from cluster.machines.places import ETCD_DATA, Places
from cluster.machines.record import CONTROL_PLANE, Record
from cluster.machines.settings import CONTROL_PLANE_ROLE, Settings, cgroup_root, cluster_kubelet, cluster_proxy
from cluster.machines.settings import cni_folder as found_cni_folder
from cluster.options import ClusterError
from cluster.progress import Progress
from cluster.specs import Spec
from cluster.waiting import api_ready, applied
from minik8s.api.core_v1 import Node
from minik8s.client import config
from minik8s.client.api import ApiClient
from minik8s.client.errors import AlreadyExists, ApiError, ConnectionFailed, NotFound
from minik8s.daemon.flags import parse_duration
from minik8s.machinery.times import TimeError, parse_time

SOCKET_ANNOTATION = "kubeadm.alpha.kubernetes.io/cri-socket"
_LABELS = {CONTROL_PLANE_ROLE: "", "node.kubernetes.io/exclude-from-external-load-balancers": ""}


async def init(
    settings: Settings, places: Places, progress: Progress, ignored: list[str], certificate_key: str = ""
) -> tokens.Token:
    """Bring the control plane up; returns the token machines join with. Raises ClusterError.

    With a `certificate_key` the authorities are uploaded, sealed with it, for further machines of the control plane.
    """
    # Judged before anything is changed.
    made = [make_token(t) for t in settings.init.bootstrap_tokens or [BootstrapToken()]]
    preflight.check_fresh(places)
    found = preflight.Findings([*ignored, *settings.init.node_registration.ignore_preflight_errors])
    preflight.check_init(settings, places, found)
    found.finish(progress.say)
    record = record_of(settings, places)
    record.save(places)
    try:
        with progress.step(f"keys and certificates in {places.pki}, kubeconfig files in {places.kubernetes}"):
            record.make(places.kubernetes)
            record.make(places.pki)
            record.make(places.kubelet / "pki", 0o700)
            record.save(places)
            await asyncio.to_thread(keys.ensure, settings, places)
        await asyncio.to_thread(write_files, settings, places, record)
        with progress.step("started the daemons" + (" (systemd)" if record.systemd else "")):
            await asyncio.to_thread(supervision.start, places, record, specs_of(settings, places))
        await _configure(settings, places, progress, made, certificate_key)
    except Exception as error:
        troubles = await asyncio.to_thread(supervision.troubles, places, record)
        said = [str(error), troubles, "To undo what was begun: minik8s reset"]
        raise ClusterError("\n".join(filter(None, said))) from None
    return made[0]


def record_of(settings: Settings, places: Places) -> Record:
    """What is written down of a machine of the control plane."""
    register = settings.init.node_registration
    local = settings.cluster.etcd.local
    data = places.chosen(local.data_dir if local else "", ETCD_DATA)
    return Record(
        role=CONTROL_PLANE,
        node=settings.node,
        docker=register.cri_socket,
        cgroup_root=cgroup_root(places, settings.node, register.kubelet_extra_args),
        certificates=settings.cluster.certificates_dir,
        etcd_data=str(data) if keys.has_local_etcd(settings) else "",
        etcd_peer=peer_url(settings.address),
        etcd_addresses=[settings.address],
        cni_folder=found_cni_folder(),
        systemd=supervision.by_systemd(places),
        tables=traces.tables(),
    )


def write_files(settings: Settings, places: Places, record: Record) -> None:
    """The folders and configurations of a machine of the control plane."""
    if settings.sqlite:
        record.make(places.sqlite.parent, 0o700)
    elif record.etcd_data:
        record.make(Path(record.etcd_data), 0o700)
    proxy = {} if settings.cluster.proxy.disabled else cluster_proxy(settings)
    prepare(places, record, cluster_kubelet(settings), proxy, settings.taints)


def specs_of(settings: Settings, places: Places) -> list[Spec]:
    """All daemons of a machine of the control plane."""
    register = settings.init.node_registration
    own = daemons.node(
        places,
        settings.node,
        settings.address,
        register.cri_socket,
        register.kubelet_extra_args,
        settings.backend,
        settings.cluster.networking.pod_subnet,
        not settings.cluster.proxy.disabled,
    )
    return [*daemons.control_plane(settings, places), *own]


async def _configure(
    settings: Settings, places: Places, progress: Progress, made: list[tokens.Token], certificate_key: str
) -> None:
    timeouts = settings.init.timeouts
    deadline = time.monotonic() + timeouts.seconds("control_plane_component_health_check")
    async with ApiClient(config.load(str(places.conf("super-admin")), user_agent="minik8s-init")) as client:
        with progress.step("API server"):
            await until(lambda: api_ready(client), "the API server does not become ready", deadline)
        ca = (places.pki / "ca.crt").read_bytes()
        with progress.step("configuration, rights and bootstrap token"):
            wanted = objects.documents(settings, ca)
            await until(lambda: applied(client, wanted), "the cluster's own objects cannot be created", deadline)
            for token in made:
                await save_token(client, token)
            if certificate_key:
                await uploads.upload(client, places, keys.has_local_etcd(settings), certificate_key)
        deadline = time.monotonic() + timeouts.seconds("kubelet_health_check")
        with progress.step(f"node {settings.node} registered and ready"):
            await until(lambda: marked(client, settings), f"the node {settings.node} does not register", deadline)
            await until(lambda: node_ready(client, settings.node), "the node does not become Ready", deadline)


async def until(ready: Callable[[], Awaitable[str]], failure: str, deadline: float) -> None:
    """Until `ready` returns "". Raises ClusterError with its last reason."""
    while reason := await ready():
        if time.monotonic() > deadline:
            raise ClusterError(f"{failure}: {reason}")
        await asyncio.sleep(0.1)


async def marked(client: ApiClient, settings: Settings) -> str:
    """Label, taint and annotate this node as one of the control plane; why not yet, or ""."""
    socket = settings.init.node_registration.cri_socket
    try:
        node = await client.get(Node, settings.node)
        held = {(t.key, t.effect) for t in node.spec.taints}
        taints = [t for t in settings.taints if (t.key, t.effect) not in held]
        patch: dict[str, Any] = {"metadata": {"labels": _LABELS, "annotations": {SOCKET_ANNOTATION: socket}}}
        if taints:
            patch["spec"] = {"taints": [t.model_dump(exclude_none=True, exclude_defaults=True) for t in taints]}
        await client.patch(Node, settings.node, patch, patch_type="strategic")
        return ""
    except (ApiError, ConnectionFailed) as error:
        return str(error)


async def node_ready(client: ApiClient, name: str) -> str:
    """Why a node is not Ready, "" when it is."""
    try:
        node = await client.get(Node, name)
    except (ApiError, ConnectionFailed) as error:
        return str(error)
    for condition in node.status.conditions:
        if condition.type == "Ready":
            return "" if condition.status == "True" else condition.message or condition.reason or "not Ready"
    return "it has not reported yet"


def make_token(given: BootstrapToken) -> tokens.Token:
    """A token as a configuration asks for it. Raises ClusterError."""
    now = datetime.now(UTC)
    ttl = tokens.DEFAULT_TTL
    try:
        if given.expires is not None:
            ttl = max(1.0, (parse_time(given.expires) - now).total_seconds())
        elif given.ttl is not None:
            ttl = parse_duration(given.ttl)
        return tokens.make(given.token, now, ttl, given.description, tuple(given.usages), tuple(given.groups))
    except (tokens.TokenError, TimeError) as error:
        raise ClusterError(str(error)) from None


async def save_token(client: ApiClient, token: tokens.Token, new: bool = False) -> None:
    """Keep a token in the cluster; one of the same id is replaced unless it is to be `new`. Raises ApiError."""
    secret = tokens.to_secret(token)
    try:
        await client.create(secret)
    except AlreadyExists:
        if new:
            raise ClusterError(f'a token with id "{token.id}" already exists') from None
        try:
            held = await client.get(type(secret), secret.metadata.name, secret.metadata.namespace)
        except NotFound:
            await client.create(secret)
            return
        held.data = secret.data
        # Whoever labels it meanwhile must not stop this.
        held.metadata.resource_version = ""
        await client.update(held)
