"""What the cluster is told of the drivers of this node: its CSINode, and labels and a note on its Node."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import structlog

from minik8s.api.core_v1 import Node
from minik8s.api.object_meta import ObjectMeta, OwnerReference
from minik8s.api.storage_v1 import CSINode, CSINodeDriver, CSINodeSpec, VolumeNodeResources
from minik8s.client.api import ApiClient
from minik8s.client.errors import ApiError, Conflict, ConnectionFailed, NotFound
from minik8s.machinery.quoting import quote

log = structlog.get_logger("csi")

NODE_IDS = "csi.volume.kubernetes.io/nodeid"
_MIGRATED = "storage.alpha.kubernetes.io/migrated-plugins"
# Volumes of these are the affair of drivers everywhere; old schedulers and controllers read it here.
_MIGRATED_PLUGINS = ",".join(
    f"kubernetes.io/{name}"
    for name in (
        "aws-ebs", "azure-disk", "azure-file", "cinder", "gce-pd", "portworx-volume", "vsphere-volume",
    )
)  # fmt: skip
_TRIES, _PAUSE, _FACTOR = 4, 0.01, 6.0
_MOST = 2**31 - 1


class InfoError(Exception):
    """What a driver says of this node cannot be told to the cluster."""


class NodeObjects:
    """The objects of one node."""

    def __init__(self, client: ApiClient, node_name: str) -> None:
        self._client, self._name = client, node_name
        self._lock = asyncio.Lock()

    async def start(self) -> None:
        """Make the CSINode, once the Node is there; again and again until it is done."""
        wait = 0.2
        while True:
            try:
                async with self._lock:
                    await self._csi_node()
                return
            except (ApiError, ConnectionFailed, InfoError) as error:
                log.info("the CSINode cannot be made yet", error=str(error))
            await self._client.clock.sleep(wait)
            wait = min(wait * 2, 10.0)

    async def install(self, driver: str, node_id: str, most_volumes: int, topology: dict[str, str]) -> None:
        """Tell of a driver. Raises InfoError."""
        if not node_id:
            raise InfoError("error adding CSI driver node info: driverNodeID must not be empty")
        await self._again(lambda: self._mark_node(driver, node_id, topology), "Node object with CSI driver node info")
        await self.update(driver, node_id, most_volumes, topology)

    async def update(self, driver: str, node_id: str, most_volumes: int, topology: dict[str, str]) -> None:
        """Tell of a driver in the CSINode only. Raises InfoError."""
        wanted = CSINodeDriver(name=driver, node_id=node_id, topology_keys=sorted(topology))
        if most_volumes > 0:
            wanted.allocatable = VolumeNodeResources(count=min(most_volumes, _MOST))
        elif most_volumes < 0:
            log.error("a driver tells of an impossible number of volumes", driver=driver, count=most_volumes)
        await self._again(lambda: self._put(driver, wanted), "CSINode object with CSI driver node info")

    async def uninstall(self, driver: str) -> None:
        """Tell that a driver is gone. Raises InfoError."""
        await self._again(lambda: self._put(driver, None), "CSINode object")
        await self._again(lambda: self._mark_node(driver, "", {}), "Node object")

    async def _again(self, act: Callable[[], Awaitable[None]], what: str) -> None:
        pause = _PAUSE
        for left in reversed(range(_TRIES)):
            try:
                async with self._lock:
                    await act()
                return
            except (ApiError, ConnectionFailed, InfoError) as error:
                if not left:
                    raise InfoError(f"error updating {what}: {error}") from None
            await self._client.clock.sleep(pause)
            pause *= _FACTOR

    async def _put(self, driver: str, wanted: CSINodeDriver | None) -> None:
        held = await self._csi_node() if wanted is not None else await self._held()
        if held is None:
            return
        before = next((one for one in held.spec.drivers if one.name == driver), None)
        if before == wanted:
            return
        others = [one for one in held.spec.drivers if one.name != driver]
        held.spec.drivers = others if wanted is None else [*others, wanted]
        await self._client.update(held)

    async def _held(self) -> CSINode | None:
        try:
            return await self._client.get(CSINode, self._name)
        except NotFound:
            return None

    async def _csi_node(self) -> CSINode:
        """The CSINode, made if there is none; one of an earlier Node of this name makes room."""
        node = await self._client.get(Node, self._name)
        held = await self._held()
        if held is not None:
            if any(one.kind == "Node" and one.uid == node.metadata.uid for one in held.metadata.owner_references):
                return held
            await self._client.delete(CSINode, self._name)
        owner = OwnerReference(api_version="v1", kind="Node", name=self._name, uid=node.metadata.uid)
        meta = ObjectMeta(name=self._name, owner_references=[owner], annotations={_MIGRATED: _MIGRATED_PLUGINS})
        return await self._client.create(CSINode(metadata=meta, spec=CSINodeSpec(drivers=[])))

    async def _mark_node(self, driver: str, node_id: str, topology: dict[str, str]) -> None:
        node = await self._client.get(Node, self._name)
        for key, value in topology.items():
            held = node.metadata.labels.get(key, value)
            if held != value:
                raise InfoError(
                    f"detected topology value collision: driver reported {quote(key)}:{quote(value)} but existing "
                    f"label is {quote(key)}:{quote(held)}"
                )
        ids = _ids(node)
        if node_id:
            ids[driver] = node_id
        else:
            ids.pop(driver, None)
        labels = {key: value for key, value in topology.items() if key not in node.metadata.labels}
        told = msgspec.json.encode(dict(sorted(ids.items()))).decode() if ids else None
        if not labels and node.metadata.annotations.get(NODE_IDS) == told:
            return
        meta = {"labels": labels, "annotations": {NODE_IDS: told}, "resourceVersion": node.metadata.resource_version}
        try:
            await self._client.patch(Node, self._name, {"metadata": meta}, patch_type="merge")
        except Conflict:
            # Its status was written meanwhile.
            raise InfoError("the Node was changed meanwhile") from None


def _ids(node: Node) -> dict[str, str]:
    """The drivers' names for this node. Raises InfoError."""
    text = node.metadata.annotations.get(NODE_IDS, "")
    try:
        return msgspec.json.decode(text, type=dict[str, str]) if text else {}
    except msgspec.DecodeError as error:
        message = f"failed to parse node's {quote(NODE_IDS)} annotation value ({quote(text)}) err={error}"
        raise InfoError(message) from None
