"""What the supervisor needs to know of one process."""

from __future__ import annotations

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class Spec:
    """One process.

    `stage`: higher ones are stopped first. `needs`: files that must exist before it is started. `health`: a URL
    that answers 200 when it is well, "" for none. `netns`: a network namespace's file to run in.
    """

    name: str
    argv: list[str]
    log: str
    stage: int = 50
    node: str = ""
    netns: str = ""
    env: dict[str, str] = dataclasses.field(default_factory=dict)
    needs: list[str] = dataclasses.field(default_factory=list)
    health: str = ""
    stop_seconds: float = 10.0

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, entry: dict[str, Any]) -> Spec:
        """From plain values."""
        return cls(**entry)
