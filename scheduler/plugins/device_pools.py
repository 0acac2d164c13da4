"""The devices that a node can use, from ResourceSlices."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from minik8s.api.core_v1 import NodeSelector
from minik8s.api.resource_v1 import Device, DeviceTaint, DeviceToleration, ResourceSlice
from minik8s.machinery import quantity
from scheduler.arrays import ALL, Bools
from scheduler.state.columns import Columns
from scheduler.state.devices import DeviceId


class Found(NamedTuple):
    """A device; `node_name` and `node_selector` tell where it can be used (neither: everywhere)."""

    id: DeviceId
    device: Device
    node_name: str
    node_selector: NodeSelector | None


class Pools:
    """The newest complete generation of every pool."""

    def __init__(self, slices: Iterable[ResourceSlice], columns: Columns) -> None:
        self._columns = columns
        self._masks: dict[int, Bools] = {}
        by_pool: dict[tuple[str, str], list[ResourceSlice]] = {}
        for one in slices:
            held = by_pool.setdefault((one.spec.driver, one.spec.pool.name), [])
            if held and held[0].spec.pool.generation < one.spec.pool.generation:
                held.clear()
            if not held or held[0].spec.pool.generation == one.spec.pool.generation:
                held.append(one)
        self._on_node: dict[str, list[Found]] = {}
        self._anywhere: list[Found] = []
        self._by_id: dict[DeviceId, Device] = {}
        self._counters: dict[tuple[str, str, str, str], Decimal] = {}
        for (driver, pool), held in sorted(by_pool.items()):
            if len(held) < held[0].spec.pool.resource_slice_count:
                continue
            for one in sorted(held, key=lambda s: s.metadata.name):
                self._take(driver, pool, one)

    def _take(self, driver: str, pool: str, one: ResourceSlice) -> None:
        for counter_set in one.spec.shared_counters:
            for name, counter in counter_set.counters.items():
                self._counters[driver, pool, counter_set.name, name] = quantity.parse(counter.value)
        for device in one.spec.devices:
            source = device if one.spec.per_device_node_selection else one.spec
            found = Found((driver, pool, device.name), device, source.node_name or "", source.node_selector)
            self._by_id[found.id] = device
            if found.node_name:
                self._on_node.setdefault(found.node_name, []).append(found)
            elif found.node_selector is not None or source.all_nodes:
                self._anywhere.append(found)

    @property
    def empty(self) -> bool:
        """Whether there are no devices at all."""
        return not self._by_id

    def usable(self, row: int) -> list[Found]:
        """The devices a node can use, its own first."""
        found = list(self._on_node.get(self._columns.name(row), ()))
        for one in self._anywhere:
            if one.node_selector is None or self._mask(one.node_selector)[row]:
                found.append(one)
        return found

    def _mask(self, selector: NodeSelector) -> Bools:
        found = self._masks.get(id(selector))
        if found is None:
            found = self._masks[id(selector)] = self._columns.labels.match(selector, ALL)
        return found

    def room_for(self, device: Found, taken: Iterable[DeviceId]) -> bool:
        """Whether a part of a larger device can still be had beside the parts that are taken."""
        driver, pool, _ = device.id
        for consumption in device.device.consumes_counters:
            for name, counter in consumption.counters.items():
                left = self._counters.get((driver, pool, consumption.counter_set, name), Decimal(0))
                for other in taken:
                    if other[:2] == (driver, pool) and other in self._by_id:
                        left -= _consumed(self._by_id[other], consumption.counter_set, name)
                if left < quantity.parse(counter.value):
                    return False
        return True


def _consumed(device: Device, counter_set: str, name: str) -> Decimal:
    total = Decimal(0)
    for consumption in device.consumes_counters:
        if consumption.counter_set == counter_set and name in consumption.counters:
            total += quantity.parse(consumption.counters[name].value)
    return total


def tolerated(taints: Iterable[DeviceTaint], tolerations: Iterable[DeviceToleration]) -> bool:
    """Whether the taints let a request have the device."""
    held = list(tolerations)
    return all(taint.effect == "None" or any(_covers(t, taint) for t in held) for taint in taints)


def _covers(toleration: DeviceToleration, taint: DeviceTaint) -> bool:
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if toleration.key and toleration.key != taint.key:
        return False
    return toleration.operator == "Exists" or toleration.value == taint.value
