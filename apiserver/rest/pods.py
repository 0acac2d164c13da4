"""The endpoints of pods that take a POST: binding to a node, and eviction."""

from __future__ import annotations

from functools import partial

from apiserver.rest.binding import bind
from apiserver.rest.dispatch import Dispatch
from apiserver.rest.eviction import evict


def add_to(dispatch: Dispatch) -> None:
    """Serve these endpoints."""
    binding = partial(bind, resource=dispatch.resources.by_path["", "v1", "pods"], writes=dispatch.writes)
    dispatch.endpoints["", "pods", "binding"] = {"create": binding}
    dispatch.endpoints["", "bindings", ""] = {"create": binding}
    dispatch.endpoints["", "pods", "eviction"] = {
        "create": partial(
            evict,
            pods=dispatch.resources.by_path["", "v1", "pods"],
            budgets=dispatch.resources.by_path["policy", "v1", "poddisruptionbudgets"],
            writes=dispatch.writes,
        )
    }
