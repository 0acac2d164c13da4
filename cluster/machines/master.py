"""A further machine of the control plane: the authorities' keys, an etcd member of its own, the same daemons."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from typing import Any

from cluster.machines import keys, members, uploads
from cluster.machines.init import marked, record_of, specs_of, until, write_files
from cluster.machines.kinds import ClusterConfiguration, InitConfiguration, JoinConfiguration, JoinControlPlane
from cluster.machines.places import Places
from cluster.machines.record import Record
from cluster.machines.settings import CONTROL_PLANE_ROLE, Settings, work_out
from cluster.options import ClusterError
from cluster.specs import Spec
from cluster.waiting import api_ready
from minik8s.api.core_v1 import Node
from minik8s.client import config
from minik8s.client.api import ApiClient
from minik8s.client.errors import ApiError, ConnectionFailed

_NOT_SATISFIED = "One or more conditions for hosting a new control plane instance is not satisfied: "


@dataclasses.dataclass(frozen=True, slots=True)
class Shared:
    """What the cluster keeps for all its machines."""

    cluster: ClusterConfiguration
    kubelet: dict[str, Any]
    proxy: dict[str, Any]
    backend: str
    sqlite: bool


@dataclasses.dataclass(slots=True)
class Master:
    """One that is about to be; `files` are the authorities it was given, by path."""

    settings: Settings
    files: dict[str, bytes]

    @classmethod
    async def prepare(
        cls, wanted: JoinConfiguration, further: JoinControlPlane, shared: Shared, places: Places, client: ApiClient
    ) -> Master:
        """Judge whether it can be, and fetch the authorities. Raises ClusterError."""
        if shared.sqlite:
            raise ClusterError(f"{_NOT_SATISFIED}the cluster keeps its objects in SQLite, which one machine alone can")
        if not shared.cluster.control_plane_endpoint:
            raise ClusterError(
                f"{_NOT_SATISFIED}unable to add a new control plane instance to a cluster that doesn't have a stable "
                "controlPlaneEndpoint address (minik8s init --control-plane-endpoint)"
            )
        init = InitConfiguration(node_registration=wanted.node_registration, timeouts=wanted.timeouts)
        init.local_api_endpoint = further.local_api_endpoint
        settings = Settings(init, shared.cluster, shared.kubelet, shared.proxy, backend=shared.backend, joined=True)
        work_out(settings)
        local = keys.has_local_etcd(settings)
        if further.certificate_key:
            try:
                return cls(settings, await uploads.download(client, local, further.certificate_key))
            except (ApiError, ConnectionFailed) as error:
                raise ClusterError(f"error downloading the secret: {error}") from None
        if lacking := uploads.missing(places, local):
            raise ClusterError(
                f"{_NOT_SATISFIED}{', '.join(map(str, lacking))}: copy them from a machine of the control plane, or "
                "give --certificate-key (minik8s certs upload on the control plane prints one)"
            )
        return cls(settings, {})

    def record(self, places: Places) -> Record:
        """What is written down of this machine."""
        return record_of(self.settings, places)

    async def make(self, places: Places, record: Record) -> list[Spec]:
        """Everything before the daemons start, and what those are. Raises ClusterError."""
        uploads.write(places, self.files)
        record.make(places.kubelet / "pki", 0o700)
        await asyncio.to_thread(keys.ensure, self.settings, places)
        if keys.has_local_etcd(self.settings):
            others = await self._others(places)
            record.etcd_addresses = [*others, self.settings.address]
            record.save(places)
            own = members.peer_url(self.settings.address)
            there = await members.Members(places, others).add(own)
            self.settings.etcd_members = members.initial_cluster(there, self.settings.node, own)
        await asyncio.to_thread(write_files, self.settings, places, record)
        return specs_of(self.settings, places)

    async def _others(self, places: Places) -> list[str]:
        """The addresses of the control plane's machines, whose etcd can be asked."""
        async with ApiClient(config.load(str(places.conf("admin")), user_agent="minik8s-join")) as client:
            found = (await client.list(Node, label_selector=CONTROL_PLANE_ROLE)).items
        return [a.address for node in found for a in node.status.addresses if a.type == "InternalIP"]

    async def wait(self, places: Places, seconds: float) -> None:
        """Until this machine's etcd has its vote and its API server answers. Raises ClusterError."""
        deadline = time.monotonic() + seconds
        if keys.has_local_etcd(self.settings):
            own = members.peer_url(self.settings.address)
            etcd = members.Members(places, await self._others(places))
            await until(lambda: etcd.promote(own), "this machine's etcd does not join the others", deadline)
        local = dataclasses.replace(
            config.load(str(places.conf("super-admin")), user_agent="minik8s-join"), server=self.settings.local_server
        )
        async with ApiClient(local) as client:
            await until(lambda: api_ready(client), "the API server does not become ready", deadline)

    async def mark(self, places: Places, deadline: float) -> None:
        """Label and taint the node as one of the control plane. Raises ClusterError."""
        async with ApiClient(config.load(str(places.conf("admin")), user_agent="minik8s-join")) as client:
            await until(lambda: marked(client, self.settings), "the node cannot be marked", deadline)
