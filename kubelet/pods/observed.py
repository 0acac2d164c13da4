"""What the engine has of a Pod: its sandbox, and for each container its instances."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from kubelet import labels
from kubelet.runtime.types import Details, State


@dataclasses.dataclass(slots=True)
class Instance:
    """One container of the engine; `attempt` counts the instances of the same container from 0."""

    name: str
    attempt: int
    details: Details

    @property
    def id(self) -> str:
        """The engine's id."""
        return self.details.id

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self.details.state is State.RUNNING

    @property
    def exited(self) -> bool:
        """Whether it ran, or could not be started, and is over."""
        return self.details.state is State.EXITED

    @property
    def exit_code(self) -> int:
        """What it ended with; 128 when it could not be started."""
        return self.details.exit_code or (128 if self.details.error else 0)

    @property
    def sandbox_id(self) -> str:
        """The sandbox it was made in."""
        return self.details.labels.get(labels.SANDBOX_ID, "")


class Observed:
    """All a Pod has in the engine."""

    def __init__(self) -> None:
        self.sandboxes: list[Details] = []
        self._instances: dict[str, list[Instance]] = {}

    def put(self, details: Details) -> None:
        """Note a container or sandbox as it is now."""
        if labels.is_sandbox(details.labels):
            self.sandboxes = [s for s in self.sandboxes if s.id != details.id] + [details]
            self.sandboxes.sort(key=_attempt)
            return
        name = details.labels.get(labels.CONTAINER_NAME, "")
        kept = [i for i in self._instances.get(name, []) if i.id != details.id]
        kept.append(Instance(name, _attempt(details), details))
        self._instances[name] = sorted(kept, key=lambda i: i.attempt)

    def drop(self, container_id: str) -> None:
        """Forget one that was removed."""
        self.sandboxes = [s for s in self.sandboxes if s.id != container_id]
        for name, instances in list(self._instances.items()):
            kept = [i for i in instances if i.id != container_id]
            if kept:
                self._instances[name] = kept
            else:
                del self._instances[name]

    def newest(self, name: str) -> Instance | None:
        """The newest instance of a container."""
        found = self._instances.get(name)
        return found[-1] if found else None

    def previous(self, name: str) -> Instance | None:
        """The instance before the newest."""
        found = self._instances.get(name, [])
        return found[-2] if len(found) > 1 else None

    def of(self, name: str) -> list[Instance]:
        """All instances of a container, the oldest first."""
        return self._instances.get(name, [])

    def __iter__(self) -> Iterator[Instance]:
        for instances in list(self._instances.values()):
            yield from instances

    @property
    def names(self) -> Iterable[str]:
        """The containers that have instances."""
        return self._instances.keys()

    @property
    def running(self) -> list[Instance]:
        """All that run."""
        return [instance for instance in self if instance.running]

    @property
    def sandbox(self) -> Details | None:
        """The running sandbox; None when there is none."""
        return next((s for s in reversed(self.sandboxes) if s.state is State.RUNNING), None)

    @property
    def empty(self) -> bool:
        """Whether nothing is there at all."""
        return not self.sandboxes and not self._instances

    def ids(self) -> list[str]:
        """All ids, containers before sandboxes."""
        return [i.id for i in self] + [s.id for s in self.sandboxes]


def _attempt(details: Details) -> int:
    text = details.labels.get(labels.RESTART_COUNT, "0")
    return int(text) if text.isdigit() else 0
