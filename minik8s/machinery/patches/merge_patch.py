"""JSON merge patches (RFC 7386)."""

from __future__ import annotations

import copy
from typing import Any


def merge_patch(doc: Any, patch: Any) -> Any:
    """The document after the patch: objects merge, null takes away, everything else replaces."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    merged = dict(doc) if isinstance(doc, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged
