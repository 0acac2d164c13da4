"""Which writes are heavy, by what can be seen without reading them."""

from __future__ import annotations

from apiserver.call import Call
from apiserver.slow_kinds import SlowKinds

LARGE = 96 * 1024
"""Bytes from which on any body, or a stored object that is patched or deleted, is heavy."""
_LARGE_DEFINITION = 32 * 1024
_MANY_SCHEMAS = 500
_LARGE_RULES = 4 * 1024
_LARGE_PATCH = 24 * 1024
_LARGE_EXPRESSIONS = 4 * 1024
_LARGE_YAML = 4 * 1024
_CONNECTED = frozenset({"attach", "exec", "portforward", "proxy", "log"})
_DEFINITIONS = "apiextensions.k8s.io"
WRITES = frozenset({"create", "update", "patch"})
CHANGES = frozenset({"patch", "delete"})
"""What is small itself and can be about something large."""


def is_heavy_object(group: str, size: int) -> bool:
    """Whether changing a stored object of a group is heavy, by its size in bytes."""
    return size > (_LARGE_DEFINITION if group == _DEFINITIONS else LARGE)


def may_be_heavy(call: Call) -> bool:
    """Whether a request is one that has to be looked at."""
    info = call.info
    return (info.verb in WRITES or info.verb in CHANGES) and info.subresource not in _CONNECTED


def is_heavy(call: Call, body: bytes, slow: SlowKinds) -> bool:
    """Whether a write is better carried out by somebody else."""
    size = len(body)
    if size > LARGE:
        return True
    if size > _LARGE_YAML and body[:1] not in (b"{", b"[") and "yaml" in call.header(b"content-type"):
        # Reading YAML takes a hundred times as long as JSON.
        return True
    info = call.info
    if info.verb == "patch" and (size > _LARGE_PATCH or (b'"copy"' in body and b'"op"' in body)):
        return True
    if info.group == _DEFINITIONS:
        # Each schema in a schema is looked at several times; each rule is compiled and its cost is estimated.
        if size > _LARGE_DEFINITION or body.count(b"{") > _MANY_SCHEMAS:
            return True
        return size > _LARGE_RULES and b"x-kubernetes-validations" in body
    if info.group == "admissionregistration.k8s.io" and size > _LARGE_EXPRESSIONS:
        return True
    return (info.group, info.resource) in slow
