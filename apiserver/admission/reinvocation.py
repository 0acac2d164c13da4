"""Asking again: when a webhook or a policy changes an object, others that saw it before may want to see it anew."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(slots=True)
class Asked:
    """What one plugin has asked in earlier rounds: those that want to be asked again, and those that are due."""

    before: set[str] = dataclasses.field(default_factory=set)
    due: set[str] = dataclasses.field(default_factory=set)
    last: bytes | None = None

    def changed(self) -> None:
        """The object is another one: whoever was asked before and wants to know is due."""
        self.due |= self.before
        self.before = set()


@dataclasses.dataclass(slots=True)
class Rounds:
    """The rounds of one request: the first, and at most one more when something was changed."""

    again: bool = False
    needed: bool = False
    plugins: dict[str, Asked] = dataclasses.field(default_factory=dict)

    def of(self, plugin: str) -> Asked:
        """What a plugin has asked."""
        return self.plugins.setdefault(plugin, Asked())
