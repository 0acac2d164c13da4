"""The seam of fairness: every request that is not long-running takes a seat before it is worked on."""

from __future__ import annotations

from typing import Protocol

from apiserver.auth.errors import StatusError, too_many_requests
from apiserver.auth.protocols import Attributes

RETRY_AFTER = 1  # seconds
_MOST_SEATS = 10
_OBJECTS_PER_SEAT = 100


class Seat(Protocol):
    """A request's right to be worked on; the identifiers go into response headers ("" where there are none)."""

    flow_schema_uid: str
    priority_level_uid: str

    def leave(self) -> None:
        """Give the seat back; must be called, whatever became of the request. Once more does nothing."""
        ...


class Gate(Protocol):
    """Hands out seats; `seats_watches` tells whether the start of a watch needs one."""

    seats_watches: bool

    async def enter(self, attributes: Attributes, seats: int = 1) -> Seat:
        """A seat, perhaps after waiting. Raises StatusError (429, to be tried again after a second)."""
        ...


class FreeSeat:
    """The seat of a request that is not counted."""

    flow_schema_uid = ""
    priority_level_uid = ""

    def leave(self) -> None:
        """Nothing to give back."""


def refused() -> StatusError:
    """The answer to a request there is no seat for."""
    return too_many_requests("Too many requests, please try again later.", RETRY_AFTER)


def list_seats(objects: int) -> int:
    """How many seats a list of a resource with so many objects takes: one per hundred, from 1 to 10 (KEP-1040)."""
    return max(1, min(_MOST_SEATS, -(-objects // _OBJECTS_PER_SEAT)))
