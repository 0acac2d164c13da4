"""Stored values that cannot be read: kept count of, so that nobody takes what they stand for to be gone."""

from __future__ import annotations

from typing import NamedTuple

_ENCRYPTED = b"k8s:enc:"


class Sealed(bytes):
    """A value as it is stored, for want of a key; `why` it could not be decrypted."""

    why: str

    @classmethod
    def of(cls, stored: bytes, why: str) -> Sealed:
        """The value, with the reason."""
        made = cls(stored)
        made.why = why
        return made


class Unreadable(NamedTuple):
    """One of them. `why` is empty for a value that was decrypted, or never encrypted, and is no such object."""

    key: str
    value: bytes
    why: str


def unreadable(key: str, value: bytes) -> Unreadable:
    """What there is to be told of a value that is no object."""
    why = value.why if isinstance(value, Sealed) else ""
    if not why and value.startswith(_ENCRYPTED):
        why = "identity transformer tried to read encrypted data"
    return Unreadable(key, value, why)
