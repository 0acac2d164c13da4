"""What the kubelet and a container engine say to each other; plain values, nothing of Docker in them."""

from __future__ import annotations

import dataclasses
import enum
from datetime import datetime


class RuntimeFailure(Exception):
    """The engine refused; the message is its own."""


class RuntimeUnavailable(RuntimeFailure):
    """The engine does not answer."""


class NotFoundInRuntime(RuntimeFailure):
    """No such container or image."""


class ImageMissing(NotFoundInRuntime):
    """The image is not there (or not in the registry)."""


class State(enum.StrEnum):
    """Where in its life a container is."""

    CREATED = "created"
    RUNNING = "running"
    EXITED = "exited"


@dataclasses.dataclass(frozen=True, slots=True)
class Mount:
    """A host path seen inside a container."""

    source: str
    target: str
    read_only: bool = False
    propagation: str = ""
    recursive_read_only: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Device:
    """A host device seen inside a container."""

    source: str
    target: str
    permissions: str = "rwm"


@dataclasses.dataclass(frozen=True, slots=True)
class Resources:
    """Limits of a container: CPU weight, quota in microseconds per period, bytes, pids; 0 is unlimited."""

    cpu_shares: int = 0
    cpu_quota: int = 0
    cpu_period: int = 100_000
    memory: int = 0
    pids: int = 0
    oom_score_adj: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Security:
    """Rights of a container; `seccomp` is "" (engine default), "unconfined" or a profile as JSON."""

    user: str = ""
    groups: tuple[int, ...] = ()
    privileged: bool = False
    add_capabilities: tuple[str, ...] = ()
    drop_capabilities: tuple[str, ...] = ()
    read_only_root: bool = False
    no_new_privileges: bool = False
    seccomp: str = ""
    apparmor: str = ""
    selinux: tuple[str, ...] = ()
    unmasked_proc: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class SandboxSpec:
    """The container that holds a Pod's namespaces."""

    name: str
    hostname: str
    labels: dict[str, str]
    cgroup_parent: str = ""
    host_network: bool = False
    host_ipc: bool = False
    host_pid: bool = False
    sysctls: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class ContainerSpec:
    """A container to make inside a sandbox.

    `pid` is "" (own), "host", or the id of a container to share with. `once`: the Pod waits for its end (an init
    container), which a runtime that runs nothing has to bring about.
    """

    name: str
    sandbox_id: str
    image: str
    labels: dict[str, str]
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    working_dir: str = ""
    env: tuple[tuple[str, str], ...] = ()
    mounts: tuple[Mount, ...] = ()
    devices: tuple[Device, ...] = ()
    resources: Resources = Resources()
    security: Security = Security()
    cgroup_parent: str = ""
    stdin: bool = False
    stdin_once: bool = False
    tty: bool = False
    pid: str = ""
    host_network: bool = False
    host_ipc: bool = False
    stop_signal: str = ""
    once: bool = False
    log_max_size: int = 10 * 1024 * 1024
    log_max_files: int = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Record:
    """A container (or sandbox) as a list shows it; `labels` say whose it is."""

    id: str
    state: State
    labels: dict[str, str]
    image: str
    image_id: str
    created_at: float


@dataclasses.dataclass(frozen=True, slots=True)
class Details:
    """A container (or sandbox) looked at closely.

    `netns` is the path of its network namespace ("" when gone), `log_path` the file of JSON lines its output goes
    to ({"log", "stream", "time"}; rotated ones are beside it as `.1`, `.2` …), `pid` 0 when not running, `writable` the
    folder with what it wrote outside of volumes ("" where the engine does not tell).
    """

    id: str
    state: State
    labels: dict[str, str]
    image: str
    image_id: str
    pid: int = 0
    exit_code: int = 0
    oom_killed: bool = False
    error: str = ""
    created_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    netns: str = ""
    log_path: str = ""
    writable: str = ""
    tty: bool = False
    cgroup_parent: str = ""
    mounts: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Image:
    """An image that is there; `user` is what its configuration says, `digests` are `name@sha256:…`."""

    id: str
    tags: tuple[str, ...]
    digests: tuple[str, ...]
    size: int
    user: str = ""
    created_at: float = 0.0


@dataclasses.dataclass(frozen=True, slots=True)
class RuntimeInfo:
    """The engine: `name` as in `docker://id`, its version, and in whole sentences what it cannot do here."""

    name: str
    version: str
    image_fs: str = ""
    cgroup_driver: str = "cgroupfs"
    lacks: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """Something happened to a container: `kind` is start, die, destroy, oom or another word of the engine."""

    kind: str
    id: str
    labels: dict[str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class ExecResult:
    """How a command in a container ended, and both its outputs together."""

    exit_code: int
    output: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class Credentials:
    """Name and password for a registry."""

    username: str
    password: str
    server: str = ""
    identity_token: str = ""
