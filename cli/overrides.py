"""`--overrides`: what a person puts over an object a command made."""

from __future__ import annotations

from typing import Any

from cli.errors import CommandError


def overridden(obj: dict[str, Any], text: str, kind: str = "merge") -> dict[str, Any]:
    """The object with a patch in JSON or YAML over it; types: merge, strategic, json. Raises CommandError."""
    if not text:
        return obj
    import yaml

    from minik8s.api import scheme
    from minik8s.machinery.patches import PatchError, json_patch, merge_patch, strategic_merge

    if kind not in ("merge", "strategic", "json"):
        raise CommandError(f"error: invalid --override-type '{kind}', must be one of json, merge, strategic")
    try:
        patch = yaml.safe_load(text)
        if kind == "json":
            return dict(json_patch(obj, patch))
        if not isinstance(patch, dict):
            raise CommandError("error: Invalid JSON Patch: an object is expected")
        known = scheme.resource_for_kind(str(obj["apiVersion"]), str(obj["kind"]))
        if kind == "strategic" and known is not None:
            return dict(strategic_merge(obj, patch, scheme.type_of(known)))
        return dict(merge_patch(obj, patch))
    except (PatchError, yaml.YAMLError) as error:
        raise CommandError(f"error: Invalid JSON Patch: {' '.join(str(error).split())}") from None
