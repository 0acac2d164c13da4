"""A request's resource and kind, and the objects of other versions that mean the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from apiserver.admission.plugin import AdmissionRequest


class Kind(NamedTuple):
    """A kind of a group version."""

    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        """As objects say it."""
        return f"{self.group}/{self.version}" if self.group else self.version


class Target(NamedTuple):
    """A resource under one version, and the kind of the objects that requests for it bring."""

    group: str
    version: str
    resource: str
    kind: Kind


class ConversionFailed(Exception):
    """An object cannot be shown in another version; the text says why."""


class Served(Protocol):
    """What must be known of the resources that are served."""

    def equivalents(self, request: AdmissionRequest) -> Sequence[Target]:
        """The request's resource in other versions, in a fixed order."""
        ...

    async def converted(self, document: bytes, source: Target, wanted: Target) -> bytes:
        """An object in another version. Raises ConversionFailed."""
        ...

    async def revised(self, request: AdmissionRequest, document: dict[str, Any], shown: Target) -> Any:
        """The object for `request.obj` that a changed document stands for, with defaults.

        Raises ConversionFailed or StatusError for a document that is no object of its kind or of another place.
        """
        ...


def target_of(request: AdmissionRequest) -> Target:
    """The request's own resource and kind."""
    obj = request.obj if request.obj is not None else request.old
    said = obj.get("apiVersion", "") if isinstance(obj, dict) else getattr(obj, "api_version", "")
    group, version = request.group, request.version
    if said:
        group, _, version = said.rpartition("/")
    return Target(request.group, request.version, request.resource, Kind(group, version, request.kind))


def name_of(request: AdmissionRequest) -> str:
    """The name in the request: its path's, or the new object's."""
    if request.name:
        return request.name
    return getattr(getattr(request.obj, "metadata", None), "name", "")


def is_namespace(request: AdmissionRequest) -> bool:
    """Whether the request is about a Namespace or one of its subresources."""
    return request.resource == "namespaces" and not request.group


def namespace_of(request: AdmissionRequest) -> str:
    """The request's namespace; a Namespace is in itself."""
    return name_of(request) if is_namespace(request) else request.namespace
