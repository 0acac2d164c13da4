"""What nginx is to do, in plain values: the outcome of `plan`, and all that `render` knows."""

from __future__ import annotations

import dataclasses

from ingress.annotations import Settings
from ingress.backends import Backend
from ingress.paths import Match

Key = tuple[str, str]
"""Namespace and name."""


@dataclasses.dataclass(frozen=True, slots=True)
class Location:
    """One path of one host. `backend` None answers 503; `passwords` is a file's name, `closed` answers 503 to all."""

    match: Match
    owner: Key
    settings: Settings
    backend: Backend | None
    passwords: str = ""
    closed: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Server:
    """One host, "" for all others. `certificate` is a file's name, "" for the fallback; `tls` whether one was asked."""

    host: str
    locations: tuple[Location, ...]
    tls: bool = False
    certificate: str = ""
    certificate_of: Key | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """What an Ingress' owner has to know: `reason` is an event's."""

    owner: Key
    reason: str
    message: str


@dataclasses.dataclass(frozen=True, slots=True)
class Model:
    """Everything. `files` are contents by name, readable by nginx's workers when the name begins with `auth/`."""

    servers: tuple[Server, ...] = ()
    files: dict[str, bytes] = dataclasses.field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    accepted: frozenset[Key] = frozenset()
    """The Ingresses that are served, if only in part."""
