"""Devices promised to claims between Reserve and the write that makes it so."""

from __future__ import annotations

from minik8s.api.resource_v1 import AllocationResult, ResourceClaim
from scheduler.listers import Listers

DeviceId = tuple[str, str, str]
"""(driver, pool, device)."""


class Devices:
    """Allocations by claim uid that the API does not show yet."""

    def __init__(self) -> None:
        self.promised: dict[str, AllocationResult] = {}

    def taken(self, listers: Listers) -> set[DeviceId]:
        """Every device that is allocated or promised; admin access takes none."""
        found: set[DeviceId] = set()
        shown = set()
        for claim in listers.list(ResourceClaim):
            if claim.status.allocation is not None:
                found |= devices_of(claim.status.allocation)
                shown.add(claim.metadata.uid)
        for uid in shown & self.promised.keys():
            del self.promised[uid]
        for allocation in self.promised.values():
            found |= devices_of(allocation)
        return found


def devices_of(allocation: AllocationResult) -> set[DeviceId]:
    """The devices an allocation takes."""
    return {(r.driver, r.pool, r.device) for r in allocation.devices.results if not r.admin_access}
