"""Finding devices on one node for all requests of a Pod's claims, by trying and going back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from minik8s.api.core_v1 import NodeSelector, NodeSelectorRequirement, NodeSelectorTerm
from minik8s.api.resource_v1 import (
    AllocationResult,
    DeviceAllocationConfiguration,
    DeviceAllocationResult,
    DeviceClass,
    DeviceConstraint,
    DeviceRequestAllocationResult,
    DeviceSubRequest,
    ExactDeviceRequest,
    ResourceClaim,
)
from scheduler.plugins.device_pools import Found, Pools, tolerated
from scheduler.plugins.device_selectors import plain, selects
from scheduler.state.devices import DeviceId

MOST_STEPS = 100_000
"""Devices looked at before a node is given up."""


class _Wanted(NamedTuple):
    claim: int
    name: str
    asked: ExactDeviceRequest | DeviceSubRequest


class _Given(NamedTuple):
    wanted: _Wanted
    found: Found
    admin: bool


class Allocator:
    """For the claims of one Pod; the same for all nodes. `taken` devices are not to be had."""

    def __init__(
        self,
        claims: Sequence[ResourceClaim],
        classes: Mapping[str, DeviceClass],
        pools: Pools,
        taken: set[DeviceId],
    ) -> None:
        self._claims, self._classes, self._pools, self._taken = claims, classes, pools, taken
        self._fits: dict[tuple[DeviceId, int], bool] = {}
        self._steps = 0

    def allocate(self, row: int, node: str) -> list[AllocationResult] | None:
        """An allocation for each claim, or None. Raises SelectorFailed."""
        devices = self._pools.usable(row)
        self._steps = 0
        slots = [
            (number, request) for number, claim in enumerate(self._claims) for request in claim.spec.devices.requests
        ]
        choices = []
        for number, request in slots:
            if request.exactly is not None:
                choices.append([_Wanted(number, request.name, request.exactly)])
            else:
                choices.append([_Wanted(number, f"{request.name}/{s.name}", s) for s in request.first_available])
        found = next(self._solve(choices, 0, devices, []), None)
        return None if found is None else [self._result(number, found, node) for number in range(len(self._claims))]

    def _solve(
        self, choices: list[list[_Wanted]], at: int, devices: list[Found], given: list[_Given]
    ) -> Iterator[list[_Given]]:
        if at == len(choices):
            yield list(given)
            return
        for wanted in choices[at]:
            for more in self._for_request(wanted, devices, given):
                yield from self._solve(choices, at + 1, devices, more)

    def _for_request(self, wanted: _Wanted, devices: list[Found], given: list[_Given]) -> Iterator[list[_Given]]:
        asked = wanted.asked
        admin = bool(getattr(asked, "admin_access", None))
        good = [d for d in devices if self._suits(asked, d)]
        if asked.allocation_mode == "All":
            whole = list(given)
            for device in good:
                if not self._free(device, admin, whole) or not self._constraints_hold(wanted, device, whole):
                    return
                whole.append(_Given(wanted, device, admin))
            if len(whole) > len(given):
                yield whole
            return
        yield from self._pick(wanted, good, 0, asked.count or 1, admin, given)

    def _pick(
        self, wanted: _Wanted, good: list[Found], start: int, count: int, admin: bool, given: list[_Given]
    ) -> Iterator[list[_Given]]:
        if not count:
            yield given
            return
        for at in range(start, len(good)):
            self._steps += 1
            if self._steps > MOST_STEPS or len(good) - at < count:
                return
            device = good[at]
            if self._free(device, admin, given) and self._constraints_hold(wanted, device, given):
                yield from self._pick(wanted, good, at + 1, count - 1, admin, [*given, _Given(wanted, device, admin)])

    def _free(self, device: Found, admin: bool, given: Sequence[_Given]) -> bool:
        if admin:
            return True
        here = {g.found.id for g in given if not g.admin}
        if device.id in self._taken or device.id in here:
            return False
        return not device.device.consumes_counters or self._pools.room_for(device, self._taken | here)

    def _suits(self, asked: ExactDeviceRequest | DeviceSubRequest, device: Found) -> bool:
        key = (device.id, id(asked))
        known = self._fits.get(key)
        if known is None:
            selectors = [*self._classes[asked.device_class_name].spec.selectors, *asked.selectors]
            known = tolerated(device.device.taints, asked.tolerations) and all(
                selects(s.cel.expression, device.id[0], device.device) for s in selectors if s.cel is not None
            )
            self._fits[key] = known
        return known

    def _constraints_hold(self, wanted: _Wanted, device: Found, given: Sequence[_Given]) -> bool:
        for constraint in self._claims[wanted.claim].spec.devices.constraints:
            if not _concerns(constraint, wanted.name):
                continue
            name = constraint.match_attribute or constraint.distinct_attribute or ""
            value = _attribute(device, name)
            if value is None:
                return False
            for other in given:
                if other.wanted.claim != wanted.claim or not _concerns(constraint, other.wanted.name):
                    continue
                same = _attribute(other.found, name) == value
                if same != bool(constraint.match_attribute):
                    return False
        return True

    def _result(self, number: int, given: Sequence[_Given], node: str) -> AllocationResult:
        mine = [g for g in given if g.wanted.claim == number]
        results = [
            DeviceRequestAllocationResult(
                request=g.wanted.name,
                driver=g.found.id[0],
                pool=g.found.id[1],
                device=g.found.id[2],
                admin_access=True if g.admin else None,
                tolerations=list(g.wanted.asked.tolerations),
                binding_conditions=list(g.found.device.binding_conditions),
                binding_failure_conditions=list(g.found.device.binding_failure_conditions),
            )
            for g in mine
        ]
        config = []
        for wanted in dict.fromkeys((g.wanted.name, g.wanted.asked.device_class_name) for g in mine):
            for one in self._classes[wanted[1]].spec.config:
                config.append(
                    DeviceAllocationConfiguration(source="FromClass", requests=[wanted[0]], opaque=one.opaque)
                )
        for own in self._claims[number].spec.devices.config:
            config.append(
                DeviceAllocationConfiguration(source="FromClaim", requests=list(own.requests), opaque=own.opaque)
            )
        return AllocationResult(
            devices=DeviceAllocationResult(results=results, config=config), node_selector=_where(mine, node)
        )


def _concerns(constraint: DeviceConstraint, request: str) -> bool:
    return not constraint.requests or request in constraint.requests or request.partition("/")[0] in constraint.requests


def _attribute(device: Found, name: str) -> object:
    domain, _, key = name.rpartition("/")
    found = device.device.attributes.get(name)
    if found is None and domain == device.id[0]:
        found = device.device.attributes.get(key)
    return None if found is None else plain(found)


def _where(given: Sequence[_Given], node: str) -> NodeSelector | None:
    """The nodes on which the allocation can be used; None is all."""
    if any(g.found.node_name for g in given):
        field = NodeSelectorRequirement(key="metadata.name", operator="In", values=[node])
        return NodeSelector(node_selector_terms=[NodeSelectorTerm(match_fields=[field])])
    merged = NodeSelectorTerm(match_expressions=[], match_fields=[])
    for one in given:
        for term in one.found.node_selector.node_selector_terms if one.found.node_selector else ():
            merged.match_expressions += [e for e in term.match_expressions if e not in merged.match_expressions]
            merged.match_fields += [e for e in term.match_fields if e not in merged.match_fields]
    if not merged.match_expressions and not merged.match_fields:
        return None
    return NodeSelector(node_selector_terms=[merged])
