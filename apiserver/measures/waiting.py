"""What a request spent on others: a seat, webhooks. Its service level is the rest."""

from __future__ import annotations

from contextvars import ContextVar


class Waited:
    """Seconds of one request; webhooks that validate are asked at once, so that the slowest of them counts."""

    __slots__ = ("_judged", "_spent")

    def __init__(self) -> None:
        self._spent = self._judged = 0.0

    def add(self, seconds: float) -> None:
        """Time that passed before anything else went on."""
        self._spent += seconds

    def beside(self, seconds: float) -> None:
        """Time that passed while others of its kind were waited for as well."""
        self._judged = max(self._judged, seconds)

    @property
    def seconds(self) -> float:
        """All of it."""
        return self._spent + self._judged


current: ContextVar[Waited | None] = ContextVar("waited", default=None)
"""That of the request being carried out."""
