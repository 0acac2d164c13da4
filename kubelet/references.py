"""The ConfigMaps and Secrets this node's Pods use: each is watched while a Pod uses it, and no longer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from kubelet.pods.declared import every_container
from kubelet.pods.downward import Surroundings
from kubelet.tokens import Tokens
from kubelet.volumes.types import VolumeError
from minik8s.api.core_v1 import ConfigMap, PersistentVolume, PersistentVolumeClaim, Pod, Secret
from minik8s.client.api import ApiClient
from minik8s.client.errors import ApiError, ConnectionFailed, NotFound
from minik8s.client.informer import Informer, Informers

WAIT_SECONDS = 10.0
Reference = tuple[str, str, str]
"""(ConfigMap or Secret, namespace, name)."""


def references_of(pod: Pod) -> set[Reference]:
    """All ConfigMaps and Secrets a Pod names."""
    return {(kind, pod.metadata.namespace, name) for kind, name in _named(pod) if name}


def _named(pod: Pod) -> Iterator[tuple[str, str]]:
    for volume in pod.spec.volumes:
        if volume.config_map is not None:
            yield "ConfigMap", volume.config_map.name
        if volume.secret is not None:
            yield "Secret", volume.secret.secret_name
        for part in volume.projected.sources if volume.projected is not None else ():
            if part.config_map is not None:
                yield "ConfigMap", part.config_map.name
            if part.secret is not None:
                yield "Secret", part.secret.name
    for container in every_container(pod.spec):
        for source in container.env_from:
            if source.config_map_ref is not None:
                yield "ConfigMap", source.config_map_ref.name
            if source.secret_ref is not None:
                yield "Secret", source.secret_ref.name
        for variable in container.env:
            held = variable.value_from
            if held is not None and held.config_map_key_ref is not None:
                yield "ConfigMap", held.config_map_key_ref.name
            if held is not None and held.secret_key_ref is not None:
                yield "Secret", held.secret_key_ref.name
    for secret in pod.spec.image_pull_secrets:
        yield "Secret", secret.name


class References:
    """See `kubelet.volumes.types.Sources`; `changed` hears of each change after the first look."""

    def __init__(
        self,
        client: ApiClient,
        tokens: Tokens,
        surroundings: Callable[[Pod], Surroundings],
        changed: Callable[[Reference], None],
    ) -> None:
        self._client, self._tokens = client, tokens
        self._surroundings, self._changed = surroundings, changed
        self._informers = Informers(client)
        self._followed: dict[Reference, Informer[Any]] = {}

    async def config_map(self, namespace: str, name: str) -> ConfigMap | None:
        """A ConfigMap as it is now. Raises VolumeError when the API does not answer."""
        found: ConfigMap | None = await self._get(("ConfigMap", namespace, name), ConfigMap)
        return found

    async def secret(self, namespace: str, name: str) -> Secret | None:
        """A Secret as it is now. Raises VolumeError when the API does not answer."""
        found: Secret | None = await self._get(("Secret", namespace, name), Secret)
        return found

    async def token(self, pod: Pod, audience: str, seconds: int) -> str:
        """A token of the Pod's service account. Raises VolumeError."""
        return await self._tokens.token(pod, audience, seconds)

    async def claim(self, namespace: str, name: str) -> PersistentVolumeClaim | None:
        """A claim. Raises VolumeError."""
        found: PersistentVolumeClaim | None = await self._once(PersistentVolumeClaim, name, namespace)
        return found

    async def persistent_volume(self, name: str) -> PersistentVolume | None:
        """A persistent volume. Raises VolumeError."""
        found: PersistentVolume | None = await self._once(PersistentVolume, name, "")
        return found

    def surroundings(self, pod: Pod) -> Surroundings:
        """What the downward API tells."""
        return self._surroundings(pod)

    async def keep(self, pods: Iterable[Pod]) -> None:
        """Follow only what these Pods name."""
        wanted = {reference for pod in pods for reference in references_of(pod)}
        for reference in [r for r in self._followed if r not in wanted]:
            await self._informers.discard(self._followed.pop(reference))

    async def close(self) -> None:
        """Follow nothing."""
        await self._informers.stop()

    async def _once(self, cls: type[Any], name: str, namespace: str) -> Any:
        try:
            return await self._client.get(cls, name, namespace)
        except NotFound:
            return None
        except (ApiError, ConnectionFailed) as error:
            raise VolumeError(str(error)) from None

    async def _get(self, reference: Reference, cls: type[Any]) -> Any:
        _, namespace, name = reference
        informer = self._followed.get(reference)
        if informer is None:
            informer = self._informers.of(cls, namespace, field_selector=f"metadata.name={name}")
            self._followed[reference] = informer
            informer.on_change(lambda old, new: self._heard(reference))
            await self._informers.start()
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await informer.synced()
        except TimeoutError:
            raise VolumeError(
                f"failed to sync {reference[0].lower()} cache: timed out waiting for the condition"
            ) from None
        return informer.get(name, namespace)

    def _heard(self, reference: Reference) -> None:
        informer = self._followed.get(reference)
        if informer is not None and informer.has_synced:
            self._changed(reference)
