"""Short stable hashes for names."""

from __future__ import annotations

import msgspec

from minik8s.api.core_v1 import PodTemplateSpec
from minik8s.machinery.copy import deep_copy

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""Letters and digits without vowels and look-alikes, so that no name says something."""

_encode = msgspec.json.Encoder(order="deterministic").encode


def fnv32a(data: bytes, seed: int = 2166136261) -> int:
    """The 32-bit FNV-1a hash."""
    found = seed
    for byte in data:
        found = ((found ^ byte) * 16777619) & 0xFFFFFFFF
    return found


def safe_encode(text: str) -> str:
    """Each character as one of `ALPHABET`."""
    return "".join(ALPHABET[ord(char) % len(ALPHABET)] for char in text)


def hash_of(value: object, collision_count: int | None = None) -> str:
    """The hash of a value's JSON; the collision count makes the same value hash differently."""
    data = _encode(value)
    if collision_count is not None:
        data += collision_count.to_bytes(8, "little")
    return safe_encode(str(fnv32a(data)))


def template_hash(template: PodTemplateSpec, collision_count: int | None = None) -> str:
    """The value of `pod-template-hash` for a template without one."""
    bare = deep_copy(template)
    bare.metadata.labels.pop("pod-template-hash", None)
    bare.metadata.creation_timestamp = None
    return hash_of(bare, collision_count)
