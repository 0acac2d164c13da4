"""The objects of served resources for admission: their other versions, and what changed documents stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from apiserver.admission.matching.targets import ConversionFailed, Kind, Target, target_of
from apiserver.admission.plugin import AdmissionRequest, Operation
from apiserver.auth.errors import bad_request
from apiserver.beside import run_if
from apiserver.coding import Unfit, convert, encode
from apiserver.discovery.catalog import Catalog
from apiserver.policies.parameters import Param, ParamSource
from apiserver.registry.strategy import Request
from apiserver.resources import Resource, Resources
from apiserver.slow_kinds import is_slow
from apiserver.storage.entry import Entry
from minik8s.clock import Clock
from minik8s.machinery.apply.schema import Schema, schema_of
from minik8s.machinery.times import format_time


class _Params:
    """Objects of a resource as parameters of policies."""

    def __init__(self, resource: Resource) -> None:
        self.namespaced = resource.namespaced
        self._cache = resource.cache

    def get(self, namespace: str, name: str) -> Param | None:
        """One object."""
        entry = self._cache.get(namespace, name)
        return None if entry is None else _param(entry)

    def all(self, namespace: str) -> Iterator[tuple[Mapping[str, str], Param]]:
        """All objects, of one namespace if given."""
        for entry in self._cache.ordered(namespace):
            yield entry.labels, _param(entry)


def _param(entry: Entry) -> Param:
    return Param(entry.namespace, entry.name, msgspec.json.decode(entry.wire))


class ServedObjects:
    """`Served` over the resources of this server."""

    def __init__(self, resources: Resources, catalog: Catalog, clock: Clock) -> None:
        self._resources = resources
        self._catalog = catalog
        self._clock = clock

    def equivalents(self, request: AdmissionRequest) -> Sequence[Target]:
        """Resources that show the same stored objects under another version."""
        own = self._resources.by_path.get((request.group, request.version, request.resource))
        if own is None:
            return ()
        found = []
        for other in self._resources.by_path.values():
            if other is own or other.cache.prefix != own.cache.prefix:
                continue
            kind = self._kind(other, request.subresource)
            if kind is not None:
                found.append(Target(other.group, other.version, other.plural, kind))
        return found

    def _kind(self, resource: Resource, subresource: str) -> Kind | None:
        own = Kind(resource.group, resource.version, resource.kind)
        if not subresource:
            return own
        served = self._catalog.find(resource.group, resource.version, resource.plural)
        for each in served.subresources if served is not None else ():
            if each.name == subresource:
                return Kind(each.group, each.version, each.kind) if each.version else own._replace(kind=each.kind)
        return None

    def _resource(self, target: Target) -> Resource:
        found = self._resources.by_path.get((target.group, target.version, target.resource))
        if found is None:
            raise ConversionFailed(f"unable to convert to {target.kind.api_version}, Kind={target.kind.kind}")
        return found

    def schema(self, request: AdmissionRequest, target: Target) -> Schema | None:
        """How a request's object is taken apart under a target; the options of connections have no parts to apply."""
        if isinstance(request.obj, dict):
            return None
        resource = self._resource(target)
        if target.kind.kind == resource.kind:
            return resource.schema
        cls: Any = type(request.obj)
        found: Schema = schema_of(cls)
        return found

    def params(self, api_version: str, kind: str) -> ParamSource | None:
        """Objects of a kind that is served."""
        for resource in self._resources.by_path.values():
            if resource.kind == kind and resource.group_version == api_version:
                return _Params(resource)
        return None

    async def converted(self, document: bytes, source: Target, wanted: Target) -> bytes:
        """By way of what is stored. Raises ConversionFailed."""
        if source.kind == wanted.kind:
            return document
        try:
            old, new = self._resource(source), self._resource(wanted)
            if (same := old.recast(msgspec.json.decode(document), new)) is not None:
                return msgspec.json.encode(same)
            obj = convert(msgspec.json.decode(document), old.cls)
            version = obj.metadata.resource_version
            stored = await old.store_value(encode(obj, old.kind, old.group_version))
            found: dict[str, Any] = msgspec.json.decode(await new.shown_value(stored))
        except (Unfit, ValueError) as error:
            raise ConversionFailed(str(error)) from None
        metadata = found["metadata"]
        metadata.pop("resourceVersion", None)
        if version:
            metadata["resourceVersion"] = version
        return msgspec.json.encode(found)

    async def revised(self, request: AdmissionRequest, document: dict[str, Any], shown: Target) -> Any:
        """The object with defaults. Raises ConversionFailed or StatusError."""
        # What does not say what it is, is what it was; what does not say where it is, lies where it lay.
        said, kind = document.get("apiVersion") or shown.kind.api_version, document.get("kind") or shown.kind.kind
        if (said, kind) != (shown.kind.api_version, shown.kind.kind):
            raise ConversionFailed(
                f"the object is a {kind} of {said} after admission, not a {shown.kind.kind} of {shown.kind.api_version}"
            )
        own = target_of(request)
        if own.kind != shown.kind:
            document = msgspec.json.decode(await self.converted(msgspec.json.encode(document), shown, own))
        if isinstance(request.obj, dict):
            return document
        try:
            obj: Any = await run_if(is_slow(), lambda: convert(document, type(request.obj)))
        except Unfit as error:
            raise ConversionFailed(str(error)) from None
        self._keep_place(request, obj)
        resource = self._resources.by_path.get((request.group, request.version, request.resource))
        if resource is not None and type(obj) is resource.cls:
            user, now = request.user, format_time(self._clock.now())
            resource.strategy.default(
                obj, Request(now, user.name, user.uid, user.groups, user.extra, resource.group_version)
            )
        return obj

    @staticmethod
    def _keep_place(request: AdmissionRequest, obj: Any) -> None:
        before, after = getattr(request.obj, "metadata", None), getattr(obj, "metadata", None)
        if before is None or after is None:
            return
        if not after.namespace:
            after.namespace = before.namespace
        if after.namespace != before.namespace:
            raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
        if request.operation is Operation.UPDATE and after.name != before.name:
            raise bad_request(
                f"the name of the object ({after.name}) does not match the name on the URL ({before.name})"
            )
