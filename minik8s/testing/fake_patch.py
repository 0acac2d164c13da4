"""Patches on plain documents, for the fake API server."""

from __future__ import annotations

from typing import Any

from minik8s.api import scheme
from minik8s.client.errors import UnsupportedMediaType
from minik8s.testing.fake_store import Document, copy


def apply(document: Document, patch: Any, content_type: str, group_version: str, kind: str) -> Document:
    """The document after a patch of that content type; an apply patch is merged without tracking who owns what."""
    from minik8s.machinery.patches import json_patch, merge_patch, strategic_merge

    changed: Any
    if "json-patch" in content_type:
        changed = json_patch(copy(document), patch)
    elif "strategic-merge-patch" in content_type or "apply-patch" in content_type:
        known = scheme.resource_for_kind(group_version, kind)
        if known is None:
            changed = merge_patch(copy(document), patch)
        else:
            changed = strategic_merge(copy(document), patch, scheme.type_of(known))
    elif "merge-patch" in content_type:
        changed = merge_patch(copy(document), patch)
    else:
        raise UnsupportedMediaType(f"the body of the request was in an unknown format: {content_type}")
    found: Document = changed
    return found
