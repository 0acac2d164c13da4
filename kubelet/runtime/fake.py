"""A `Runtime` that runs nothing: for tests, and for nodes that only pretend."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import itertools
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from kubelet import labels
from kubelet.runtime.runtime import Stream
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
from minik8s.clock import Clock, SystemClock

_DIGEST = 64


class FakeRuntime:
    """Containers in memory. Where it `runs_nothing`, init containers end at once and every image can be pulled.

    `calls` records what was asked. Tests end containers with `end`, make images scarce with `only_images`, make the
    next start of a container name fail with `refuse`, have it end at once with `ends_at_once`, and take the engine
    away with `set_down`.
    """

    def __init__(
        self, clock: Clock | None = None, subnet: str = "10.200", record: bool = True, runs_nothing: bool = False
    ) -> None:
        self._clock: Clock = clock or SystemClock()
        self._subnet, self._record = subnet, record
        self.runs_nothing = runs_nothing
        self._ids = itertools.count(1)
        self.containers: dict[str, Details] = {}
        self.specs: dict[str, ContainerSpec | SandboxSpec] = {}
        self.calls: list[tuple[str, str]] = []
        self.only_images: set[str] | None = None
        self.in_registry: set[str] = set()
        self.image_users: dict[str, str] = {}
        self.refuse: dict[str, str] = {}
        self.ignores_signals: set[str] = set()
        self.ends_at_once: dict[str, int] = {}
        self._once: set[str] = set()
        self.exec_results: dict[tuple[str, ...], ExecResult] = {}
        self.down = False
        self._listeners: list[asyncio.Queue[Event | None]] = []

    # What tests do.

    def find(self, name: str) -> Details:
        """The newest container of that name in its Pod. Raises KeyError."""
        found = [d for d in self.containers.values() if d.labels.get(labels.CONTAINER_NAME) == name]
        if not found:
            raise KeyError(name)
        return found[-1]

    def end(self, name: str, exit_code: int = 0, oom: bool = False) -> None:
        """The newest container of that name ends by itself."""
        self._end(self.find(name).id, exit_code, oom)

    def set_down(self, down: bool) -> None:
        """Take the engine away, or bring it back."""
        self.down = down
        if down:
            for queue in self._listeners:
                queue.put_nowait(None)

    # What a runtime does.

    async def info(self) -> RuntimeInfo:
        """Always there, unless a test took it away."""
        self._note("info", "")
        return RuntimeInfo("fake", "1.0")

    async def run_sandbox(self, spec: SandboxSpec) -> str:
        """Pretend."""
        self._note("run_sandbox", spec.name)
        return self._make(spec, spec.labels, "pause", State.RUNNING)

    async def addresses(self, sandbox_id: str) -> tuple[str, ...]:
        """An address nobody answers at."""
        number = int(sandbox_id[:8], 16)
        return (f"{self._subnet}.{number // 254 % 256}.{number % 254 + 1}",)

    async def create_container(self, spec: ContainerSpec) -> str:
        """Pretend."""
        self._note("create_container", spec.labels.get(labels.CONTAINER_NAME, ""))
        made = self._make(spec, spec.labels, spec.image, State.CREATED)
        if self.runs_nothing and spec.once:
            self._once.add(made)
        return made

    async def start_container(self, container_id: str) -> None:
        """Pretend, unless a test ordered a refusal."""
        details = self._get(container_id)
        name = details.labels.get(labels.CONTAINER_NAME, "")
        self._note("start_container", name)
        if name in self.refuse:
            text = self.refuse.pop(name)
            self.containers[container_id] = dataclasses.replace(details, state=State.EXITED, error=text, exit_code=127)
            raise RuntimeFailure(text)
        self.containers[container_id] = dataclasses.replace(
            details, state=State.RUNNING, started_at=self._clock.now(), pid=1
        )
        if name in self.ends_at_once:
            self._end(container_id, self.ends_at_once[name])
        elif container_id in self._once:
            self._end(container_id, 0)

    async def stop_container(self, container_id: str, grace_seconds: float, signal: str = "") -> None:
        """It ends at once, unless a test said that it ignores signals."""
        details = self._get(container_id)
        name = details.labels.get(labels.CONTAINER_NAME, "")
        self._note("stop_container", name)
        if details.state is not State.RUNNING:
            return
        if name in self.ignores_signals and grace_seconds > 0:
            await self._clock.sleep(grace_seconds)
            self._end(container_id, 137)
        else:
            self._end(container_id, 0 if grace_seconds > 0 else 137)

    async def kill_container(self, container_id: str, signal: str = "SIGKILL") -> None:
        """It ends."""
        self._note("kill_container", container_id)
        if self._get(container_id).state is State.RUNNING:
            self._end(container_id, 137)

    async def remove_container(self, container_id: str) -> None:
        """It is gone."""
        self._note("remove_container", container_id)
        details = self.containers.pop(container_id, None)
        self.specs.pop(container_id, None)
        self._once.discard(container_id)
        if details is not None:
            self._tell(Event("destroy", container_id, details.labels))

    async def update_resources(self, container_id: str, resources: Resources) -> None:
        """Remember."""
        self._note("update_resources", container_id)
        spec = self.specs[container_id]
        if isinstance(spec, ContainerSpec):
            self.specs[container_id] = dataclasses.replace(spec, resources=resources)

    async def records(self) -> list[Record]:
        """All containers."""
        self._note("records", "")
        return [Record(d.id, d.state, d.labels, d.image, d.image_id, 0.0) for d in self.containers.values()]

    async def inspect(self, container_id: str) -> Details:
        """One container."""
        self._note("inspect", container_id)
        return self._get(container_id)

    async def events(self) -> AsyncIterator[Event]:
        """What happens."""
        if self.down:
            raise RuntimeUnavailable("the fake engine is down")
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._listeners.append(queue)
        try:
            yield Event("connected", "", {})
            while (event := await queue.get()) is not None:
                yield event
            raise RuntimeUnavailable("the fake engine went down")
        finally:
            self._listeners.remove(queue)

    async def exec(self, container_id: str, command: Sequence[str], timeout: float) -> ExecResult:
        """What a test ordered; success with no output otherwise."""
        self._note("exec", " ".join(command))
        self._get(container_id)
        return self.exec_results.get(tuple(command), ExecResult(0, b""))

    async def open_exec(
        self, container_id: str, command: Sequence[str], stdin: bool = False, tty: bool = False
    ) -> Stream:
        """Nothing runs, so nothing can be run in it."""
        raise RuntimeFailure("nothing runs on this node: commands cannot be run in its containers")

    async def attach(self, container_id: str, stdin: bool = False) -> Stream:
        """Nothing runs, so nothing can be attached to."""
        raise RuntimeFailure("nothing runs on this node: its containers cannot be attached to")

    async def image(self, name: str) -> Image | None:
        """Every image is there, unless a test made them scarce."""
        if self.only_images is not None and name not in self.only_images and not name.startswith("sha256:"):
            return None
        if name.startswith("sha256:"):
            return Image(name, (), (), 1)
        digest = "sha256:" + hashlib.sha256(name.encode()).hexdigest()
        return Image(digest, (name,), (), 1, self.image_users.get(name, ""))

    async def images(self) -> list[Image]:
        """Those a test named."""
        found = [await self.image(name) for name in sorted(self.only_images or ())]
        return [image for image in found if image is not None]

    async def pull_image(self, name: str, credentials: Credentials | None = None) -> None:
        """From a registry a test filled; one that has everything where nothing is run."""
        self._note("pull_image", name)
        if name not in self.in_registry and not self.runs_nothing:
            raise ImageMissing(f"manifest for {name} not found: manifest unknown")
        if self.only_images is not None:
            self.only_images.add(name)

    async def remove_image(self, image_id: str) -> None:
        """It is gone."""
        self._note("remove_image", image_id)
        if self.only_images is not None:
            kept = {n for n in self.only_images if (i := await self.image(n)) is not None and i.id != image_id}
            self.only_images = kept

    async def unpack_image(self, image_id: str, folder: Path) -> None:
        """One file that says which image it is."""
        self._note("unpack_image", image_id)
        (folder / "image").write_text(image_id)

    async def close(self) -> None:
        """Nothing to let go of."""

    def _make(self, spec: ContainerSpec | SandboxSpec, held: dict[str, str], image: str, state: State) -> str:
        container_id = f"{next(self._ids):08x}".ljust(_DIGEST, "0")
        now = self._clock.now()
        started = now if state is State.RUNNING else None
        self.containers[container_id] = Details(
            container_id, state, dict(held), image, image, created_at=now, started_at=started, netns="/fake/netns"
        )
        if self._record:
            self.specs[container_id] = spec
        return container_id

    def _get(self, container_id: str) -> Details:
        found = self.containers.get(container_id)
        if found is None:
            raise NotFoundInRuntime(f"No such container: {container_id}")
        return found

    def _end(self, container_id: str, exit_code: int, oom: bool = False) -> None:
        details = dataclasses.replace(
            self._get(container_id),
            state=State.EXITED,
            exit_code=exit_code,
            oom_killed=oom,
            finished_at=self._clock.now(),
            pid=0,
        )
        self.containers[container_id] = details
        self._tell(Event("die", container_id, details.labels))

    def _tell(self, event: Event) -> None:
        for queue in self._listeners:
            queue.put_nowait(event)

    def _note(self, verb: str, about: str) -> None:
        if self.down:
            raise RuntimeUnavailable("the fake engine is down")
        if self._record:
            self.calls.append((verb, about))
