"""ComponentStatuses: read only, and long deprecated."""

from __future__ import annotations

from apiserver.registry.strategy import Strategy
from minik8s.api.core_v1 import ComponentStatus


class ComponentStatusStrategy(Strategy[ComponentStatus]):
    """The health of a part of the control plane."""

    namespaced = False
    short_names = ("cs",)


STRATEGY = ComponentStatusStrategy()
