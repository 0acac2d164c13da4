"""The protocol between the kubelet and a container engine, to be read in two minutes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Protocol

from kubelet.runtime.types import (
    ContainerSpec,
    Credentials,
    Details,
    Event,
    ExecResult,
    Image,
    Record,
    Resources,
    RuntimeInfo,
    SandboxSpec,
)

STDOUT, STDERR = 1, 2


class Stream(Protocol):
    """A running command, or an attached container: bytes both ways."""

    async def read(self) -> tuple[int, bytes] | None:
        """The next output as (STDOUT or STDERR, bytes); None at the end. With a tty all is STDOUT."""
        ...

    async def write(self, data: bytes) -> None:
        """Bytes for its standard input; waits while it does not read them."""
        ...

    async def close_stdin(self) -> None:
        """End of standard input; output goes on."""
        ...

    async def resize(self, width: int, height: int) -> None:
        """Change the size of its terminal, in characters."""
        ...

    async def exit_code(self) -> int:
        """How it ended; to be asked after `read` gave None."""
        ...

    async def close(self) -> None:
        """Let go of it."""
        ...


class Runtime(Protocol):
    """A container engine.

    Every call may raise RuntimeFailure, or RuntimeUnavailable when the engine does not answer; calls about a
    container that is gone raise NotFoundInRuntime. Where it `runs_nothing`, nobody is there to answer probes: they
    succeed.
    """

    runs_nothing: bool

    async def info(self) -> RuntimeInfo:
        """Who the engine is; also how the kubelet asks whether it is well."""
        ...

    async def run_sandbox(self, spec: SandboxSpec) -> str:
        """Make and start a Pod's sandbox without any network of its own; returns its id."""
        ...

    async def addresses(self, sandbox_id: str) -> tuple[str, ...]:
        """The addresses an engine that wires its sandboxes itself gave one; none where CNI does it."""
        ...

    async def create_container(self, spec: ContainerSpec) -> str:
        """Make a container in a sandbox; returns its id. Raises ImageMissing."""
        ...

    async def start_container(self, container_id: str) -> None:
        """Start it."""
        ...

    async def stop_container(self, container_id: str, grace_seconds: float, signal: str = "") -> None:
        """Signal it (its stop signal unless said), wait up to `grace_seconds`, then kill it; returns when it ended."""
        ...

    async def kill_container(self, container_id: str, signal: str = "SIGKILL") -> None:
        """Signal it and return at once."""
        ...

    async def remove_container(self, container_id: str) -> None:
        """Remove it, killing it if it runs; well when it is gone already. Sandboxes too."""
        ...

    async def update_resources(self, container_id: str, resources: Resources) -> None:
        """Change the limits of a running container."""
        ...

    async def records(self) -> list[Record]:
        """All containers and sandboxes of this kubelet, dead ones too."""
        ...

    async def inspect(self, container_id: str) -> Details:
        """One container or sandbox."""
        ...

    def events(self) -> AsyncIterator[Event]:
        """What happens to this kubelet's containers from now on; ends or raises when the engine goes away."""
        ...

    async def exec(self, container_id: str, command: Sequence[str], timeout: float) -> ExecResult:
        """Run a command to its end. Raises TimeoutError."""
        ...

    async def open_exec(
        self, container_id: str, command: Sequence[str], stdin: bool = False, tty: bool = False
    ) -> Stream:
        """Start a command and be connected to it."""
        ...

    async def attach(self, container_id: str, stdin: bool = False) -> Stream:
        """Be connected to a running container's own process; its tty is as it was made."""
        ...

    async def image(self, name: str) -> Image | None:
        """An image that is there, or None."""
        ...

    async def images(self) -> list[Image]:
        """All images that are there."""
        ...

    async def pull_image(self, name: str, credentials: Credentials | None = None) -> None:
        """Fetch an image from its registry. Raises ImageMissing or RuntimeFailure."""
        ...

    async def remove_image(self, image_id: str) -> None:
        """Remove an image that no container uses."""
        ...

    async def unpack_image(self, image_id: str, folder: Path) -> None:
        """Write the files of an image into a folder."""
        ...

    async def close(self) -> None:
        """Let go of the engine; containers go on."""
        ...
