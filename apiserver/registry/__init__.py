"""What the server accepts for each kind: one small module per resource.

`apiserver/registry/<group>/<resource>.py` holds a resource's `STRATEGY`; the file's name is the resource's plural
with underscores between its words (`config_maps.py`). A module is imported when its resource is first used.
"""

from __future__ import annotations

import importlib
import os
from functools import cache
from typing import Any

from apiserver.registry.strategy import Strategy
from minik8s.api.scheme import RESOURCES, resource_for_plural

_HERE = os.path.dirname(__file__)


def folder_of(group: str) -> str:
    """The folder of a group's modules: `core`, or the group's first label."""
    return group.partition(".")[0] or "core"


@cache
def _modules(folder: str) -> dict[str, str]:
    """Plural -> module of one folder."""
    try:
        names = os.listdir(os.path.join(_HERE, folder))
    except FileNotFoundError:
        return {}
    stems = [name.removesuffix(".py") for name in names if name.endswith(".py") and not name.startswith("__")]
    return {stem.replace("_", ""): f"apiserver.registry.{folder}.{stem}" for stem in stems}


class _PlainStrategy(Strategy[Any]):
    """A kind that is stored as it comes."""


class _PlainClusterStrategy(Strategy[Any]):
    """A kind without namespace that is stored as it comes."""

    namespaced = False


@cache
def strategy_of(group: str, plural: str, version: str = "") -> Strategy[Any]:
    """The strategy of a resource; `version` matters where versions of a group differ in their types."""
    module = _modules(folder_of(group)).get(plural)
    if module is not None:
        loaded = importlib.import_module(module)
        found = getattr(loaded, f"STRATEGY_{version.upper()}", None) or getattr(loaded, "STRATEGY", None)
        if isinstance(found, Strategy):
            return found
    version = version or next((r.version for r in RESOURCES if r.group == group and r.plural == plural), "v1")
    resource = resource_for_plural(f"{group}/{version}" if group else version, plural)
    return _PlainStrategy() if resource is None or resource.namespaced else _PlainClusterStrategy()


def strategies() -> dict[tuple[str, str], Strategy[Any]]:
    """Every served resource's strategy by (group, plural)."""
    return {(r.group, r.plural): strategy_of(r.group, r.plural) for r in RESOURCES}
