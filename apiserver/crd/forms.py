"""How stored bytes of custom objects become what is served.

A value in the store begins with the version it was stored under, which need not be today's storage version. Values
written before the definition last changed may hold what the schema no longer knows, or lack what it now defaults.
Items of lists say their kind and version, as clients of custom resources expect it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from apiserver.crd.kind import CustomKind
from apiserver.storage.entry import Form
from apiserver.storage.view import ViewForm

_METADATA = b'"metadata":{'
_OTHER_SERVERS = 5.0
"""Seconds in which other servers may not have seen a changed definition yet."""
_SEEN = len(b'"resourceVersion":"')

Select = Callable[[Any], dict[str, str]] | None


def split_head(value: bytes) -> int:
    """Where the metadata of a stored value opens. Raises ValueError for a value that does not begin as it must."""
    at = value.find(_METADATA, 0, 1024)
    if not value.startswith(b'{"kind":"') or at < 0:
        raise ValueError(f"stored value begins with {value[:60]!r}, not with a kind, a version and metadata")
    return at + len(_METADATA)


class CustomForm(Form):
    """Values of the version that is stored, read by its schema.

    `since` is the revision up to which values may have been written under another definition; a definition that
    never `changed` has no other that a server could still go by.
    """

    __slots__ = ("custom", "others", "since", "until")

    def __init__(
        self, kind: CustomKind, others: Mapping[bytes, CustomKind], select: Select, since: int, changed: bool
    ) -> None:
        super().__init__(
            kind.kind,
            kind.group_version,
            namespaced=kind.names.namespaced,
            decode=kind.decode,
            select=select,
            keep_decoded=False,
        )
        self.item_offset = 1
        self.custom = kind
        self.others = others
        self.since = since
        self.until = time.monotonic() + _OTHER_SERVERS if changed else 0.0

    def wire(self, value: bytes, revision: int) -> bytes:
        """See Form."""
        head = self.head
        if not value.startswith(head):
            at = split_head(value)
            other = self.others.get(value[:at])
            value = head + (other.normal(value)[at:] if other is not None else value[at:])
            value = self.custom.pruned(value)
        elif revision <= self.since or time.monotonic() < self.until:
            value = self.custom.normal(value)
        return super().wire(value, revision)


class OtherForm(ViewForm):
    """Values of another version than the stored one, of a kind whose versions differ in nothing but their schema."""

    __slots__ = ()

    def __init__(self, kind: CustomKind, select: Select) -> None:
        super().__init__(
            kind.kind,
            kind.group_version,
            namespaced=kind.names.namespaced,
            decode=kind.decode,
            select=select,
            keep_decoded=False,
            translate=self._translate(kind),
        )
        self.item_offset = 1

    def _translate(self, kind: CustomKind) -> Callable[[bytes], bytes]:
        def translate(value: bytes) -> bytes:
            return kind.pruned(self.head + value[split_head(value) :])

        return translate


class StoredForm(Form):
    """Values as they are stored, of whatever version; nobody reads them but views that convert."""

    __slots__ = ()

    def wire(self, value: bytes, revision: int) -> bytes:
        """See Form."""
        at = split_head(value)
        return b'%b"resourceVersion":"%d",%b' % (value[:at], revision, value[at:])

    def stored(self, wire: bytes) -> bytes:
        """See Form."""
        at = split_head(wire)
        return wire[:at] + wire[wire.index(b'",', at + _SEEN) + 2 :]


class ConvertedForm(ViewForm):
    """Values of one version of a kind that is converted by a webhook: `wire` takes only values of that version."""

    __slots__ = ("custom",)

    def __init__(self, kind: CustomKind, select: Select) -> None:
        super().__init__(
            kind.kind,
            kind.group_version,
            namespaced=kind.names.namespaced,
            decode=kind.decode,
            select=select,
            keep_decoded=False,
            translate=_never,
        )
        self.item_offset = 1
        self.custom = kind

    def wire(self, value: bytes, revision: int) -> bytes:
        """See Form; the value is made what the schema wants."""
        return super().wire(self.custom.normal(value), revision)


def _never(value: bytes) -> bytes:
    raise ValueError(f"stored value begins with {value[:60]!r}: it has to be converted first")
