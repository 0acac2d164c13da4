"""The kubelet of one node: its parts put together, and the tasks that run as long as it does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import structlog

from kubelet import labels
from kubelet.admission import Admission
from kubelet.cni import CNI, CNIError
from kubelet.context import NodeContext
from kubelet.csi.volumes import CSIVolumes
from kubelet.eviction import Eviction
from kubelet.housekeeping import Housekeeping, node_reference
from kubelet.images import ImageManager
from kubelet.inotify import FolderWatch
from kubelet.node import machine
from kubelet.node.agent import NodeAgent
from kubelet.node.signals import Level, measure, thresholds
from kubelet.node.status import Facts, allocatable_of
from kubelet.options import KubeletConfiguration, Settings
from kubelet.pods.backoff import Backoff
from kubelet.pods.declared import is_mirror
from kubelet.pods.downward import Surroundings
from kubelet.references import Reference, References, references_of
from kubelet.runtime.runtime import Runtime
from kubelet.runtime.types import Details, NotFoundInRuntime, RuntimeFailure, RuntimeInfo
from kubelet.static_pods import StaticPods
from kubelet.tokens import Tokens
from kubelet.volumes.image_files import ImageFiles
from kubelet.volumes.manager import VolumeManager
from kubelet.volumes.statistics import VolumeStatistics
from kubelet.volumes.types import Volumes
from kubelet.workers import Workers
from minik8s.api.core_v1 import Node, Pod, Service
from minik8s.client.api import ApiClient
from minik8s.client.events import EventRecorder
from minik8s.client.informer import Informer, Informers

log = structlog.get_logger("kubelet")

RELIST_SECONDS = 300.0
"""Events tell what happens; all containers are listed this often in case one was missed."""
ENGINE_RETRY_SECONDS = 1.0
_TELLING = ("die", "destroy", "oom", "pause", "unpause")
"""The engine's events that change what a container is; the others follow what the kubelet itself did."""


