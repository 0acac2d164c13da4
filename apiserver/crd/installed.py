"""A definition that is served: its caches and the resource of each version, and how they are made."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec

from apiserver.crd.conversion import Client, WebhookConversion
from apiserver.crd.conversion_metrics import ConversionMetrics
from apiserver.crd.converted import ConvertedCache
from apiserver.crd.forms import ConvertedForm, CustomForm, OtherForm, StoredForm
from apiserver.crd.kind import CustomKind, Names
from apiserver.crd.outline import Outline
from apiserver.crd.resource import CustomResource
from apiserver.crd.strategy import selector
from apiserver.crd.versions import deprecation
from apiserver.resources import Resources
from apiserver.storage.cache import ResourceCache
from apiserver.storage.cacher import Cacher
from apiserver.storage.entry import Entry, Form
from minik8s.api.apiextensions_v1 import CustomResourceDefinitionNames


class _Versions(msgspec.Struct):
    versions: list[dict[str, Any]] = []


class _Definition(msgspec.Struct):
    spec: _Versions


_versions = msgspec.json.Decoder(_Definition)


class Installed:
    """One served definition. `served` are its versions that clients can reach, as the catalog orders them."""

    def __init__(self, crd: Outline, entry: Entry, cache: ResourceCache) -> None:
        self.name = crd.metadata.name
        self.group = crd.spec.group
        self.plural = crd.spec.names.plural
        self.names: CustomResourceDefinitionNames = crd.status.accepted_names
        self.namespaced = crd.spec.scope == "Namespaced"
        self.cache = cache
        self.served: list[CustomResource] = []
        self.stored: CustomKind
        self.terminating = crd.metadata.deletion_timestamp is not None
        self.mark = hashlib.sha256(_mark(crd)).digest()
        self.fingerprint = self.mark

    def differs(self, crd: Outline, entry: Entry) -> bool:
        """Whether what is served is not what a definition says now."""
        if crd.metadata.deletion_timestamp is not None:
            # Nothing new may be made; what is there stays reachable until it is gone.
            self.terminating = True
            self.close()
        return self.mark != hashlib.sha256(_mark(crd)).digest()

    def close(self) -> None:
        """Let nothing new in."""
        for each in self.served:
            each.terminating = True

    def withdraw(self, resources: Resources) -> None:
        """Serve its versions no more."""
        for each in self.served:
            resources.remove(each)


def _mark(crd: Outline) -> bytes:
    return msgspec.json.encode([crd.spec, crd.status.accepted_names, crd.metadata.uid])


class Installer:
    """Makes caches and resources. `client` gives what asks conversion webhooks."""

    def __init__(
        self, resources: Resources, cacher: Cacher, client: Callable[[], Client], metrics: ConversionMetrics
    ) -> None:
        self._resources = resources
        self._cacher = cacher
        self._client = client
        self.metrics = metrics

    def add(self, crd: Outline, entry: Entry) -> Installed:
        """Serve a definition before the caches are filled."""
        plan = _Plan(crd, entry, self._client, self.metrics)
        cache = self._cacher.add(crd.spec.group, crd.spec.names.plural, plan.form)
        return self._finish(crd, entry, plan, cache)

    async def install(self, crd: Outline, entry: Entry) -> Installed:
        """Serve a definition while the server runs. Raises StoreError, NotCaughtUp."""
        plan = _Plan(crd, entry, self._client, self.metrics)
        cache = await self._cacher.install(crd.spec.group, crd.spec.names.plural, plan.form)
        return self._finish(crd, entry, plan, cache)

    def _finish(self, crd: Outline, entry: Entry, plan: _Plan, cache: ResourceCache) -> Installed:
        made = Installed(crd, entry, cache)
        made.stored = plan.stored
        for kind in plan.served:
            view = plan.view(kind, cache, self._cacher)
            resource = CustomResource(kind, plan.stored, self._cacher, view, plan.webhook)
            resource.terminating = made.terminating
            made.served.append(resource)
            self._resources.put(resource)
        return made


class _Plan:
    """What is to be made of a definition."""

    def __init__(self, crd: Outline, entry: Entry, client: Callable[[], Client], metrics: ConversionMetrics) -> None:
        spec, accepted = crd.spec, crd.status.accepted_names
        names = Names(
            spec.group,
            spec.names.plural,
            accepted.singular or spec.names.singular,
            spec.names.kind,
            accepted.list_kind or spec.names.list_kind,
            spec.scope == "Namespaced",
        )
        described = _versions.decode(entry.wire).spec.versions
        kinds = [_kind(names, each, entry, index) for index, each in enumerate(described)]
        for kind, version in zip(kinds, spec.versions, strict=True):
            kind.warning = deprecation(crd, version)
        self.served = [kind for kind, each in zip(kinds, described, strict=True) if each.get("served")]
        self.stored = next(kind for kind, each in zip(kinds, described, strict=True) if each.get("storage"))
        self.webhook: WebhookConversion | None = None
        conversion = spec.conversion
        if conversion is not None and conversion.strategy == "Webhook" and conversion.webhook is not None:
            config = msgspec.json.decode(msgspec.json.encode(conversion.webhook))
            self.webhook = WebhookConversion(_late(client), config, names.kind, metrics.observe)
        self.form = self._form(kinds, entry.revision, crd.metadata.generation > 1)

    def _form(self, kinds: list[CustomKind], since: int, changed: bool) -> Form:
        if self.webhook is None:
            heads = {_head(kind): kind for kind in kinds}
            return CustomForm(self.stored, heads, selector(self.stored), since, changed)
        return StoredForm(
            self.stored.kind,
            self.stored.group_version,
            namespaced=self.stored.names.namespaced,
            decode=self.stored.decode,
            select=None,
            keep_decoded=False,
        )

    def view(self, kind: CustomKind, cache: ResourceCache, cacher: Cacher) -> ResourceCache:
        """Where a version's objects are looked at."""
        if self.webhook is not None:
            converted = ConvertedCache(cache, ConvertedForm(kind, selector(kind)), self.webhook, cacher.deliver)
            cacher.watch_view(converted)
            return converted
        if kind is self.stored:
            return cache
        names = kind.names
        return cacher.add_view(names.group, names.plural, OtherForm(kind, selector(kind)))


def _head(kind: CustomKind) -> bytes:
    return f'{{"kind":"{kind.kind}","apiVersion":"{kind.group_version}","metadata":{{'.encode()


_RULES = b'"x-kubernetes-validations"'


def _kind(names: Names, described: dict[str, Any], entry: Entry, index: int) -> CustomKind:
    """A version that reads its schema from the definition's bytes when it needs it: most are never needed."""
    few = {key: each for key, each in described.items() if key != "schema"}
    wire = entry.wire
    return CustomKind(names, few, lambda: _versions.decode(wire).spec.versions[index], len(wire), ruled=_RULES in wire)


def _late(client: Callable[[], Client]) -> Client:
    class Late:
        async def call(self, config: Any, body: bytes, seconds: float) -> bytes:
            return await client().call(config, body, seconds)

    return Late()
