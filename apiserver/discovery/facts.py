"""What discovery tells of a resource, a group version and a group."""

from __future__ import annotations

import base64
import dataclasses
import hashlib

STANDARD_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
CURRENT = "Current"
STALE = "Stale"


@dataclasses.dataclass(frozen=True, slots=True)
class Subresource:
    """One subresource; `group` and `version` are set where its kind belongs to another group version."""

    name: str
    kind: str
    verbs: tuple[str, ...]
    group: str = ""
    version: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Served:
    """One resource of a group version, with its subresources by name; `storage_hash` is "" where nothing is stored."""

    plural: str
    kind: str
    namespaced: bool
    singular: str
    verbs: tuple[str, ...] = STANDARD_VERBS
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[Subresource, ...] = ()
    storage_hash: str = ""
    group: str = ""
    version: str = ""
    """Group and version of the kind, where aggregated discovery names them: of custom kinds it does."""


def storage_hash(group: str, version: str, kind: str) -> str:
    """What tells clients whether the version in which objects are stored has changed."""
    digest = hashlib.sha256(f"{group}/{version}/{kind}".encode()).digest()
    return base64.b64encode(digest[:8]).decode()


@dataclasses.dataclass(frozen=True, slots=True)
class GroupVersion:
    """One version of a group; `freshness` is Stale when what serves it could not be asked lately.

    Of a group that several servers serve, the versions with the highest `priority` come first.
    """

    version: str
    resources: tuple[Served, ...]
    freshness: str = CURRENT
    priority: int = 100


@dataclasses.dataclass(frozen=True, slots=True)
class Group:
    """A group and its versions, the preferred one first; the core group has no name.

    Groups are told in the order of `priority`, the highest first, then by name.
    """

    name: str
    versions: tuple[GroupVersion, ...]
    priority: int = 0