class Kubelet:
    """One node's kubelet. `hollow` ones wire, mount and limit nothing.

    `nodes` is a cache of Nodes that many hollow ones share, whose owner tells each of its own (`saw`).
    """

    def __init__(
        self,
        client: ApiClient,
        runtime: Runtime,
        settings: Settings,
        config: KubeletConfiguration,
        capacity: dict[str, str] | None = None,
        hollow: bool = False,
        informers: Informers | None = None,
        nodes: Informer[Node] | None = None,
    ) -> None:
        self.client, self.runtime, self.settings, self.config = client, runtime, settings, config
        self.hollow = hollow
        self._informers = informers or Informers(client)
        self._pods = self._informers.of(Pod, field_selector=f"spec.nodeName={settings.node_name}")
        self._nodes = nodes if hollow else self._own_node()
        self._services = None if hollow else self._informers.of(Service)
        self._capacity = capacity
        self._thresholds = thresholds(config)
        self._engine_trouble = "container runtime status check may not have completed yet"
        self._engine = RuntimeInfo("docker", "")
        self._pressures: frozenset[str] = frozenset()
        self.recorder = EventRecorder(client, "kubelet", settings.node_name)
        tokens = Tokens(client)
        self.references = References(client, tokens, self._surroundings, self._reference_changed)
        parallel = 1 if config.serialize_image_pulls else config.max_parallel_image_pulls or 0
        self.csi: CSIVolumes | None = None
        if not hollow:
            self.csi = CSIVolumes(
                client, settings, tokens, self._node, self._wake_pod, self._report_node, self.recorder.event,
                config.seconds("sync_frequency"),
            )  # fmt: skip
        self.volume_statistics: VolumeStatistics | None = None
        if self.csi is not None:
            self.volume_statistics = VolumeStatistics(
                self._mounted_volumes, self.csi.space, client.clock, config.seconds("volume_stats_agg_period"),
                self.recorder.event, config.feature_gates.get("CSIVolumeHealth", False),
            )  # fmt: skip
        self.context = NodeContext(
            client=client,
            runtime=runtime,
            clock=client.clock,
            settings=settings,
            config=config,
            recorder=self.recorder,
            sources=self.references,
            tokens=tokens,
            images=ImageManager(runtime, self.references, client.clock, parallel),
            volumes=None if hollow else VolumeManager(settings, self.references, self.csi, client.clock),
            image_files=ImageFiles(settings.root_dir / "image-volumes", runtime),
            cni=None if hollow else CNI(settings.cni_conf_dir, settings.cni_bin_dirs, settings.root_dir / "cni"),
            cgroups=None,
            backoff=Backoff(client.clock),
            services=self._listed_services,
        )
        self.admission = Admission(self.context, self._node)
        self.workers = Workers(self.context, self.admission.judge, self._node)
        self.workers.fits = self._fits
        node_labels = {
            "kubernetes.io/hostname": settings.node_name,
            "kubernetes.io/arch": machine.architecture(),
            "kubernetes.io/os": "linux",
            "beta.kubernetes.io/arch": machine.architecture(),
            "beta.kubernetes.io/os": "linux",
        } | settings.node_labels
        self.agent = NodeAgent(client, settings, config, self._facts, self._allocatable, node_labels, self._tell_node)
        if self._nodes is not None and not hollow:
            self._nodes.on_change(lambda old, new: self._node_changed(new))
        self.static: StaticPods | None = None
        if config.static_pod_path and not hollow:
            path = Path(config.static_pod_path)
            self.static = StaticPods(client, path, self.workers, settings.node_name, self._node)

    async def run(self) -> None:
        """Be this node's kubelet until cancelled; containers go on then."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow())
                tasks.create_task(self.agent.run())
                tasks.create_task(self.agent.keep_lease())
                if self.csi is not None:
                    tasks.create_task(self.csi.run(self.agent.registered))
                if self.volume_statistics is not None:
                    tasks.create_task(self.volume_statistics.run())
        finally:
            await asyncio.shield(self._close())

    async def _close(self) -> None:
        if self.volume_statistics is not None:
            self.volume_statistics.close()
        await self.workers.close()
        await self.references.close()
        await self._informers.stop()
        await self.recorder.close()

    async def _follow(self) -> None:
        """Find what runs, then follow the API and the engine."""
        if self.csi is not None:
            await self.csi.find()
        await self._recover()
        self._pods.on_change(self._pod_changed)
        await self._informers.start()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._hear_engine())
            tasks.create_task(self._relist())
            keeper = Housekeeping(self.context, self.workers, self.references, self._all_known, self._engine.image_fs)
            tasks.create_task(keeper.run())
            if self.hollow:
                return
            tasks.create_task(self._watch_network())
            eviction = Eviction(
                self.context, self.workers, keeper, self._thresholds, self._measure, self._under_pressure
            )
            tasks.create_task(eviction.run())
            if self.static is not None:
                tasks.create_task(self.static.run())

    def _all_known(self) -> bool:
        return self._pods.has_synced and (self.static is None or self.static.loaded)

    def _fits(self, pod: Pod, others: list[Pod]) -> str | None:
        return self.admission.fits(pod, others) if self._all_known() else None

    def _measure(self) -> dict[str, Level]:
        return measure(self.settings.root_dir, Path(self._engine.image_fs or "/"))

    def _under_pressure(self, conditions: frozenset[str]) -> None:
        if conditions != self._pressures:
            self._pressures = conditions
            self.agent.look_again()

    # What there is.

    async def _recover(self) -> None:
        """The containers an earlier kubelet left."""
        while True:
            try:
                self._engine = await self.runtime.info()
                self._ready_engine()
                self.workers.found(await self._inspect_all())
                self._engine_trouble = ""
                self.agent.look_again()
                self._tell_node("Starting", "Starting kubelet.")
                for lack in self._engine.lacks:
                    self._tell_node("EngineLimited", lack, "Warning")
                return
            except RuntimeFailure as error:
                log.warning("the engine does not answer", error=str(error))
                self._engine_trouble = f"container runtime is down: {error}"
                self.agent.look_again()
                await self.client.clock.sleep(ENGINE_RETRY_SECONDS)

    def _ready_engine(self) -> None:
        self.context.engine = self._engine.name
        if self.hollow or self.context.cgroups is not None:
            return
        from kubelet.cgroups import Cgroups

        self.context.cgroups = Cgroups(self.config.cgroup_root, self._engine.cgroup_driver)
        self.context.memory_capacity = machine.memory()[0]

    async def _inspect_all(self) -> list[Details]:
        async def one(container_id: str) -> Details | None:
            with contextlib.suppress(NotFoundInRuntime):
                return await self.runtime.inspect(container_id)
            return None

        records = await self.runtime.records()
        found = await asyncio.gather(*(one(r.id) for r in records))
        return [d for d in found if d is not None]

    # What the API says.

    def _pod_changed(self, old: Pod | None, new: Pod | None) -> None:
        if is_mirror(new or old or Pod()):
            if self.static is not None:
                self.static.mirror_changed(old, new)
            return
        if old is not None and (new is None or new.metadata.uid != old.metadata.uid):
            self.workers.remove(old.metadata.uid)
        if new is not None:
            self.workers.take(new)

    def _reference_changed(self, reference: Reference) -> None:
        for worker in self.workers:
            if reference in references_of(worker.state.pod):
                worker.refresh_volumes()

    def _node_changed(self, node: Node | None) -> None:
        self.agent.saw(node)
        if self.csi is not None:
            self.csi.node_changed()

    def _mounted_volumes(self) -> Iterator[tuple[Pod, Volumes]]:
        for worker in self.workers:
            yield worker.state.pod, worker.state.volumes or {}

    def _wake_pod(self, uid: str) -> None:
        if (worker := self.workers.get(uid)) is not None:
            worker.wake()

    def _report_node(self) -> None:
        self.agent.look_again()

    def _listed_services(self) -> list[Service]:
        return self._services.list() if self._services is not None else []

    def _node(self) -> Node | None:
        held = self._nodes.get(self.settings.node_name) if self._nodes is not None else None
        return held or self.agent.node

    def _own_node(self) -> Informer[Node]:
        return self._informers.of(Node, field_selector=f"metadata.name={self.settings.node_name}")

    def _surroundings(self, pod: Pod) -> Surroundings:
        worker = self.workers.get(pod.metadata.uid)
        ips = worker.state.findings.ips if worker is not None else ()
        return Surroundings(ips, self.settings.node_ips, self.context.allocatable)

    # What the engine says.

    async def _hear_engine(self) -> None:
        """Follow the engine's events; while it is away say so, and look at everything when it is back."""
        while True:
            try:
                async for event in self.runtime.events():
                    if event.kind == "connected":
                        await self._engine_back()
                    elif event.kind in _TELLING:
                        self.workers.happened(event.id, event.labels.get(labels.POD_UID, ""))
                trouble = "the engine ended its events"
            except RuntimeFailure as error:
                trouble = str(error)
            if not self._engine_trouble:
                log.warning("the engine went away", error=trouble)
            self._engine_trouble = f"container runtime is down: {trouble}"
            self.agent.look_again()
            await self.client.clock.sleep(ENGINE_RETRY_SECONDS)

    async def _engine_back(self) -> None:
        if self._engine_trouble:
            log.info("the engine is back")
            self._engine = await self.runtime.info()
            self._engine_trouble = ""
            self.agent.look_again()
        await self._look_at_all()

    async def _relist(self) -> None:
        while True:
            await self.client.clock.sleep(RELIST_SECONDS)
            with contextlib.suppress(RuntimeFailure):
                await self._look_at_all()

    async def _look_at_all(self) -> None:
        """Wake each worker for what is not as it thinks."""
        records = {record.id: record for record in await self.runtime.records()}
        for worker in self.workers:
            observed = worker.state.observed
            for details in [*(i.details for i in observed), *observed.sandboxes]:
                record = records.pop(details.id, None)
                if record is None or record.state is not details.state:
                    worker.happened(details.id)
        for record in records.values():
            self.workers.happened(record.id, record.labels.get(labels.POD_UID, ""))

    async def _watch_network(self) -> None:
        """Tell at once when the CNI configuration comes or goes."""
        folder = self.settings.cni_conf_dir
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
        try:
            watch = FolderWatch(folder, self._network_changed)
        except OSError as error:
            log.warning("the CNI configuration cannot be watched", error=str(error))
            return
        try:
            await asyncio.Event().wait()
        finally:
            watch.close()

    def _network_changed(self) -> None:
        self.agent.look_again()
        for worker in self.workers:
            if worker.state.observed.sandbox is None:
                worker.wake()

    # What the node says.

    def _tell_node(self, reason: str, message: str, kind: str = "Normal") -> None:
        # Hundreds of hollow nodes need no diary.
        if not self.hollow:
            self.recorder.event(node_reference(self.settings.node_name), kind, reason, message)

    async def _facts(self) -> Facts:
        images = []
        if not self.hollow and not self._engine_trouble:
            with contextlib.suppress(RuntimeFailure):
                images = await self.runtime.images()
        capacity = await asyncio.to_thread(self._measured_capacity)
        self.context.allocatable = self._allocatable(capacity)
        addresses = [("InternalIP", ip) for ip in self.settings.node_ips]
        addresses.append(("Hostname", self.settings.node_name))
        if self.settings.internal_dns:
            addresses.append(("InternalDNS", self.settings.internal_dns))
        return Facts(
            info=machine.system_info(self._engine.name, self._engine.version),
            capacity=capacity,
            addresses=addresses,
            trouble=await asyncio.to_thread(self._trouble),
            pressures=self._pressures,
            images=images,
            volumes_in_use=self.csi.in_use() if self.csi is not None else [],
            port=self.config.port,
        )

    def _measured_capacity(self) -> dict[str, str]:
        if self._capacity is not None:
            return self._capacity
        total, _ = machine.memory()
        return {
            "cpu": str(machine.cpus()),
            "memory": f"{total // 1024}Ki",
            "ephemeral-storage": f"{machine.disk(self.settings.root_dir)[0] // 1024}Ki",
            "hugepages-1Gi": "0",
            "hugepages-2Mi": "0",
            "pods": str(self.config.max_pods),
        }

    def _allocatable(self, capacity: dict[str, str]) -> dict[str, str]:
        return allocatable_of(capacity, self.config, self._thresholds)

    def _trouble(self) -> str:
        """Why this node is not ready, "" when it is."""
        found = [self._engine_trouble] if self._engine_trouble else []
        if self.context.cni is not None:
            try:
                self.context.cni.check()
            except CNIError as error:
                found.append(
                    "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady "
                    f"message:docker: network plugin is not ready: {error}"
                )
        return "[" + ", ".join(found) + "]" if len(found) > 1 else "".join(found)
