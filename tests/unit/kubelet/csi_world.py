"""The CSI part of a kubelet with a cluster in memory, a fake clock, and a driver behind a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec

from kubelet.csi.layout import Layout
from kubelet.csi.volumes import CSIVolumes
from kubelet.csi.wanted import Wanted, attachment_name, of_claim, of_inline
from kubelet.options import Settings
from kubelet.tokens import Tokens
from kubelet.volumes.types import Mounted, VolumeFailed, VolumeWaits
from minik8s.api.core_v1 import AttachedVolume, Node, PersistentVolume, PersistentVolumeClaim, Pod
from minik8s.api.storage_v1 import CSIDriver, CSINode, VolumeAttachment
from minik8s.testing.fake_clock import FakeClock
from minik8s.testing.fake_cluster import FakeCluster
from tests.support.csi_driver import Driver, Registrar
from tests.unit.kubelet.world import pod_of

NAME = "driver.test"
PATIENCE_SECONDS = 30.0


class CSIWorld:
    """Everything of one test."""

    def __init__(self, root: Path, sockets: Path) -> None:
        self.root, self.sockets = root, sockets
        self.clock = FakeClock()
        self.cluster = FakeCluster(self.clock)
        self.cluster.add(msgspec.convert({"metadata": {"name": "n1", "uid": "uid-n1"}}, Node))
        self.settings = Settings("n1", ("10.0.0.1",), root, root / "cni", (), hostname="n1")
        self.driver = Driver(sockets / "csi.sock")
        self.registrar = Registrar(root / "plugins_registry" / "reg.sock", str(self.driver.socket))
        self.woken: list[str] = []
        self.events: list[tuple[str, str, str]] = []
        self.reports = 0
        self._task: asyncio.Task[None] | None = None
        self.csi = self._made()

    def _made(self) -> CSIVolumes:
        def report() -> None:
            # As the node agent does, at once.
            self.reports += 1
            self.cluster.modify(Node, "n1", lambda node: setattr(node.status, "volumes_in_use", self.csi.in_use()))

        def tell(about: object, kind: str, reason: str, message: str) -> None:
            self.events.append((kind, reason, message))

        return CSIVolumes(
            self.cluster, self.settings, Tokens(self.cluster), lambda: self.cluster.object(Node, "n1"),
            self.woken.append, report, tell,
        )  # fmt: skip

    async def start(self) -> None:
        """Begin, as a kubelet that was just started."""
        self.csi = self._made()
        await self.csi.find()
        registered = asyncio.Event()
        registered.set()
        self._task = asyncio.create_task(self.csi.run(registered))

    async def stop(self) -> None:
        """End without a word, as a kubelet that is killed."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def register(self) -> None:
        """Have the driver there and registered."""
        await self.driver.start()
        await self.registrar.start()
        await self.until(lambda: (True, "") in self.registrar.told)

    async def until(self, check: Callable[[], Any]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not check():
            assert time.monotonic() < deadline, "it does not come to that"
            await asyncio.sleep(0.002)

    def drivers(self) -> list[str]:
        """The drivers the CSINode tells of."""
        found = self.cluster.object(CSINode, "n1")
        return [one.name for one in found.spec.drivers] if found is not None else []

    def about(self, **spec: Any) -> None:
        """Make the CSIDriver object, by default of a driver that attaches nothing."""
        spec = {"attachRequired": False, "fsGroupPolicy": "ReadWriteOnceWithFSType", "requiresRepublish": False} | spec
        spec.setdefault("volumeLifecycleModes", ["Persistent"])
        self.cluster.add(msgspec.convert({"metadata": {"name": NAME}, "spec": spec}, CSIDriver))

    def wanted(self, pod: Pod | None = None, read_only: bool = False, csi: Any = None, **spec: Any) -> Wanted:
        """The volume `pv` behind the claim `c` of a Pod."""
        source = {"driver": NAME, "volumeHandle": "h1", "volumeAttributes": {"a": "1"}} | (csi or {})
        spec = {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "csi": source} | spec
        volume = msgspec.convert({"metadata": {"name": "pv"}, "spec": spec}, PersistentVolume)
        claim = self.cluster.object(PersistentVolumeClaim, "c")
        if claim is None:
            document = {
                "metadata": {"name": "c", "namespace": "default"},
                "spec": {"volumeName": "pv"},
                "status": {"phase": "Bound", "capacity": {"storage": "1Gi"}},
            }
            self.cluster.add(msgspec.convert(document, PersistentVolumeClaim))
            claim = self.cluster.object(PersistentVolumeClaim, "c")
        assert claim is not None
        found = of_claim(pod or pod_of(), "data", read_only, volume, claim)
        assert found is not None
        return found

    def inline(self, pod: Pod | None = None, **source: Any) -> Wanted:
        """An inline volume of a Pod."""
        document = {"name": "data", "csi": {"driver": NAME, **source}}
        made = pod or pod_of(volumes=[document])
        held = made.spec.volumes[0].csi
        assert held is not None
        return of_inline(made, "data", held)

    def attach(self, wanted: Wanted, **status: Any) -> None:
        """Do what the attach-detach controller and the driver's attacher do."""
        name = attachment_name(wanted.driver, wanted.handle, "n1")
        document = {"metadata": {"name": name}, "status": {"attached": True, **status}}
        self.cluster.add(msgspec.convert(document, VolumeAttachment))
        attached = [AttachedVolume(name=wanted.unique)]
        self.cluster.modify(Node, "n1", lambda node: setattr(node.status, "volumes_attached", attached))

    async def mounted(self, wanted: Wanted) -> Mounted:
        """Ask for a volume until it is there. Raises VolumeFailed."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                return await self.csi.mount(wanted)
            except VolumeWaits:
                await asyncio.sleep(0.002)
        raise AssertionError("it is not mounted")

    async def fails(self, wanted: Wanted) -> str:
        """Ask for a volume until that fails; what is said then."""
        try:
            found = await self.mounted(wanted)
        except VolumeFailed as error:
            return str(error)
        raise AssertionError(f"it is mounted at {found.path}")


@contextlib.asynccontextmanager
async def csi_world(root: Path) -> AsyncIterator[CSIWorld]:
    # A socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="csi") as sockets:
        world = CSIWorld(Path(sockets) / "k", Path(sockets))
        await world.start()
        try:
            yield world
        finally:
            await world.stop()
            await world.registrar.stop()
            await world.driver.stop()


def layout(csi: CSIWorld) -> Layout:
    """Where the kubelet keeps its volumes."""
    return Layout(csi.root)
