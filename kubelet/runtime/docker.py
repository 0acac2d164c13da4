"""Docker Engine as a `Runtime`: its SDK in a few worker threads, its events on the loop."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import os
import signal as signals
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from kubelet import labels
from kubelet.runtime import docker_config, docker_records, docker_stream, docker_unpack, pause
from kubelet.runtime.capabilities import limited_capabilities
from kubelet.runtime.gate import Gate
from kubelet.runtime.types import (
    ContainerSpec,
    Credentials,
    Details,
    Event,
    ExecResult,
    Image,
    ImageMissing,
    NotFoundInRuntime,
    Record,
    Resources,
    RuntimeFailure,
    RuntimeInfo,
    RuntimeUnavailable,
    SandboxSpec,
    State,
)

if TYPE_CHECKING:
    import docker

log = structlog.get_logger("docker")

T = TypeVar("T")
AT_ONCE, WORKERS = 4, 6
"""Docker gains nothing from making more than four containers at once; the other workers are for calls that only ask."""
_CONTAINER, _SANDBOX = 0, 1
"""Who is served first: Pods that began are finished before others begin."""
CALL_SECONDS = 120
_NO_PRIVILEGE = "can't get final child's PID from pipe"
_NO_SCORES = "this machine gives no CAP_SYS_RESOURCE: OOM scores stay at 0 where they would be negative"
_KILL_SECONDS = 10.0
_TOLD = ("die", "destroy", "oom", "pause", "unpause")
_IMAGE_MOVES = ("tag", "untag", "delete", "load", "import", "pull")
_OUTPUT_LIMIT = 1024 * 1024


class DockerRuntime:
    """One Docker engine, of which only the containers of node `node` are seen."""

    runs_nothing = False

    def __init__(self, endpoint: str, node: str) -> None:
        self.endpoint = endpoint
        self.node = node
        # A machine may not let its engine lower a score or raise a limit (no CAP_SYS_RESOURCE).
        self._capabilities = limited_capabilities()
        self.may_lower_oom_score = self._capabilities is None or "SYS_RESOURCE" in self._capabilities
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="docker")
        self._making = Gate(AT_ONCE)
        self._client: docker.APIClient | None = None
        self._images: dict[str, Image] = {}
        self._ended: dict[str, asyncio.Event] = {}
        self._stop_signals: dict[str, str] = {}
        self._pause_there = False
        self._pause_lock = asyncio.Lock()

    async def info(self) -> RuntimeInfo:
        """Name, version, where images are kept."""
        found = await self._call(lambda api: api.info())
        return RuntimeInfo(
            "docker",
            found["ServerVersion"],
            found.get("DockerRootDir", ""),
            found.get("CgroupDriver", "cgroupfs"),
            () if self.may_lower_oom_score else (_NO_SCORES,),
        )

    async def run_sandbox(self, spec: SandboxSpec) -> str:
        """Make and start a sandbox."""
        await self._ensure_pause()
        config = docker_config.sandbox_config(spec, pause.IMAGE, self._oom(-998))
        sandbox_id = await self._make(spec.name, config, _SANDBOX)
        try:
            await self._start(sandbox_id, _SANDBOX)
        except RuntimeFailure:
            with contextlib.suppress(RuntimeFailure):
                await self.remove_container(sandbox_id)
            raise
        return sandbox_id

    async def addresses(self, sandbox_id: str) -> tuple[str, ...]:
        """None: CNI wires Docker's sandboxes."""
        return ()

    async def create_container(self, spec: ContainerSpec) -> str:
        """Make a container."""
        config = docker_config.container_config(spec, self._oom(spec.resources.oom_score_adj), self._capabilities)
        return await self._make(spec.name, config, _CONTAINER)

    async def start_container(self, container_id: str) -> None:
        """Start it."""
        await self._start(container_id, _CONTAINER)

    async def stop_container(self, container_id: str, grace_seconds: float, signal: str = "") -> None:
        """Signal, wait for its end, kill."""
        ended = self._ended.setdefault(container_id, asyncio.Event())
        try:
            if grace_seconds > 0:
                await self.kill_container(container_id, signal or self._stop_signals.get(container_id, "SIGTERM"))
                if await self._wait(container_id, ended, grace_seconds):
                    return
            await self.kill_container(container_id, "SIGKILL")
            if not await self._wait(container_id, ended, _KILL_SECONDS):
                raise RuntimeFailure(f"container {container_id[:12]} does not end")
        finally:
            self._ended.pop(container_id, None)

    async def kill_container(self, container_id: str, signal: str = "SIGKILL") -> None:
        """Signal it; one that does not run any more is well."""
        try:
            await self._call(lambda api: api.kill(container_id, signal))
        except RuntimeFailure as error:
            if "is not running" not in str(error):
                raise
            if (ended := self._ended.get(container_id)) is not None:
                ended.set()

    async def remove_container(self, container_id: str) -> None:
        """Remove it."""
        self._stop_signals.pop(container_id, None)
        try:
            await self._call(lambda api: api.remove_container(container_id, v=True, force=True))
        except NotFoundInRuntime:
            return
        except RuntimeFailure as error:
            if "is already in progress" not in str(error):
                raise

    async def update_resources(self, container_id: str, resources: Resources) -> None:
        """Change limits."""
        body = docker_config.update_config(resources)
        await self._call(lambda api: _update(api, container_id, body))

    async def records(self) -> list[Record]:
        """All containers of this node."""
        found = await self._call(lambda api: api.containers(all=True, filters={"label": f"{labels.NODE}={self.node}"}))
        return [docker_records.record_of(item) for item in found]

    async def inspect(self, container_id: str) -> Details:
        """One container."""
        found = await self._call(lambda api: api.inspect_container(container_id))
        if stop := found["Config"].get("StopSignal"):
            self._stop_signals[found["Id"]] = stop
        return docker_records.details_of(found)

    async def events(self) -> AsyncIterator[Event]:
        """What happens to containers of this node."""
        import aiohttp

        filters = json.dumps({"type": ["container", "image"], "event": [*_TOLD, *_IMAGE_MOVES]})
        base, connector = _http_base(self.endpoint)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10)
        try:
            async with (
                aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
                session.get(f"{base}/events", params={"filters": filters}) as answer,
            ):
                self._images.clear()
                yield Event("connected", "", {})
                async for line in answer.content:
                    event = docker_records.event_of(json.loads(line))
                    if event.kind in _IMAGE_MOVES:
                        # A name may stand for another image now.
                        self._images.clear()
                        continue
                    if event.labels.get(labels.NODE) != self.node:
                        continue
                    if event.kind == "die" and (ended := self._ended.get(event.id)) is not None:
                        ended.set()
                    yield event
        except (aiohttp.ClientError, OSError) as error:
            raise RuntimeUnavailable(f"the Docker daemon does not answer at {self.endpoint}: {error}") from None

    async def exec(self, container_id: str, command: Sequence[str], timeout: float) -> ExecResult:
        """Run a command to its end."""
        stream, exec_id = await self._open_exec(container_id, command, False, False)
        output = bytearray()
        try:
            async with asyncio.timeout(timeout):
                while (piece := await stream.read()) is not None:
                    if len(output) < _OUTPUT_LIMIT:
                        output += piece[1]
        except TimeoutError:
            await self._kill_exec(exec_id)
            raise
        finally:
            await stream.close()
        return ExecResult(await stream.exit_code(), bytes(output))

    async def open_exec(
        self, container_id: str, command: Sequence[str], stdin: bool = False, tty: bool = False
    ) -> docker_stream.DockerStream:
        """Start a command and be connected to it."""
        return (await self._open_exec(container_id, command, stdin, tty))[0]

    async def attach(self, container_id: str, stdin: bool = False) -> docker_stream.DockerStream:
        """Be connected to a container's own process."""
        details = _runs(await self.inspect(container_id))
        path = f"/containers/{container_id}/attach?stream=1&stdout=1&stderr=1&stdin={int(stdin)}"
        reader, writer = await docker_stream.upgrade(self.endpoint, path, {})
        try:
            # Docker would have whoever came too late wait for the next start.
            _runs(await self.inspect(container_id))
        except BaseException:
            writer.close()
            raise

        async def resize(width: int, height: int) -> None:
            await self._call(lambda api: api.resize(container_id, height, width))

        async def exit_code() -> int:
            return (await self.inspect(container_id)).exit_code

        return docker_stream.DockerStream(reader, writer, details.tty, resize, exit_code)

    async def image(self, name: str) -> Image | None:
        """An image that is there; remembered, for it is asked for each container."""
        if (known := self._images.get(name)) is not None:
            return known
        try:
            found = docker_records.image_of(await self._call(lambda api: api.inspect_image(name)))
        except NotFoundInRuntime:
            return None
        self._images[name] = found
        return found

    async def images(self) -> list[Image]:
        """All images."""
        found = [docker_records.listed_image(item) for item in await self._call(lambda api: api.images())]
        there = {image.id for image in found}
        self._images = {name: image for name, image in self._images.items() if image.id in there}
        return found

    async def pull_image(self, name: str, credentials: Credentials | None = None) -> None:
        """Fetch an image."""
        auth = None
        if credentials is not None:
            auth = {"username": credentials.username, "password": credentials.password}
            if credentials.identity_token:
                auth = {"identitytoken": credentials.identity_token}
            if credentials.server:
                auth["serveraddress"] = credentials.server
        self._images.pop(name, None)
        await self._call(lambda api: _pull(api, name, auth))

    async def remove_image(self, image_id: str) -> None:
        """Remove an image."""
        self._images = {name: image for name, image in self._images.items() if image.id != image_id}
        await self._call(lambda api: api.remove_image(image_id, force=True))

    async def unpack_image(self, image_id: str, folder: Path) -> None:
        """Write the files of an image into a folder."""
        await self._call(lambda api: docker_unpack.unpack(api, image_id, folder))

    async def close(self) -> None:
        """Let go of the engine."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._client is not None:
            self._client.close()

    async def _start(self, container_id: str, rank: int) -> None:
        async with self._making.passing(rank):
            await self._call(lambda api: api.start(container_id))

    async def _make(self, name: str, config: dict[str, Any], rank: int) -> str:
        async with self._making.passing(rank):
            try:
                made = await self._call(lambda api: api.create_container_from_config(config, name))
            except RuntimeFailure as error:
                if "is already in use by container" not in str(error):
                    raise
                # Left by a kubelet that ended between making it and knowing it.
                await self.remove_container(name)
                made = await self._call(lambda api: api.create_container_from_config(config, name))
        return str(made["Id"])

    async def _ensure_pause(self) -> None:
        if self._pause_there:
            return
        async with self._pause_lock:
            if not self._pause_there and await self.image(pause.IMAGE) is None:
                await self._call(lambda api: api.load_image(pause.image()))
            self._pause_there = True

    def _oom(self, score: int) -> int:
        return score if score >= 0 or self.may_lower_oom_score else 0

    async def _wait(self, container_id: str, ended: asyncio.Event, seconds: float) -> bool:
        """Whether it ended in time; looks now and then, for the events may have been missed."""
        deadline = asyncio.get_running_loop().time() + seconds
        while (left := deadline - asyncio.get_running_loop().time()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, 5.0)):
                    await ended.wait()
                return True
            try:
                if (await self.inspect(container_id)).pid == 0:
                    return True
            except NotFoundInRuntime:
                return True
        return False

    async def _open_exec(
        self, container_id: str, command: Sequence[str], stdin: bool, tty: bool
    ) -> tuple[docker_stream.DockerStream, str]:
        made = await self._call(lambda api: api.exec_create(container_id, list(command), stdin=stdin, tty=tty))
        exec_id = str(made["Id"])
        path = f"/exec/{exec_id}/start"
        reader, writer = await docker_stream.upgrade(self.endpoint, path, {"Detach": False, "Tty": tty})

        async def resize(width: int, height: int) -> None:
            await self._call(lambda api: api.exec_resize(exec_id, height, width))

        async def exit_code() -> int:
            found = await self._call(lambda api: api.exec_inspect(exec_id))
            for _ in range(20):
                if not found.get("Running"):
                    break
                await asyncio.sleep(0.05)
                found = await self._call(lambda api: api.exec_inspect(exec_id))
            return int(found.get("ExitCode") or 0)

        return docker_stream.DockerStream(reader, writer, tty, resize, exit_code), exec_id

    async def _kill_exec(self, exec_id: str) -> None:
        # Docker has no call for it; the process is ours to see.
        with contextlib.suppress(RuntimeFailure, ProcessLookupError, PermissionError):
            found = await self._call(lambda api: api.exec_inspect(exec_id))
            if found.get("Running") and found.get("Pid"):
                os.kill(found["Pid"], signals.SIGKILL)

    async def _call(self, work: Callable[[Any], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, functools.partial(self._work, work))

    def _work(self, work: Callable[[Any], T]) -> T:
        import docker
        import requests
        from docker import errors

        try:
            if self._client is None:
                self._client = docker.APIClient(self.endpoint, version="1.41", timeout=CALL_SECONDS)
            return work(self._client)
        except errors.ImageNotFound as error:
            raise ImageMissing(_said(error)) from None
        except errors.NotFound as error:
            missing = "No such image" in _said(error) or "manifest unknown" in _said(error)
            raise (ImageMissing if missing else NotFoundInRuntime)(_said(error)) from None
        except errors.APIError as error:
            if _NO_PRIVILEGE in _said(error) and self.may_lower_oom_score:
                log.warning("the engine may not lower OOM scores on this machine; going on without")
                self.may_lower_oom_score = False
            raise RuntimeFailure(_said(error)) from None
        except (errors.DockerException, requests.exceptions.RequestException, OSError) as error:
            raise RuntimeUnavailable(
                f"Cannot connect to the Docker daemon at {self.endpoint}. Is the docker daemon running? ({error})"
            ) from None


def _said(error: Any) -> str:
    return str(error.explanation or error).strip()


def _http_base(endpoint: str) -> tuple[str, Any]:
    import aiohttp

    if endpoint.startswith("unix://"):
        return "http://docker", aiohttp.UnixConnector(endpoint.removeprefix("unix://"))
    return "http://" + endpoint.partition("://")[2], None


def _update(api: Any, container_id: str, body: dict[str, Any]) -> None:
    answer = api._post_json(api._url("/containers/{0}/update", container_id), data=body)
    api._raise_for_status(answer)


def _pull(api: Any, name: str, auth: dict[str, str] | None) -> None:
    repository, _, digest = name.partition("@")
    tag: str | None = digest or None
    if not digest:
        head, colon, last = name.rpartition(":")
        repository, tag = (head, last) if colon and "/" not in last else (name, "latest")
    for line in api.pull(repository, tag=tag, auth_config=auth, stream=True, decode=True):
        if "error" in line:
            text = str(line["error"])
            raise (ImageMissing if "manifest unknown" in text or "not found" in text else RuntimeFailure)(text)


def _runs(details: Details) -> Details:
    """The container, if it runs. Raises RuntimeFailure."""
    if details.state is not State.RUNNING:
        raise RuntimeFailure(f"container is in CONTAINER_{details.state.name} state")
    return details
