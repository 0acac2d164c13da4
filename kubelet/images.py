"""Images for containers: looked up, pulled as the policy says, and with growing pauses after failures."""

from __future__ import annotations

import asyncio
import base64
import binascii
import dataclasses
import re
from collections.abc import Callable

import msgspec

from kubelet.pods.backoff import Backoff
from kubelet.pods.declared import AnyContainer
from kubelet.runtime.runtime import Runtime
from kubelet.runtime.types import Credentials, Image, RuntimeFailure
from kubelet.volumes.types import Sources, VolumeError
from minik8s.api.core_v1 import Pod
from minik8s.clock import Clock
from minik8s.machinery.times import format_duration

_REFERENCE = re.compile(
    r"(?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::\d+)?/)?"
    r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*"
    r"(?::[\w][\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?"
)
Tell = Callable[[str, str, str], None]
"""Takes an event's type, reason and message."""


@dataclasses.dataclass(frozen=True, slots=True)
class Waiting:
    """The container has to wait for its image: the reason and message of its waiting state, "" while it is pulled."""

    reason: str = ""
    message: str = ""
    again_in: float | None = None


@dataclasses.dataclass(slots=True)
class _Pull:
    task: asyncio.Task[None]
    started: float
    wake: list[Callable[[], None]]


def default_tag(image: str) -> str:
    """The name with `:latest` where neither tag nor digest is given."""
    last = image.rpartition("/")[2]
    return image if ":" in last or "@" in last else f"{image}:latest"


class ImageManager:
    """The images of this node, as containers ask for them."""

    def __init__(self, runtime: Runtime, sources: Sources, clock: Clock, parallel: int = 0) -> None:
        self._runtime, self._sources, self._clock = runtime, sources, clock
        self.backoff = Backoff(clock)
        self._pulls: dict[tuple[str, str], _Pull] = {}
        self._pulled: dict[tuple[str, str], str] = {}
        self._failed: dict[tuple[str, str], tuple[float, str]] = {}
        self._gate = asyncio.Semaphore(parallel or 5)
        self.used: dict[str, float] = {}

    async def ensure(self, pod: Pod, container: AnyContainer, tell: Tell, wake: Callable[[], None]) -> Image | Waiting:
        """The container's image, or why it has to wait; `wake` is called when a pull ends. Raises RuntimeFailure."""
        wanted = container.image
        if not _REFERENCE.fullmatch(wanted):
            text = (
                f'Failed to apply default image tag "{wanted}": couldn\'t parse image name "{wanted}": '
                "invalid reference format"
            )
            tell("Warning", "InspectFailed", text)
            return Waiting("InvalidImageName", text)
        name = default_tag(wanted)
        key = (pod.metadata.uid, name)
        if key in self._pulls:
            self._pulls[key].wake.append(wake)
            return Waiting()
        found = await self._runtime.image(name)
        policy = container.image_pull_policy or "IfNotPresent"
        pulled_for = self._pulled.get(key) == container.name
        if found is not None and (policy != "Always" or pulled_for):
            if not pulled_for:
                tell(
                    "Normal",
                    "Pulled",
                    f'Container image "{wanted}" already present on machine and can be accessed by the pod',
                )
            self._pulled.pop(key, None)
            self._failed.pop(key, None)
            self.used[found.id] = self._clock.monotonic()
            return found
        if policy == "Never":
            text = f'Container image "{wanted}" is not present with pull policy of Never'
            tell("Warning", "ErrImageNeverPull", text)
            return Waiting("ErrImageNeverPull", text)
        if (failed := self._failed.get(key)) is not None:
            at, message = failed
            left = self.backoff.left(name + key[0], at)
            if left > 0:
                text = f'Back-off pulling image "{wanted}"'
                first = self._clock.monotonic() - at < 0.5
                if first:
                    return Waiting("ErrImagePull", message, 0.6)
                tell("Normal", "BackOff", text)
                return Waiting("ImagePullBackOff", f"{text}: ErrImagePull: {message}", left)
        self._begin(pod, container, name, tell, wake)
        return Waiting()

    def forget(self, uid: str) -> None:
        """A Pod is gone."""
        for held in (self._pulled, self._failed):
            for key in [k for k in held if k[0] == uid]:
                del held[key]
        for key in [k for k in self._pulls if k[0] == uid]:
            self._pulls.pop(key).task.cancel()

    def _begin(self, pod: Pod, container: AnyContainer, name: str, tell: Tell, wake: Callable[[], None]) -> None:
        key = (pod.metadata.uid, name)
        tell("Normal", "Pulling", f'Pulling image "{container.image}"')
        task = asyncio.create_task(self._pull(pod, container, name, tell), name=f"pull-{name}")
        self._pulls[key] = _Pull(task, self._clock.monotonic(), [wake])
        task.add_done_callback(lambda _: self._ended(key))

    def _ended(self, key: tuple[str, str]) -> None:
        pull = self._pulls.pop(key, None)
        for wake in pull.wake if pull is not None else ():
            wake()

    async def _pull(self, pod: Pod, container: AnyContainer, name: str, tell: Tell) -> None:
        key, asked = (pod.metadata.uid, name), self._clock.monotonic()
        try:
            async with self._gate:
                began = self._clock.monotonic()
                await self._runtime.pull_image(name, await self._credentials(pod, name))
            found = await self._runtime.image(name)
        except (RuntimeFailure, VolumeError) as error:
            tell("Warning", "Failed", f'Failed to pull image "{container.image}": {error}')
            tell("Warning", "Failed", "Error: ErrImagePull")
            self._failed[key] = (self._clock.monotonic(), str(error))
            self.backoff.next(name + key[0])
            return
        self._failed.pop(key, None)
        self._pulled[key] = container.name
        now = self._clock.monotonic()
        size = found.size if found is not None else 0
        tell(
            "Normal",
            "Pulled",
            f'Successfully pulled image "{container.image}" in {_short(now - began)} '
            f"({_short(now - asked)} including waiting). Image size: {size} bytes.",
        )

    async def _credentials(self, pod: Pod, name: str) -> Credentials | None:
        for reference in pod.spec.image_pull_secrets:
            secret = await self._sources.secret(pod.metadata.namespace, reference.name)
            if secret is None:
                continue
            found = credentials_in(secret.data, registry_of(name))
            if found is not None:
                return found
        return None


def registry_of(name: str) -> str:
    """The registry an image is pulled from."""
    first, slash, _ = name.partition("/")
    return first if slash and ("." in first or ":" in first or first == "localhost") else "docker.io"


def credentials_in(data: dict[str, bytes], registry: str) -> Credentials | None:
    """What a Docker configuration in a Secret says for a registry."""
    try:
        if ".dockerconfigjson" in data:
            entries = msgspec.json.decode(data[".dockerconfigjson"]).get("auths") or {}
        elif ".dockercfg" in data:
            entries = msgspec.json.decode(data[".dockercfg"])
        else:
            return None
        for server, entry in entries.items():
            host = server.removeprefix("https://").removeprefix("http://").partition("/")[0]
            same = host == registry or (registry == "docker.io" and host in ("index.docker.io", "docker.io"))
            if not same:
                continue
            user, password = entry.get("username", ""), entry.get("password", "")
            if entry.get("auth"):
                user, _, password = base64.b64decode(entry["auth"]).decode().partition(":")
            return Credentials(user, password, server, entry.get("identitytoken", ""))
    except (msgspec.DecodeError, AttributeError, binascii.Error, UnicodeDecodeError):
        return None
    return None


def _short(seconds: float) -> str:
    from datetime import timedelta

    return format_duration(timedelta(milliseconds=round(seconds * 1000)))
