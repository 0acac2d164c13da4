"""A rolling update: which old pods go now, or which nodes get a second pod now."""

from __future__ import annotations

from controllers.daemonset.nodes import View, pair
from minik8s.api.core_v1 import Pod


def to_replace(view: View, max_unavailable: int) -> list[Pod]:
    """Old pods to delete without exceeding `max_unavailable`; those that do not work anyway go first."""
    unavailable = 0
    broken: list[Pod] = []
    candidates: list[Pod] = []
    for name, (should, _) in view.placed.items():
        if not should:
            continue
        new, old, clear = pair(view, view.pods.get(name, []))
        if not clear or (new is None) == (old is None):
            unavailable += 1
        elif old is None:
            assert new is not None
            unavailable += not view.available(new)
        elif not view.available(old):
            broken.append(old)
            unavailable += 1
        else:
            candidates.append(old)
    return broken + candidates[: max(max_unavailable - unavailable, 0)]


def to_double(view: View, max_surge: int) -> list[str]:
    """Nodes to start a new pod on beside the old one, without exceeding `max_surge`."""
    surging = 0
    broken: list[str] = []
    candidates: list[str] = []
    for name, (should, _) in view.placed.items():
        if not should:
            continue
        new, old, clear = pair(view, view.pods.get(name, []))
        if not clear or (old is not None and new is not None):
            surging += 1
        elif old is not None:
            (candidates if view.available(old) else broken).append(name)
    return broken + candidates[: max(max_surge - surging, 0)]
