"""A CSI driver of the tests in this process, and its registrar: it notes what it is asked and does what it is told."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import grpc.aio

from kubelet.csi import messages as m
from kubelet.volumes import mounts

STAGE, STATS, EXPAND, CONDITION, MULTI_WRITER, GROUP = 1, 2, 3, 4, 5, 6
_REQUESTS = {
    "NodeGetInfo": m.Empty,
    "NodeGetCapabilities": m.Empty,
    "NodeStageVolume": m.NodeStageVolumeRequest,
    "NodeUnstageVolume": m.NodeUnstageVolumeRequest,
    "NodePublishVolume": m.NodePublishVolumeRequest,
    "NodeUnpublishVolume": m.NodeUnpublishVolumeRequest,
    "NodeExpandVolume": m.NodeExpandVolumeRequest,
    "NodeGetVolumeStats": m.NodeGetVolumeStatsRequest,
}


class Driver:
    """The node service of a driver. `failures` holds, by method, codes and words to fail the next calls with;
    `gates` events that calls wait for; `mounts` has it mount real folders of `folder`, one for each volume."""

    def __init__(self, socket: Path, abilities: tuple[int, ...] = (STAGE, STATS, EXPAND)) -> None:
        self.socket, self.abilities = socket, abilities
        self.node_id, self.most_volumes = "node-1", 0
        self.topology: dict[str, str] = {}
        self.calls: list[tuple[str, Any]] = []
        self.failures: dict[str, list[tuple[grpc.StatusCode, str]]] = {}
        self.gates: dict[str, asyncio.Event] = {}
        self.folder: Path | None = None
        self.condition = (False, "")
        self._server: grpc.aio.Server | None = None

    def names(self) -> list[str]:
        """The methods that changed something, in order."""
        return [name for name, _ in self.calls if not name.startswith("NodeGet")]

    def last(self, method: str) -> Any:
        """The last request to a method."""
        return next(request for name, request in reversed(self.calls) if name == method)

    async def start(self) -> None:
        if self._server is not None:
            return
        self.socket.parent.mkdir(parents=True, exist_ok=True)
        handlers = {
            name: grpc.unary_unary_rpc_method_handler(
                self._answer(name),
                request_deserializer=request.FromString,
                response_serializer=lambda found: found.SerializeToString(),
            )
            for name, request in _REQUESTS.items()
        }
        self._server = await _serve("csi.v1.Node", handlers, self.socket)

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop(None)
            self._server = None

    def _answer(self, name: str) -> Callable[[Any, Any], Awaitable[Any]]:
        async def answer(request: Any, context: Any) -> Any:
            self.calls.append((name, request))
            if name in self.gates:
                await self.gates[name].wait()
            if self.failures.get(name):
                code, words = self.failures[name].pop(0)
                await context.abort(code, words)
            return getattr(self, f"_{name}")(request)

        return answer

    def _NodeGetInfo(self, request: Any) -> Any:
        return m.NodeGetInfoResponse(
            node_id=self.node_id,
            max_volumes_per_node=self.most_volumes,
            accessible_topology={"segments": self.topology},
        )

    def _NodeGetCapabilities(self, request: Any) -> Any:
        return m.NodeGetCapabilitiesResponse(capabilities=[{"rpc": {"type": one}} for one in self.abilities])

    def _NodeStageVolume(self, request: Any) -> Any:
        if self.folder is not None:
            self._mount(request.volume_id, request.staging_target_path)
        return m.Empty()

    def _NodeUnstageVolume(self, request: Any) -> Any:
        if self.folder is not None:
            _unmount(Path(request.staging_target_path))
        return m.Empty()

    def _NodePublishVolume(self, request: Any) -> Any:
        target = Path(request.target_path)
        if request.volume_capability.HasField("block"):
            target.touch()
        else:
            target.mkdir(exist_ok=True)
            if self.folder is not None:
                self._mount(request.volume_id, request.target_path)
        return m.Empty()

    def _NodeUnpublishVolume(self, request: Any) -> Any:
        target = Path(request.target_path)
        if self.folder is not None:
            _unmount(target)
        if target.is_dir():
            target.rmdir()
        else:
            target.unlink(missing_ok=True)
        return m.Empty()

    def _NodeExpandVolume(self, request: Any) -> Any:
        return m.NodeExpandVolumeResponse(capacity_bytes=request.capacity_range.required_bytes)

    def _NodeGetVolumeStats(self, request: Any) -> Any:
        return m.NodeGetVolumeStatsResponse(
            usage=[
                {"available": 60, "total": 100, "used": 40, "unit": 1},
                {"available": 7, "total": 10, "used": 3, "unit": 2},
            ],
            volume_condition={"abnormal": self.condition[0], "message": self.condition[1]},
        )

    def _mount(self, handle: str, place: str) -> None:
        assert self.folder is not None
        source = self.folder / handle
        source.mkdir(parents=True, exist_ok=True)
        if not mounts.is_mounted(Path(place)):
            mounts.bind(source, Path(place))


class Registrar:
    """Shows a driver to a kubelet; `told` are the outcomes it was told."""

    def __init__(self, socket: Path, endpoint: str, name: str = "driver.test", kind: str = "CSIPlugin") -> None:
        self.socket = socket
        self.info = m.PluginInfo(type=kind, name=name, endpoint=endpoint, supported_versions=["1.0.0"])
        self.told: list[tuple[bool, str]] = []
        self._server: grpc.aio.Server | None = None

    async def start(self) -> None:
        async def info(request: Any, context: Any) -> Any:
            return self.info

        async def notify(request: Any, context: Any) -> Any:
            self.told.append((request.plugin_registered, request.error))
            return m.RegistrationStatusResponse()

        self.socket.parent.mkdir(parents=True, exist_ok=True)
        handlers = {
            "GetInfo": _handler(info, m.InfoRequest),
            "NotifyRegistrationStatus": _handler(notify, m.RegistrationStatus),
        }
        self._server = await _serve("pluginregistration.Registration", handlers, self.socket)

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop(None)
            self._server = None
        self.socket.unlink(missing_ok=True)


@contextlib.asynccontextmanager
async def running(driver: Driver) -> AsyncIterator[Driver]:
    """A driver that is served."""
    await driver.start()
    try:
        yield driver
    finally:
        await driver.stop()
        if driver.folder is not None:
            shutil.rmtree(driver.folder, ignore_errors=True)


def _handler(act: Callable[[Any, Any], Awaitable[Any]], request: Any) -> Any:
    return grpc.unary_unary_rpc_method_handler(
        act, request_deserializer=request.FromString, response_serializer=lambda found: found.SerializeToString()
    )


async def _serve(service: str, handlers: dict[str, Any], socket: Path) -> grpc.aio.Server:
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
    server.add_insecure_port(f"unix:{socket}")
    await server.start()
    return server


def _unmount(place: Path) -> None:
    if mounts.is_mounted(place):
        mounts.unmount(place)
