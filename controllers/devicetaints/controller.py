"""The device taint eviction controller."""

from __future__ import annotations

from collections.abc import Iterable

from controllers.options import Options
from controllers.resourceclaim.usage import BY_CLAIM, by_claim, claim_names
from controllers.shared import pods
from controllers.shared.disruption import mark_for_disruption
from minik8s.api.core_v1 import Pod
from minik8s.api.resource_v1 import (
    DeviceRequestAllocationResult,
    DeviceTaint,
    DeviceToleration,
    ResourceClaim,
    ResourceSlice,
)
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import NotFound
from minik8s.client.informer import Informer
from minik8s.client.resources import key_of
from minik8s.machinery.times import parse_time

_POOL = "driver-pool"
_CAUSE = "DeletionByDeviceTaintManager"
_MESSAGE = "Device Taint manager: deleting due to NoExecute taint"


class DeviceTaintEviction:
    """Deletes pods when their claims' toleration of their devices' taints ends."""

    name = "device-taint-eviction-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch slices, claims and pods."""
        self._ctx = ctx
        self._pods: Informer[Pod] = ctx.informers.of(Pod, indexers={BY_CLAIM: by_claim})
        self._pods.on_change(self._pod_changed)
        self._claims: Informer[ResourceClaim] = ctx.watch(ResourceClaim, keys=self._users)
        self._slices: Informer[ResourceSlice] = ctx.informers.of(ResourceSlice, indexers={_POOL: _by_pool})
        self._slices.on_change(self._slice_changed)

    def _pod_changed(self, old: Pod | None, new: Pod | None) -> None:
        if new is not None and by_claim(new) and (old is None or by_claim(old) != by_claim(new)):
            self._ctx.enqueue_object(new)

    def _users(self, claim: ResourceClaim) -> list[str]:
        return [key_of(pod) for pod in self._pods.by_index(BY_CLAIM, key_of(claim))]

    def _slice_changed(self, old: ResourceSlice | None, new: ResourceSlice | None) -> None:
        if _taints(old) == _taints(new):
            return
        pools = {place for one in (old, new) if one is not None for place in _by_pool(one)}
        for claim in self._claims.list():
            if any(_place(one.driver, one.pool) in pools for one in _results(claim)):
                for key in self._users(claim):
                    self._ctx.enqueue(key)

    async def reconcile(self, key: str) -> float | None:
        """Delete one pod when its time has come; returns the seconds until then."""
        pod = self._pods.get_key(key)
        if pod is None or pod.metadata.deletion_timestamp is not None or pods.is_terminal(pod):
            return None
        now = self._ctx.clock.now()
        ends = [end for claim in self._claims_of(pod) for one in _results(claim) for end in self._ends(one)]
        if not ends:
            return None
        left = min(ends) - now.timestamp()
        if left > 0:
            return left
        self._ctx.recorder.event(pod, "Normal", "DeviceTaintManagerEviction", "Marking for deletion")
        try:
            await mark_for_disruption(self._ctx, pod, _CAUSE, _MESSAGE)
            await self._ctx.client.delete(Pod, pod.metadata.name, pod.metadata.namespace, uid=pod.metadata.uid)
        except NotFound:
            return None
        return None

    def _claims_of(self, pod: Pod) -> Iterable[ResourceClaim]:
        for _, name in claim_names(pod):
            claim = self._claims.get(name, pod.metadata.namespace)
            if claim is not None and any(one.uid == pod.metadata.uid for one in claim.status.reserved_for):
                yield claim

    def _ends(self, result: DeviceRequestAllocationResult) -> Iterable[float]:
        """When a device's taints end its use, in seconds since 1970; nothing for what is tolerated for ever."""
        for taint in self._device_taints(result):
            began = parse_time(taint.time_added).timestamp() if taint.time_added else 0.0
            fits = [one for one in result.tolerations if _tolerates(one, taint)]
            limits = [one.toleration_seconds for one in fits if one.toleration_seconds is not None]
            if not fits:
                yield 0.0
            elif limits:
                yield began + max(min(limits), 0)

    def _device_taints(self, result: DeviceRequestAllocationResult) -> list[DeviceTaint]:
        held = self._slices.by_index(_POOL, _place(result.driver, result.pool))
        newest = max((one.spec.pool.generation for one in held), default=0)
        return [
            taint
            for one in held
            if one.spec.pool.generation == newest
            for device in one.spec.devices
            if device.name == result.device
            for taint in device.taints
            if taint.effect == "NoExecute"
        ]


def _place(driver: str, pool: str) -> str:
    return f"{driver}/{pool}"


def _by_pool(one: ResourceSlice) -> list[str]:
    return [_place(one.spec.driver, one.spec.pool.name)]


def _taints(one: ResourceSlice | None) -> object:
    if one is None:
        return None
    return one.spec.pool.generation, {device.name: device.taints for device in one.spec.devices if device.taints}


def _results(claim: ResourceClaim) -> list[DeviceRequestAllocationResult]:
    return claim.status.allocation.devices.results if claim.status.allocation is not None else []


def _tolerates(toleration: DeviceToleration, taint: DeviceTaint) -> bool:
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if toleration.key and toleration.key != taint.key:
        return False
    return toleration.operator == "Exists" or toleration.value == taint.value


def make(options: Options) -> DeviceTaintEviction:
    """The controller, for the catalog."""
    return DeviceTaintEviction()
