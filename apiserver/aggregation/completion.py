"""Whether the APIServices of what a server serves itself have come to be available."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from minik8s.api.apiregistration_v1 import APIService


class Held(Protocol):
    """What tells of stored objects."""

    def get(self, cls: type[APIService], name: str, namespace: str = "") -> APIService | None:
        """The object, None where there is none."""


class Completion:
    """The check `autoregister-completion`: each of them has to be seen available once, whatever happens to it then."""

    def __init__(self, held: Held, names: Iterable[str]) -> None:
        self._held = held
        self._pending = set(names)

    def check(self) -> None:
        """Raises RuntimeError with the names of those not seen available yet."""
        self._pending -= {name for name in self._pending if _available(self._held.get(APIService, name))}
        if self._pending:
            raise RuntimeError(f"missing APIService: [{' '.join(sorted(self._pending))}]")


def _available(service: APIService | None) -> bool:
    conditions = service.status.conditions if service is not None else []
    return any(each.type == "Available" and each.status == "True" for each in conditions)
