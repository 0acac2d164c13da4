"""Where a resource lives on the server and which Python type stands for its objects."""

from __future__ import annotations

import dataclasses
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import msgspec

from minik8s.api import scheme
from minik8s.api.fields import Struct
from minik8s.api.meta_v1 import PartialObjectMetadata
from minik8s.api.object_meta import ListMeta

T = TypeVar("T")

JSON = "application/json"
METADATA_OBJECT = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"

# A body that is sent to a subresource of another kind: the resource it belongs to.
_PARENTS: dict[tuple[str, str], tuple[str, str]] = {
    ("v1", "Binding"): ("v1", "pods"),
    ("policy/v1", "Eviction"): ("v1", "pods"),
    ("authentication.k8s.io/v1", "TokenRequest"): ("v1", "serviceaccounts"),
}


class ListOf(msgspec.Struct, Generic[T], rename="camel"):
    """A LIST answer; items of built-in kinds come without kind and version, their types know them."""

    items: list[T] | None = None
    metadata: ListMeta = msgspec.field(default_factory=ListMeta)


@dataclasses.dataclass(frozen=True, slots=True)
class Resource(Generic[T]):
    """One REST resource as a client sees it; `type` is a struct of `minik8s.api` or `dict`."""

    group_version: str
    plural: str
    kind: str
    namespaced: bool
    type: type[T]
    metadata_only: bool = False

    @property
    def group(self) -> str:
        """The API group; "" is the core group."""
        return self.group_version.rpartition("/")[0]

    @property
    def version(self) -> str:
        """The version within the group."""
        return self.group_version.rpartition("/")[2]

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """The URL path of the collection, of one object or of its subresource."""
        parts = ["/apis" if "/" in self.group_version else "/api", self.group_version]
        if namespace and self.namespaced:
            parts += ["namespaces", quote(namespace, safe="")]
        parts.append(self.plural)
        if name:
            parts.append(quote(name, safe=":"))
        if subresource:
            parts.append(subresource)
        return "/".join(parts)

    def metadata(self) -> Resource[PartialObjectMetadata]:
        """The same resource read as metadata alone, which is a fraction of the bytes."""
        return Resource(self.group_version, self.plural, self.kind, self.namespaced, PartialObjectMetadata, True)

    def __str__(self) -> str:
        """The name as error messages write it: `deployments.apps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


def _resource_of_type(cls: type[Any]) -> Resource[Any]:
    if (cached := _OF_TYPE.get(cls)) is not None:
        return cached
    sample = cls() if issubclass(cls, Struct) else None
    version, kind = getattr(sample, "api_version", ""), getattr(sample, "kind", "")
    found = scheme.resource_for_kind(version, kind)
    if found is None:
        raise TypeError(f"{cls.__name__} is not the type of a resource; name the resource it is sent to")
    made = _OF_TYPE[cls] = Resource(found.group_version, found.plural, found.kind, found.namespaced, cls)
    return made


def resource_of(cls: type[T] | Resource[T]) -> Resource[T]:
    """The resource a type of `minik8s.api` stands for; a `Resource` is returned as it is.

    Raises TypeError for a type that is no resource of its own (Scale, Eviction).
    """
    return cls if isinstance(cls, Resource) else _resource_of_type(cls)


def _parent_of_type(cls: type[Any]) -> Resource[Any]:
    sample = cls()
    found = _PARENTS.get((sample.api_version, sample.kind))
    if found is None:
        return _resource_of_type(cls)
    owner = scheme.resource_for_plural(*found)
    assert owner is not None
    return Resource(owner.group_version, owner.plural, owner.kind, owner.namespaced, cls)


def target_of(cls: type[T], subresource: str) -> Resource[T]:
    """Where an object of `cls` is sent: a Binding with a subresource belongs to pods, and so on."""
    return _parent_of_type(cls) if subresource else resource_of(cls)


_OF_TYPE: dict[type[Any], Resource[Any]] = {}


@dataclasses.dataclass(frozen=True, slots=True)
class Named:
    """The few metadata that caches and queues need, whatever the object's Python type."""

    namespace: str
    name: str
    resource_version: str
    uid: str

    @property
    def key(self) -> str:
        """`namespace/name`, or `name` for what has no namespace."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


def named(obj: Any) -> Named:
    """Name, namespace, version and uid of a struct or a dict."""
    if isinstance(obj, dict):
        meta = obj.get("metadata") or {}
        return Named(
            meta.get("namespace", ""), meta.get("name", ""), meta.get("resourceVersion", ""), meta.get("uid", "")
        )
    meta = obj.metadata
    return Named(meta.namespace, meta.name, meta.resource_version, meta.uid)


def key_of(obj: Any) -> str:
    """`namespace/name`, or `name` for what has no namespace: how queues and caches call an object."""
    if isinstance(obj, dict):
        return named(obj).key
    meta = obj.metadata
    return f"{meta.namespace}/{meta.name}" if meta.namespace else str(meta.name)


def split_key(key: str) -> tuple[str, str]:
    """(namespace, name) of a `key_of`."""
    namespace, _, name = key.rpartition("/")
    return namespace, name
