"""A version of a custom kind as a Resource: to the verbs it is one like any other."""

from __future__ import annotations

from typing import Any

from apiserver import beside
from apiserver.call import Call
from apiserver.crd.conversion import WebhookConversion
from apiserver.crd.converted import ConvertedCache
from apiserver.crd.forms import split_head
from apiserver.crd.kind import CustomKind
from apiserver.crd.strategy import keep_as, strategy_for
from apiserver.resources import STANDARD_VERBS, Resource
from apiserver.storage.cache import ResourceCache
from apiserver.storage.cacher import Cacher
from apiserver.tables.printer import Printer
from minik8s.machinery.apply.schema import Schema

_WRITES = frozenset({"create", "update", "patch"})


class CustomResource(Resource):
    """One served version. `stored_kind` is the version objects are kept under."""

    def __init__(
        self,
        kind: CustomKind,
        stored_kind: CustomKind,
        cacher: Cacher,
        cache: ResourceCache,
        conversion: WebhookConversion | None,
    ) -> None:
        names = kind.names
        self.custom: CustomKind = kind
        self.group = names.group
        self.version = kind.version
        self.group_version = kind.group_version
        self.plural = names.plural
        self.singular = names.singular
        self.kind = kind.kind
        self.list_kind = names.list_kind
        self.namespaced = names.namespaced
        self.strategy = self._strategy = strategy_for(kind)
        self.strategic = False
        self.protobuf = False
        self.watch_events = 0
        self.verbs = STANDARD_VERBS
        self.warning = kind.warning
        self.cache = cache
        self._stored_kind = stored_kind
        self._cacher = cacher
        self._converts = conversion is not None
        self._webhook = conversion if kind is not stored_kind else None
        if kind is not stored_kind and conversion is None:
            keep_as(self._strategy, stored_kind)
        head = f'{{"kind":"{kind.kind}","apiVersion":"{stored_kind.group_version}","metadata":{{'
        self._stored_head = head.encode()

    @property
    def terminating(self) -> bool:
        """Whether the definition is being deleted: nothing new is made then."""
        return self._strategy.terminating

    @terminating.setter
    def terminating(self, terminating: bool) -> None:
        self._strategy.terminating = terminating

    def check_new(self, name: str) -> None:
        """See Resource."""
        self._strategy.check_new(name)

    @property
    def cls(self) -> type[Any]:
        """The type of objects."""
        return self.custom.cls

    @property
    def kept_group(self) -> str:
        """See Resource."""
        return self.group

    @property
    def schema(self) -> Schema:
        """See Resource."""
        return self.custom.applied

    @property
    def blank(self) -> dict[str, Any]:
        """See Resource."""
        return {"apiVersion": self.group_version, "kind": self.kind, "metadata": {}}

    @property
    def printer(self) -> Printer:
        """See Resource."""
        return self.custom.printer

    def stored(self, value: bytes) -> bytes:
        """See Resource. Raises ValueError where a webhook has to be asked: `store_value` asks it."""
        if self._webhook is not None:
            raise ValueError(f"objects of {self.group_version} are converted by a webhook")
        if self.custom is self._stored_kind:
            return value
        return self._stored_kind.normal(self._stored_head + value[split_head(value) :])

    def recast(self, document: dict[str, Any], other: Resource) -> dict[str, Any] | None:
        """See Resource: nothing is taken out of it."""
        if self._converts or not isinstance(other, CustomResource) or other.group != self.group:
            return None
        return {**document, "apiVersion": other.group_version}

    async def store_value(self, value: bytes) -> bytes:
        """See Resource."""
        if self._webhook is None:
            return self.stored(value)
        return (await self._webhook([value], self._stored_kind.group_version))[0]

    async def answer_value(self, value: bytes, kept: bytes) -> bytes:
        """See Resource: what the conversion to the stored version has lost is not answered either."""
        return value if self._webhook is None else await self.shown_value(kept)

    async def shown_value(self, value: bytes) -> bytes:
        """See Resource."""
        if self._webhook is None:
            return await super().shown_value(value)
        return (await self._webhook([value], self.group_version))[0]

    async def outdated(self, key: str, value: bytes) -> bool:
        """See Resource: the stored version may have moved, or the schema changed what is kept."""
        held = await self._cacher.store.get(key)
        return held is not None and held.value != await self.store_value(value)

    async def prepare(self, call: Call) -> None:
        """See Resource: wait for the schema to be compiled, and for the webhook where it has work to do."""
        if self.warning:
            call.warnings.append(self.warning)
        for kind in (self.custom, self._stored_kind) if call.info.verb in _WRITES else ():
            if kind.dear and not kind.prepared:
                await beside.run(kind.prepare)
        cache = self.cache
        if not isinstance(cache, ConvertedCache):
            return
        await self._cacher.fresh()
        await cache.settled()
        namespace = call.info.namespace if self.namespaced else ""
        if call.info.name:
            entry = cache.get(namespace, call.info.name)
            await cache.converted([entry] if entry is not None else [])
        elif call.info.verb != "create":
            await cache.converted(list(cache.ordered(namespace)))
