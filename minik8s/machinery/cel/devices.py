"""What expressions that select devices may use: `device`, with its driver, attributes and capacity."""

from __future__ import annotations

from functools import cache

from minik8s.machinery.cel.environment import Environment
from minik8s.machinery.cel.library.quantities import QUANTITY
from minik8s.machinery.cel.types import BOOL, DYN, STRING, ObjectType, map_of


@cache
def device_environment() -> Environment:
    """The names of such an expression; attributes and capacity are maps by domain of maps by name."""
    fields = {
        "driver": STRING,
        "attributes": map_of(STRING, map_of(STRING, DYN)),
        "capacity": map_of(STRING, map_of(STRING, QUANTITY)),
        "allowMultipleAllocations": BOOL,
    }
    device = ObjectType("kubernetes.DRADevice", fields)
    return Environment(variables={"device": device.type}, types={device.name: device})
