"""What users of old versions are told."""

from __future__ import annotations

from apiserver.crd.outline import Outline, Version
from apiserver.discovery.version_order import ordered, rank


def deprecation(crd: Outline, version: Version) -> str:
    """The warning for users of a version, "" for one that is not deprecated."""
    if not version.deprecated:
        return ""
    if version.deprecation_warning is not None:
        return version.deprecation_warning
    group, kind = crd.spec.group, crd.spec.names.kind
    text = f"{group}/{version.name} {kind} is deprecated"
    better = [
        each.name
        for each in crd.spec.versions
        if each.served and not each.deprecated and rank(each.name) > rank(version.name)
    ]
    return f"{text}; use {group}/{ordered(better)[0]} {kind}" if better else text
