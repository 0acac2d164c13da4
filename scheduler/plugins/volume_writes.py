"""Writing down which volume a claim gets or where it is to be provisioned, and waiting until it is bound."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from minik8s.api.core_v1 import ObjectReference, PersistentVolume, PersistentVolumeClaim
from minik8s.client.api import ApiClient
from minik8s.client.errors import ApiError, ConnectionFailed
from minik8s.machinery.copy import deep_copy
from scheduler.handle import Handle
from scheduler.plugin import Code, Status
from scheduler.plugins import volume_match as match
from scheduler.pods.info import PodInfo


class Choice(NamedTuple):
    """Volumes for claims, and claims for which one is to be made."""

    bind: list[tuple[PersistentVolume, PersistentVolumeClaim]]
    provision: list[PersistentVolumeClaim]


class VolumeWrites:
    """The writing half of VolumeBinding."""

    def __init__(self, handle: Handle, seconds: float) -> None:
        self._handle, self._seconds = handle, seconds

    async def run(self, pod: PodInfo, node: str, choice: Choice) -> Status | None:
        """None once all claims are bound."""
        client = self._handle.client
        if client is None:
            return None
        try:
            for volume, claim in choice.bind:
                await self._reserve_volume(client, volume, claim)
            for claim in choice.provision:
                await self._select_node(client, claim, node)
        except (ApiError, ConnectionFailed) as error:
            return Status(Code.ERROR, (str(error),))
        return await self._bound(pod, node, choice)

    async def _reserve_volume(self, client: ApiClient, volume: PersistentVolume, claim: PersistentVolumeClaim) -> None:
        if match.refers_to(volume, claim) and volume.spec.claim_ref is not None and volume.spec.claim_ref.uid:
            return
        changed = deep_copy(volume)
        if changed.spec.claim_ref is None:
            changed.metadata.annotations[match.BOUND_BY_CONTROLLER] = "yes"
        changed.spec.claim_ref = ObjectReference(
            kind="PersistentVolumeClaim",
            api_version="v1",
            namespace=claim.metadata.namespace,
            name=claim.metadata.name,
            uid=claim.metadata.uid,
            resource_version=claim.metadata.resource_version,
        )
        await client.update(changed)

    async def _select_node(self, client: ApiClient, claim: PersistentVolumeClaim, node: str) -> None:
        if claim.metadata.annotations.get(match.SELECTED_NODE) == node:
            return
        meta = {"resourceVersion": claim.metadata.resource_version, "annotations": {match.SELECTED_NODE: node}}
        name, space = claim.metadata.name, claim.metadata.namespace
        await client.patch(PersistentVolumeClaim, name, {"metadata": meta}, space)

    async def _bound(self, pod: PodInfo, node: str, choice: Choice) -> Status | None:
        limit = asyncio.ensure_future(self._handle.clock.sleep(self._seconds))
        # The cache shows our own annotation only after a while; that it is not there yet is no failure.
        shown: set[str] = set()
        try:
            while True:
                change = self._handle.cluster.volumes.change()
                done, why = self._look(pod, node, choice, shown)
                if why:
                    return Status(Code.ERROR, (f"binding volumes: {why}",))
                if done:
                    return None
                await asyncio.wait({change, limit}, return_when=asyncio.FIRST_COMPLETED)
                if limit.done():
                    return Status(Code.ERROR, ("binding volumes: timed out waiting for the condition",))
        finally:
            limit.cancel()

    def _look(self, pod: PodInfo, node: str, choice: Choice, shown: set[str]) -> tuple[bool, str]:
        """Whether all claims are bound, or why they never will be."""
        listers = self._handle.listers
        done = True
        for before in (*(claim for _, claim in choice.bind), *choice.provision):
            name, space = before.metadata.name, before.metadata.namespace
            claim = listers.get(PersistentVolumeClaim, name, space)
            if claim is None or claim.metadata.uid != before.metadata.uid:
                return False, f'persistentvolumeclaim "{name}" not found'
            done &= match.is_bound(claim)
        for claim in choice.provision:
            now = listers.get(PersistentVolumeClaim, claim.metadata.name, claim.metadata.namespace)
            selected = now.metadata.annotations.get(match.SELECTED_NODE) if now is not None else None
            if selected == node:
                shown.add(claim.metadata.name)
            elif claim.metadata.name in shown and not (now is not None and match.is_bound(now)):
                # A provisioner that cannot make the volume there takes the annotation away.
                return False, f'provisioning failed for PVC "{claim.metadata.name}"'
        if self._handle.cluster.pods.get(pod.key) is None:
            return False, "pod does not exist any more"
        return done, ""
