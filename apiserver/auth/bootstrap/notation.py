"""A line for a rule: the notation the first roles are written in.

`VERBS GROUPS: RESOURCES [= NAMES]`, verbs and groups joined by commas, the rest by blanks. The core group is
`core`; `read`, `write` and `all` stand for the usual verbs; the group `url` makes a rule for paths.
"""

from __future__ import annotations

from collections.abc import Iterable

from minik8s.api.rbac_v1 import PolicyRule

_READ = ("get", "list", "watch")
_WRITE = ("create", "delete", "deletecollection", "patch", "update")
_SHORT = {"read": _READ, "write": _WRITE, "all": _READ + _WRITE}

EVENTS = "create,patch,update core,events.k8s.io: events"


def rule(line: str) -> PolicyRule:
    """The rule a line says, its lists sorted. Raises ValueError for a line that is none."""
    head, colon, tail = line.partition(": ")
    short_verbs, blank, groups = head.partition(" ")
    if not colon or not blank:
        raise ValueError(f"not a rule: {line!r}")
    verbs = sorted(verb for short in short_verbs.split(",") for verb in _SHORT.get(short, (short,)))
    what, _, names = tail.partition(" = ")
    if groups == "url":
        return PolicyRule(verbs=verbs, non_resource_urls=sorted(what.split()))
    return PolicyRule(
        verbs=verbs,
        api_groups=sorted("" if group == "core" else group for group in groups.split(",")),
        resources=sorted(what.split()),
        resource_names=sorted(names.split()),
    )


def rules(lines: Iterable[str]) -> list[PolicyRule]:
    """The rules the lines say, in their order."""
    return [rule(line) for line in lines]
