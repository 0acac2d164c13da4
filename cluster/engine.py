"""The few things asked of a node's Docker engine: its images, and the end of its containers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from cluster.options import ClusterError

POD_LABELS = ("io.kubernetes.", "minik8s.")
"""Containers with a label that begins so belong to a Pod."""
NODE_LABEL = "minik8s.node"
"""Says whose kubelet made a container."""
_AT_ONCE = 8


class Engine:
    """One Docker engine, by its socket; use as `async with`."""

    def __init__(self, socket: Path | str) -> None:
        self.socket = str(socket)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(self.socket), timeout=aiohttp.ClientTimeout(total=300)
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def answers(self) -> bool:
        """Whether the engine is there."""
        try:
            async with self._open.get("http://docker/_ping") as answer:
                return answer.status == 200
        except (aiohttp.ClientError, OSError):
            return False

    async def has_image(self, name: str) -> bool:
        """Whether an image of that name is there."""
        status, _ = await self._ask("GET", f"/images/{name}/json")
        return status == 200

    async def save_images(self, names: list[str]) -> AsyncIterator[bytes]:
        """A tar of images, in pieces. Raises ClusterError when one is not there."""
        for name in names:
            if not await self.has_image(name):
                raise ClusterError(f"no image {name} in the Docker engine of this machine (docker images lists them)")
        params = [("names", name) for name in names]
        async with self._open.get("http://docker/images/get", params=params) as answer:
            if answer.status != 200:
                raise ClusterError(f"cannot read the images: {(await answer.text()).strip()}")
            async for piece in answer.content.iter_chunked(1 << 18):
                yield piece

    async def load_images(self, tar: AsyncIterator[bytes] | bytes) -> None:
        """Load a tar of images. Raises ClusterError with what the engine says."""
        async with self._open.post("http://docker/images/load", params={"quiet": "1"}, data=tar) as answer:
            text = await answer.text()
            if answer.status != 200:
                raise ClusterError(f"cannot load the images: {text.strip()}")
            for line in text.splitlines():
                if '"error"' in line:
                    raise ClusterError(f"cannot load the images: {json.loads(line).get('error')}")

    async def pod_containers(self, everything: bool, node: str = "") -> list[str]:
        """Ids of the containers of Pods (of one node's, if named), or of all containers, running or not."""
        _, found = await self._ask("GET", "/containers/json", {"all": "1"})
        return [entry["Id"] for entry in found or [] if everything or _is_pods(entry.get("Labels") or {}, node)]

    async def remove_containers(self, everything: bool, node: str = "") -> int:
        """End and remove the containers of Pods (or all), at once and without grace; returns how many."""
        limit = asyncio.Semaphore(_AT_ONCE)

        async def remove(identity: str) -> None:
            async with limit:
                await self._ask("DELETE", f"/containers/{identity}", {"force": "1", "v": "1"})

        identities = await self.pod_containers(everything, node)
        await asyncio.gather(*(remove(i) for i in identities))
        return len(identities)

    async def stop_containers(self) -> None:
        """Stop, with a short grace, whatever still runs; nothing is removed."""
        _, found = await self._ask("GET", "/containers/json")
        stops = (self._ask("POST", f"/containers/{entry['Id']}/stop", {"t": "2"}) for entry in found or [])
        await asyncio.gather(*stops)

    @property
    def _open(self) -> aiohttp.ClientSession:
        assert self._session is not None
        return self._session

    async def _ask(self, method: str, path: str, params: dict[str, str] | None = None) -> tuple[int, Any]:
        try:
            async with self._open.request(method, f"http://docker{path}", params=params) as answer:
                body = await answer.read()
        except (aiohttp.ClientError, OSError) as error:
            raise ClusterError(f"the Docker engine at {self.socket} does not answer: {error}") from None
        return answer.status, json.loads(body) if body else None


def _is_pods(labels: dict[str, str], node: str) -> bool:
    if node and labels.get(NODE_LABEL, node) != node:
        return False
    return any(label.startswith(POD_LABELS) for label in labels)
