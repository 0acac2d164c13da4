"""Versions in the order in which Kubernetes prefers them, and what users of old ones are told."""

from __future__ import annotations

import re

from apiserver.crd.outline import Outline, Version

_VERSION = re.compile(r"v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?")
_STAGES = {"alpha": 0, "beta": 1, None: 2}


def rank(version: str) -> tuple[int, int, int, int]:
    """Higher for the version that is preferred; names that are no versions come last (by their name among them)."""
    found = _VERSION.fullmatch(version)
    if found is None:
        return (0, 0, 0, 0)
    return (1, _STAGES[found[2]], int(found[1]), int(found[3] or 0))


def ordered(versions: list[str]) -> list[str]:
    """The preferred one first."""
    return sorted(sorted(versions), key=rank, reverse=True)


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
