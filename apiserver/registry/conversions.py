"""Resources that are served under two group versions and stored under one.

A conversion is named by the group version that is not stored. Both of its functions share nothing with what they are
given that a caller would change: they are for objects read anew.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class Conversion:
    """`stored` is the group version under which objects are kept; the plural is the same."""

    stored: str
    to_stored: Callable[[Any], Any]
    from_stored: Callable[[Any], Any]


def _events() -> Conversion:
    from apiserver.registry.events.events import from_core, to_core

    return Conversion("v1", to_core, from_core)


def _autoscalers() -> Conversion:
    from apiserver.registry.autoscaling.conversion import to_v1, to_v2

    return Conversion("autoscaling/v2", to_v2, to_v1)


_MAKERS = {
    ("events.k8s.io/v1", "events"): _events,
    ("autoscaling/v1", "horizontalpodautoscalers"): _autoscalers,
}


@cache
def conversion_of(group_version: str, plural: str) -> Conversion | None:
    """How a resource is stored, None when it is stored as it is."""
    maker = _MAKERS.get((group_version, plural))
    return None if maker is None else maker()


def converted_versions(plural: str) -> tuple[str, ...]:
    """The group versions of a resource that are stored as another one."""
    return tuple(group_version for group_version, name in _MAKERS if name == plural)
