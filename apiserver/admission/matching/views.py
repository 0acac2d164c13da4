"""A request's objects as documents, in the version that a webhook or policy asks for."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import msgspec

from apiserver.admission.matching.targets import Kind, Served, Target, target_of
from apiserver.admission.plugin import AdmissionRequest

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class View:
    """The new and the old object of a request under one version; documents are shared and not to be changed."""

    def __init__(self, target: Target, new: bytes | None, old: bytes | None) -> None:
        self.target = target
        self.new = new
        self.old = old

    @cached_property
    def object(self) -> dict[str, Any] | None:
        """The new object."""
        return None if self.new is None else _decode(self.new)

    @cached_property
    def old_object(self) -> dict[str, Any] | None:
        """The old one."""
        return None if self.old is None else _decode(self.old)


def encoded(obj: Any, kind: Kind) -> bytes | None:
    """An object's bytes, saying its kind and version."""
    if obj is None:
        return None
    if not isinstance(obj, dict) and (obj.kind != kind.kind or obj.api_version != kind.api_version):
        obj = msgspec.structs.replace(obj, kind=kind.kind, api_version=kind.api_version)
    return _encode(obj)


def options_document(options: Any) -> Any:
    """A request's options as plain data; null where it has none."""
    if options is None or isinstance(options, dict):
        return options
    known = {"kind": type(options).__name__, "apiVersion": "meta.k8s.io/v1"}
    return {**known, **msgspec.to_builtins(options), **known}


class Views:
    """The views of one request; of no use once its object has changed."""

    def __init__(self, request: AdmissionRequest, served: Served) -> None:
        self._request = request
        self._served = served
        self.own = target_of(request)
        self._made: dict[Kind, View] = {}

    async def of(self, target: Target) -> View:
        """The objects as requests for a target have them. Raises ConversionFailed."""
        kind = target.kind
        found = self._made.get(kind)
        if found is not None and found.target == target:
            return found
        own = self._made.get(self.own.kind)
        if own is None:
            new, old = (encoded(obj, self.own.kind) for obj in (self._request.obj, self._request.old))
            own = self._made[self.own.kind] = View(self.own, new, old)
        if kind == self.own.kind:
            return own if target == self.own else View(target, own.new, own.old)
        sides = []
        for document in (own.new, own.old):
            sides.append(None if document is None else await self._served.converted(document, self.own, target))
        found = self._made[kind] = View(target, *sides)
        return found
