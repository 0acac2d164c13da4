"""The annotation in which client-side apply remembers what it applied."""

from __future__ import annotations

import json
from typing import Any

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def annotated(obj: dict[str, Any]) -> dict[str, Any]:
    """The object with itself, as JSON, in the annotation that the next apply compares with."""
    bare = json.loads(json.dumps(obj))
    bare.get("metadata", {}).get("annotations", {}).pop(LAST_APPLIED, None)
    if not bare["metadata"].get("annotations"):
        bare["metadata"]["annotations"] = {}
    text = json.dumps(bare, separators=(",", ":"), sort_keys=True, ensure_ascii=False) + "\n"
    bare["metadata"]["annotations"][LAST_APPLIED] = text
    return dict(bare)
