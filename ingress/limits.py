"""How often one client may ask: zones shared by nginx's workers, and their use in a location."""

from __future__ import annotations

import dataclasses
import hashlib

from ingress.annotations import Settings
from ingress.lines import Lines
from ingress.model import Key, Location, Model

_ZONE = "1m"
"""Room for some 16,000 clients; the longest unseen make place."""
_BURST = 5
"""How many times its rate a client may ask at once, as with ingress-nginx."""


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Limit:
    """`rate` as nginx writes it, "" for a number of connections."""

    owner: Key
    rate: str
    count: int

    @property
    def zone(self) -> str:
        """The name of its zone."""
        return "limit_" + hashlib.sha256(repr(self).encode()).hexdigest()[:12]


def _of(at: Location) -> list[Limit]:
    settings = at.settings
    rates = (("r/s", settings.limit_rps), ("r/m", settings.limit_rpm))
    found = [Limit(at.owner, f"{count}{unit}", count) for unit, count in rates if count]
    return [*found, Limit(at.owner, "", settings.limit_connections)] if settings.limit_connections else found


def write_zones(out: Lines, model: Model) -> None:
    """One for each limit of each Ingress: clients of one do not count for another."""
    for limit in sorted({limit for server in model.servers for at in server.locations for limit in _of(at)}):
        with out.of(limit.owner):
            if limit.rate:
                out(f"limit_req_zone $binary_remote_addr zone={limit.zone}:{_ZONE} rate={limit.rate}")
            else:
                out(f"limit_conn_zone $binary_remote_addr zone={limit.zone}:{_ZONE}")


def write(out: Lines, at: Location) -> None:
    """The limits of one location."""
    for limit in _of(at):
        if limit.rate:
            out(f"limit_req zone={limit.zone} burst={limit.count * burst(at.settings)} nodelay")
        else:
            out(f"limit_conn {limit.zone} {limit.count}")


def burst(settings: Settings) -> int:
    """How many times the rate at once."""
    return settings.limit_burst or _BURST
