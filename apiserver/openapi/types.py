"""From group version and kind, as documents name them, to the Python type."""

from __future__ import annotations

import importlib
from functools import cache

from minik8s.api import meta_v1
from minik8s.api.fields import Struct
from minik8s.api.scheme import RESOURCES


@cache
def _modules() -> dict[str, str]:
    return {resource.group_version: resource.module for resource in RESOURCES}


@cache
def type_of_kind(group_version: str, kind: str) -> type[Struct] | None:
    """The type of a built-in kind or of its list, None for what the model does not know."""
    module = _modules().get(group_version)
    if module is None:
        return None
    found = getattr(importlib.import_module(f"minik8s.api.{module}"), kind, None)
    if found is None:
        found = getattr(meta_v1, kind, None)
    return found if isinstance(found, type) and issubclass(found, Struct) else None
