"""The layer that encrypts what is written and decrypts what is read, by resource."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator

import structlog

from apiserver.storage.encryption.config import EncryptionConfiguration, Provider, load
from apiserver.storage.encryption.kms import KMSTransformer, NeedsPlugin
from apiserver.storage.encryption.transformers import (
    AESCBC,
    AESGCM,
    Identity,
    SecretBox,
    Transformer,
    Undecryptable,
)
from apiserver.storage.keys import prefixes_of, resource_prefix
from apiserver.storage.layer import Layer
from apiserver.storage.store import Change, KeyValue, Page, RevisionConflict, Store, StoreError
from apiserver.storage.unreadable import Sealed
from minik8s.clock import Clock

log = structlog.get_logger("apiserver.storage")

_RELOAD_SECONDS = 10.0


class _Protection:
    """The transformers of one configuration: the first of each list writes."""

    def __init__(self, config: EncryptionConfiguration, root: str, clock: Clock) -> None:
        self.config = config
        self.plugins: list[KMSTransformer] = []
        self.lists = [[t for p in entry.providers for t in self._made(p, clock)] for entry in config.resources]
        self._root = root
        self._by_prefix: dict[str, list[Transformer] | None] = {}
        self._built_in = _built_in(root)

    def of(self, key: str) -> list[Transformer] | None:
        """What protects a key; None when nothing does."""
        short, long = prefixes_of(self._root, key)
        prefix = short if short in self._built_in else long
        if prefix not in self._by_prefix:
            group, plural = self._built_in.get(prefix) or self._custom(prefix)
            index = self.config.entry_for(group, plural) if plural else None
            self._by_prefix[prefix] = None if index is None else self.lists[index]
        return self._by_prefix[prefix]

    def _custom(self, prefix: str) -> tuple[str, str]:
        group, _, plural = prefix[len(self._root) + 1 :].strip("/").partition("/")
        return group, plural

    def _made(self, provider: Provider, clock: Clock) -> list[Transformer]:
        if provider.aescbc is not None:
            return [AESCBC(key) for key in provider.aescbc.keys]
        if provider.aesgcm is not None:
            return [AESGCM.of(key) for key in provider.aesgcm.keys]
        if provider.secretbox is not None:
            return [SecretBox(key) for key in provider.secretbox.keys]
        if provider.kms is not None:
            plugin = KMSTransformer(provider.kms, clock)
            self.plugins.append(plugin)
            return [plugin]
        return [Identity()]

    async def start(self) -> None:
        """Meet the plugins. Raises StoreError."""
        for plugin in self.plugins:
            await plugin.start()

    async def close(self) -> None:
        """Leave them."""
        for plugin in self.plugins:
            await plugin.close()


class EncryptedStore(Layer):
    """A layer under one configuration file; a changed file is taken over while running if `reload` is set."""

    def __init__(self, inner: Store, path: str, root: str, clock: Clock, *, reload: bool) -> None:
        super().__init__(inner)
        self._path = path
        self._root = root
        self._clock = clock
        self._reload = reload
        self._content = b""
        self._protection: _Protection
        self._task: asyncio.Task[None] | None = None
        # How each protected key was last seen to be written.
        self._written: dict[str, bytes] = {}

    @classmethod
    async def open(cls, inner: Store, path: str, root: str, clock: Clock, *, reload: bool) -> EncryptedStore:
        """Read the configuration and meet its plugins. Raises StoreError."""
        layer = cls(inner, path, root, clock, reload=reload)
        config, layer._content = load(path)
        layer._protection = _Protection(config, root, clock)
        await layer._protection.start()
        if reload:
            layer._task = asyncio.create_task(layer._watch_file())
        return layer

    def stale(self, key: str) -> bool:
        """See Layer: whether today's configuration would write the key's value in another way."""
        transformers = self._protection.of(key)
        prefix = self._written.get(key)
        return transformers is not None and prefix is not None and prefix != transformers[0].prefix

    async def get(self, key: str) -> KeyValue | None:
        """See Store."""
        found = await self.inner.get(key)
        return None if found is None else dataclasses.replace(found, value=await self._plain(key, found.value))

    async def range(self, prefix: str, *, start: str = "", limit: int = 0, revision: int = 0) -> Page:
        """See Store."""
        page = await self.inner.range(prefix, start=start, limit=limit, revision=revision)
        items = []
        for item in page.items:
            if self._protection.of(item.key) is not None:
                item = dataclasses.replace(item, value=await self._readable(item.key, item.value))
            items.append(item)
        return Page(items, page.revision, page.more)

    async def create(self, key: str, value: bytes, *, ttl: int = 0) -> int:
        """See Store."""
        return await self.inner.create(key, self._secret(key, value), ttl=ttl)

    async def update(self, key: str, value: bytes, mod_revision: int, *, ttl: int = 0) -> int:
        """See Store."""
        try:
            return await self.inner.update(key, self._secret(key, value), mod_revision, ttl=ttl)
        except RevisionConflict as met:
            raise await self._told(key, met) from None

    async def delete(self, key: str, mod_revision: int) -> int:
        """See Store."""
        try:
            return await self.inner.delete(key, mod_revision)
        except RevisionConflict as met:
            raise await self._told(key, met) from None

    async def watch(self, prefix: str, after: int) -> AsyncIterator[list[Change]]:
        """See Store."""
        async for batch in self.inner.watch(prefix, after):
            yield [await self._change(c) if self._protection.of(c.key) is not None else c for c in batch]

    async def close(self) -> None:
        """See Store."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._protection.close()
        await self.inner.close()

    def _secret(self, key: str, value: bytes) -> bytes:
        transformers = self._protection.of(key)
        return value if transformers is None else transformers[0].encrypt(key, value)

    async def _plain(self, key: str, stored: bytes) -> bytes:
        transformers = self._protection.of(key)
        if transformers is None:
            return stored
        for transformer in transformers:
            if not stored.startswith(transformer.prefix) or (not transformer.prefix and stored.startswith(b"k8s:enc:")):
                continue
            try:
                value = transformer.decrypt(key, stored)
            except NeedsPlugin as needed:
                await needed.transformer.learn(needed.stored)
                value = transformer.decrypt(key, stored)
            old_key = isinstance(transformer, KMSTransformer) and not transformer.current(stored)
            self._written[key] = b"old" if old_key else transformer.prefix
            return value
        raise Undecryptable("no matching prefix found")

    async def _readable(self, key: str, stored: bytes) -> bytes:
        # One value that cannot be read must not keep a server from serving the others.
        try:
            return await self._plain(key, stored)
        except Undecryptable as error:
            log.error("a stored value cannot be decrypted", key=key, error=str(error))
            return Sealed.of(stored, str(error))

    async def _change(self, change: Change) -> Change:
        if change.value is None:
            self._written.pop(change.key, None)
            return change
        return dataclasses.replace(change, value=await self._readable(change.key, change.value))

    async def _told(self, key: str, met: RevisionConflict) -> RevisionConflict:
        current = met.current
        if current is not None:
            current = dataclasses.replace(current, value=await self._plain(current.key, current.value))
        return RevisionConflict(key, current)

    async def _watch_file(self) -> None:
        while True:
            await self._clock.sleep(_RELOAD_SECONDS)
            await self.reload()

    async def reload(self) -> None:
        """Take over the file if it has changed; one that cannot be used leaves all as it was."""
        try:
            config, content = load(self._path)
            if content == self._content:
                return
            fresh = _Protection(config, self._root, self._clock)
            try:
                await fresh.start()
            except StoreError:
                await fresh.close()
                raise
        except StoreError as error:
            log.error("the encryption configuration cannot be taken over", error=str(error))
            return
        old, self._protection, self._content = self._protection, fresh, content
        await old.close()
        log.info("took over the changed encryption configuration", path=self._path)


def _built_in(root: str) -> dict[str, tuple[str, str]]:
    from minik8s.api.scheme import RESOURCES

    found: dict[str, tuple[str, str]] = {}
    for resource in RESOURCES:
        # Events of both groups share a place: `events` of the core group names them.
        found.setdefault(resource_prefix(root, resource.group, resource.plural), (resource.group, resource.plural))
    found[resource_prefix(root, "", "events")] = ("", "events")
    return found
