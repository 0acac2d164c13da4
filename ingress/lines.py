"""A configuration being written, that remembers for whom each line is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

from ingress.model import Key


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """A whole configuration: `owners` has an entry a line, None for what is everybody's."""

    text: str
    owners: tuple[Key | None, ...]
    generation: str = ""

    def owner_of(self, line: int) -> Key | None:
        """Whose a line is, the first being 1."""
        return self.owners[line - 1] if 0 < line <= len(self.owners) else None


class Lines:
    """Takes one directive after another; blocks are indented."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._owners: list[Key | None] = []
        self._depth = 0
        self.owner: Key | None = None

    def __call__(self, *directives: str) -> None:
        """Directives, one to a line, without their semicolons."""
        for directive in directives:
            self._put(f"{directive};")

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """`head { … }`."""
        self._put(f"{head} {{")
        self._depth += 1
        yield
        self._depth -= 1
        self._put("}")

    @contextmanager
    def of(self, owner: Key | None) -> Iterator[None]:
        """What is written meanwhile is for `owner`."""
        before, self.owner = self.owner, owner
        if owner is not None:
            self._put(f"# {owner[0]}/{owner[1]}")
        yield
        self.owner = before

    def _put(self, line: str) -> None:
        self._lines.append("  " * self._depth + line)
        self._owners.append(self.owner)

    def written(self) -> Written:
        """All of it."""
        return Written("\n".join(self._lines) + "\n", tuple(self._owners))
