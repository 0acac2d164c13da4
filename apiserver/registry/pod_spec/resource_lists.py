"""Resource lists: the rounding every stored list has been through, and what containers ask for together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from minik8s.api.core_v1 import Container, PodSpec
from minik8s.machinery import quantity

_WHOLE_OR_MILLI = re.compile(r"[0-9]+(?:m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?")
_MILLI = Decimal("0.001")
_context = Context(prec=400)  # more digits than a quantity has
POD_LEVEL_RESOURCES = ("cpu", "memory")


def round_up(resources: dict[str, str]) -> None:
    """Round every quantity of a resource list away from zero to a thousandth, in place."""
    for name, value in resources.items():
        if _WHOLE_OR_MILLI.fullmatch(value) is None:
            parsed = quantity.parse(value)
            exponent = parsed.as_tuple().exponent
            assert isinstance(exponent, int)
            if exponent >= -3:
                continue
            rounded = parsed.quantize(_MILLI, ROUND_CEILING if parsed > 0 else ROUND_FLOOR, _context)
            if rounded != parsed:
                milli = _context.multiply(rounded, 1000)
                resources[name] = quantity.canonical(f"{milli:f}".partition(".")[0] + "m")


def is_huge_page(name: str) -> bool:
    """Whether a resource is huge pages of some size."""
    return name.startswith("hugepages-")


def is_pod_level(name: str) -> bool:
    """Whether a resource may be asked for by a pod as a whole."""
    return name in POD_LEVEL_RESOURCES or is_huge_page(name)


def add_into(total: dict[str, str], more: dict[str, str]) -> None:
    """Add a resource list to a total, in place."""
    for name, value in more.items():
        total[name] = quantity.add(total[name], value) if name in total else value


def raise_to(total: dict[str, str], floor: dict[str, str]) -> None:
    """Raise a total to at least another resource list, in place."""
    for name, value in floor.items():
        if name not in total or quantity.cmp(value, total[name]) > 0:
            total[name] = value


def _restartable(container: Container) -> bool:
    return container.restart_policy == "Always"


def _together(spec: PodSpec, part: str) -> dict[str, str]:
    """What containers and init containers need at the moment they need most; sidecars run beside all that follows."""
    total: dict[str, str] = {}
    for container in spec.containers:
        add_into(total, getattr(container.resources, part))
    sidecars: dict[str, str] = {}
    peak: dict[str, str] = {}
    for container in spec.init_containers:
        mine: dict[str, str] = dict(getattr(container.resources, part))
        if _restartable(container):
            add_into(total, mine)
            add_into(sidecars, mine)
            mine = dict(sidecars)
        else:
            add_into(mine, sidecars)
        raise_to(peak, mine)
    raise_to(total, peak)
    return total


def aggregate_requests(spec: PodSpec) -> dict[str, str]:
    """What the containers of a pod request together."""
    return _together(spec, "requests")


def aggregate_limits(spec: PodSpec) -> dict[str, str]:
    """What the containers of a pod are limited to together."""
    return _together(spec, "limits")


def fill_requests_from_limits(containers: Iterable[Container]) -> None:
    """A container that limits a resource without requesting it requests its limit."""
    for container in containers:
        limits = container.resources.limits
        if limits:
            requests = container.resources.requests
            for name, value in limits.items():
                if name not in requests:
                    requests[name] = value
