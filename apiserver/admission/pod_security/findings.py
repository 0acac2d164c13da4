"""What a check finds, and how it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from minik8s.api.core_v1 import Container, EphemeralContainer, PodSpec, SecurityContext
from minik8s.api.meta_v1 import ObjectMeta


class Finding(NamedTuple):
    """Why a pod is not allowed: the rule in a few words, and who breaks it."""

    reason: str
    detail: str

    def __str__(self) -> str:
        return f"{self.reason} ({self.detail})" if self.detail else self.reason


Check = Callable[[ObjectMeta, PodSpec], Finding | None]


def containers(spec: PodSpec) -> Iterator[Container | EphemeralContainer]:
    """Every container: init, regular, ephemeral."""
    yield from spec.init_containers
    yield from spec.containers
    yield from spec.ephemeral_containers


def contexts(spec: PodSpec) -> Iterator[tuple[str, SecurityContext | None]]:
    """Name and security context of every container."""
    for container in containers(spec):
        yield container.name, container.security_context


def quoted(items: Iterable[str]) -> str:
    """The items quoted, joined by commas."""
    return ", ".join(f'"{item}"' for item in items)


def counted(word: str, items: Sequence[str] | set[str]) -> str:
    """The word, in the plural unless there is one item."""
    return word if len(items) == 1 else word + "s"


def named(word: str, items: Sequence[str]) -> str:
    """`container "a"` or `containers "a", "b"`."""
    return f"{counted(word, items)} {quoted(items)}"


def setters(pod: bool, names: Sequence[str]) -> str:
    """The pod, the containers, or both, as the subject of a sentence; "" for neither."""
    parts = ["pod"] if pod else []
    if names:
        parts.append(named("container", names))
    return " and ".join(parts)


def on_windows(spec: PodSpec) -> bool:
    """Whether the pod says it runs on Windows."""
    return spec.os is not None and spec.os.name == "windows"


def in_user_namespace(spec: PodSpec) -> bool:
    """Whether root in the pod is nobody outside it."""
    return spec.host_users is False
