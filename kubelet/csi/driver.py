"""One driver on this node: its calls, made over its socket. Imports gRPC."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Mapping, Sequence
from typing import Any

import grpc
import grpc.aio

from kubelet.csi import messages as m
from kubelet.csi.errors import CSIError, rpc_error
from kubelet.volumes.space import Space
from minik8s.daemon import metrics

SECONDS = 120.0
"""How long a call may take."""
STAGE_UNSTAGE, STATS, EXPAND, CONDITION, SINGLE_NODE_MULTI_WRITER, MOUNT_GROUP = 1, 2, 3, 4, 5, 6
"""What a driver says it can do, as numbers of NodeServiceCapability.RPC."""
_OPTIONS: tuple[tuple[str, str | int], ...] = (
    # The path of a socket is no name that a Go server takes.
    ("grpc.default_authority", "localhost"),
    ("grpc.enable_http_proxy", 0),
    ("grpc.max_receive_message_length", -1),
    ("grpc.use_local_subchannel_pool", 1),
)
_MODES = {"ReadWriteOnce": 1, "ReadWriteOncePod": 1, "ReadOnlyMany": 3, "ReadWriteMany": 5}
_FINER_MODES = {**_MODES, "ReadWriteOnce": 7, "ReadWriteOncePod": 6}
_BYTES, _INODES = 1, 2
_CALL_LABELS = ("driver_name", "method_name", "grpc_status_code", "migrated")
_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 25.0, 50.0, 120.0, 300.0, 600.0)


@dataclasses.dataclass(frozen=True, slots=True)
class NodeInfo:
    """What a driver says of this node: its name for it, how many volumes fit (0: not said), where it is."""

    node_id: str
    most_volumes: int
    topology: dict[str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Access:
    """How a volume is to be used: as a device, or with a file system, mount options and a group."""

    mode: str = "ReadWriteOnce"
    block: bool = False
    fs_type: str = ""
    options: Sequence[str] = ()
    group: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Details:
    """What goes with a volume when it is staged or published."""

    publish_context: Mapping[str, str] = dataclasses.field(default_factory=dict)
    volume_context: Mapping[str, str] = dataclasses.field(default_factory=dict)
    secrets: Mapping[str, str] = dataclasses.field(default_factory=dict)


class Driver:
    """A registered driver. Every call raises CSIError."""

    def __init__(self, name: str, endpoint: str, version: tuple[int, ...] = (1, 0, 0)) -> None:
        self.name, self.endpoint, self.version = name, endpoint, version

    async def node_info(self) -> NodeInfo:
        """What this node is to the driver."""
        found = await self._call("NodeGetInfo", m.Empty(), m.NodeGetInfoResponse)
        return NodeInfo(found.node_id, found.max_volumes_per_node, dict(found.accessible_topology.segments))

    async def abilities(self) -> frozenset[int]:
        """What the driver can do."""
        found = await self._call("NodeGetCapabilities", m.Empty(), m.NodeGetCapabilitiesResponse)
        return frozenset(one.rpc.type for one in found.capabilities if one.HasField("rpc"))

    async def stage(self, handle: str, path: str, access: Access, details: Details, abilities: frozenset[int]) -> None:
        """Make a volume ready on this node, for all Pods."""
        request = m.NodeStageVolumeRequest(
            volume_id=handle,
            publish_context=dict(details.publish_context),
            staging_target_path=path,
            volume_capability=_capability(access, abilities),
            secrets=dict(details.secrets),
            volume_context=dict(details.volume_context),
        )
        await self._call("NodeStageVolume", request)

    async def unstage(self, handle: str, path: str) -> None:
        """Undo `stage`."""
        await self._call("NodeUnstageVolume", m.NodeUnstageVolumeRequest(volume_id=handle, staging_target_path=path))

    async def publish(
        self,
        handle: str,
        staged: str,
        path: str,
        read_only: bool,
        access: Access,
        details: Details,
        abilities: frozenset[int],
    ) -> None:
        """Bring a volume to `path`; `staged` is where it is staged, "" if it is not."""
        request = m.NodePublishVolumeRequest(
            volume_id=handle,
            publish_context=dict(details.publish_context),
            staging_target_path=staged,
            target_path=path,
            volume_capability=_capability(access, abilities),
            readonly=read_only,
            secrets=dict(details.secrets),
            volume_context=dict(details.volume_context),
        )
        await self._call("NodePublishVolume", request)

    async def unpublish(self, handle: str, path: str) -> None:
        """Undo `publish`."""
        await self._call("NodeUnpublishVolume", m.NodeUnpublishVolumeRequest(volume_id=handle, target_path=path))

    async def expand(
        self,
        handle: str,
        path: str,
        staged: str,
        size: int,
        access: Access,
        secrets: Mapping[str, str],
        abilities: frozenset[int],
    ) -> int:
        """Let a volume that grew be used whole; returns its size in bytes now."""
        request = m.NodeExpandVolumeRequest(
            volume_id=handle,
            volume_path=path,
            capacity_range={"required_bytes": size},
            staging_target_path=staged,
            volume_capability=_capability(access, abilities),
            secrets=dict(secrets),
        )
        found = await self._call("NodeExpandVolume", request, m.NodeExpandVolumeResponse)
        return int(found.capacity_bytes)

    async def space(self, handle: str, path: str, health: bool = False) -> Space:
        """What of a volume is used; with `health` also how well it is, which the driver must be able to tell."""
        request = m.NodeGetVolumeStatsRequest(volume_id=handle, volume_path=path)
        found = await self._call("NodeGetVolumeStats", request, m.NodeGetVolumeStatsResponse)
        if not found.usage and not health:
            raise CSIError("failed to get usage from response. usage is nil")
        values: dict[str, int] = {}
        for usage in found.usage:
            if usage.unit == _BYTES:
                values |= {"available": usage.available, "capacity": usage.total, "used": usage.used}
            elif usage.unit == _INODES:
                values |= {"inodes_free": usage.available, "inodes": usage.total, "inodes_used": usage.used}
        condition = found.volume_condition
        return Space(**values, abnormal=condition.abnormal if health else None, message=condition.message)

    async def _call(self, method: str, request: Any, response: Any = m.Empty) -> Any:
        path, since, code = f"/csi.v1.Node/{method}", time.perf_counter(), "OK"
        try:
            return await call(self.endpoint, path, request, response, SECONDS)
        except CSIError as error:
            code = error.code
            raise
        finally:
            metrics.histogram(
                "csi_operations_seconds", "Calls to CSI drivers by how they ended", _CALL_LABELS, _BUCKETS
            ).labels(self.name, path, code, "false").observe(time.perf_counter() - since)


async def call(socket: str, method: str, request: Any, response: Any, seconds: float) -> Any:
    """Ask over a socket of its own connection, as a driver may be another program each time. Raises CSIError."""
    async with grpc.aio.insecure_channel("unix:" + socket, options=_OPTIONS) as channel:
        ask = channel.unary_unary(
            method, request_serializer=type(request).SerializeToString, response_deserializer=response.FromString
        )
        try:
            return await ask(request, timeout=seconds)
        except grpc.aio.AioRpcError as error:
            raise rpc_error(error.code().name, error.details() or "") from None
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # gRPC raises this for the status CANCELLED too, though nobody has cancelled us.
            raise rpc_error("CANCELLED", "the driver broke the call off") from None


def _capability(access: Access, abilities: frozenset[int]) -> Any:
    modes = _FINER_MODES if SINGLE_NODE_MULTI_WRITER in abilities else _MODES
    mode = {"mode": modes.get(access.mode, 0)}
    if access.block:
        return m.VolumeCapability(block={}, access_mode=mode)
    mount = {"fs_type": access.fs_type, "mount_flags": list(access.options)}
    if access.group is not None:
        mount["volume_mount_group"] = str(access.group)
    return m.VolumeCapability(mount=mount, access_mode=mode)
