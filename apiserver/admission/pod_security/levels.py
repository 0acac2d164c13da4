"""Levels, versions, and the labels of a namespace that choose them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from minik8s.api.meta_v1 import StatusCause

PRIVILEGED, BASELINE, RESTRICTED = LEVELS = ("privileged", "baseline", "restricted")
LATEST = "latest"
PREFIX = "pod-security.kubernetes.io/"

_VERSION = re.compile(r"v1\.(0|[1-9][0-9]*)")


class LevelVersion(NamedTuple):
    """A level as of a Kubernetes version ("latest" or "v1.x")."""

    level: str = PRIVILEGED
    version: str = LATEST

    def __str__(self) -> str:
        return f"{self.level}:{self.version}"

    @property
    def minor(self) -> int | None:
        """The minor version, None for the latest."""
        return None if self.version == LATEST else int(self.version[3:])


class Policy(NamedTuple):
    """What a namespace enforces, notes in the audit log, and warns about."""

    enforce: LevelVersion = LevelVersion()
    audit: LevelVersion = LevelVersion()
    warn: LevelVersion = LevelVersion()

    @property
    def fully_privileged(self) -> bool:
        """Whether nothing is checked at all."""
        return self.enforce.level == self.audit.level == self.warn.level == PRIVILEGED


def _invalid(label: str, value: str, why: str) -> StatusCause:
    field = f"metadata.labels[{label}]"
    return StatusCause(reason="FieldValueInvalid", message=f'Invalid value: "{value}": {why}', field=field)


def policy_of(labels: Mapping[str, str], default: Policy) -> tuple[Policy, list[StatusCause]]:
    """The policy a namespace's labels ask for, and what is wrong with the labels.

    A bad enforce level counts as restricted, bad audit and warn levels as privileged, a bad version as the latest.
    """
    causes: list[StatusCause] = []
    chosen: dict[str, LevelVersion] = {}
    given: dict[str, bool] = {}
    for mode, fallback in (("enforce", default.enforce), ("audit", default.audit), ("warn", default.warn)):
        level, version = fallback
        label = PREFIX + mode
        if label in labels:
            value = labels[label]
            given[mode] = value in LEVELS
            level = value
            if value not in LEVELS:
                level = RESTRICTED if mode == "enforce" else PRIVILEGED
                causes.append(_invalid(label, value, f"must be one of {', '.join(LEVELS)}"))
        label = f"{PREFIX}{mode}-version"
        if label in labels:
            value = labels[label]
            version = value
            given[mode + "-version"] = True
            if value != LATEST and _VERSION.fullmatch(value) is None:
                version = LATEST
                causes.append(_invalid(label, value, 'must be "latest" or "v1.x"'))
        chosen[mode] = LevelVersion(level, version)
    enforce, warn = chosen["enforce"], chosen["warn"]
    stricter = LEVELS.index(enforce.level) > LEVELS.index(warn.level)
    if PREFIX + "warn" not in labels and given.get("enforce") and stricter:
        # Who enforces a level is warned at least by it.
        version = warn.version if given.get("warn-version") else enforce.version
        warn = LevelVersion(enforce.level, version)
    return Policy(enforce, chosen["audit"], warn), causes
