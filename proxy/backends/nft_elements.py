"""nftables, the part that changes: the map and set elements, and the chains, that a front stands for.

Cost per packet is two map look-ups however many Services there are: `<view>_<kind>_svc` gives a chain for the number
of endpoints, which draws a number n and takes the endpoint from `<view>_<kind>_ep<n>`. The view `in` is for clients
inside the cluster where they are treated apart, `any` for all; kind is `ip` or `np` (NodePort).
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable

from proxy.topology import Endpoint, Front

Elements = dict[tuple[str, str], str]
"""(map or set, key) -> value; "" in a set."""


@dataclasses.dataclass(frozen=True, slots=True)
class AffinityChain:
    """A front whose clients return to their endpoint: a chain of its own, and a set of clients per endpoint."""

    name: str
    masquerade: str
    endpoints: tuple[Endpoint, ...]
    protocol: str
    seconds: int

    def member(self, endpoint: Endpoint) -> str:
        """The name of the set and chain of one endpoint."""
        return f"{self.name}-{_digest(f'{endpoint.ip}:{endpoint.port}')[:8]}"


@dataclasses.dataclass(frozen=True, slots=True)
class Rendered:
    """What one front needs: elements, the shared pick chains (view kind, count, masquerade), affinity chains."""

    elements: Elements
    picks: frozenset[tuple[str, int, str]]
    affinity: tuple[AffinityChain, ...]


def pick_chain(view: str, count: int, masquerade: str) -> str:
    """The name of the chain that picks one of `count` endpoints."""
    return f"pick-{view}-{count}-{masquerade}"


def slot_name(view: str, number: int) -> str:
    """The name of the map that holds every front's endpoint of one number."""
    return f"{view}_ep{number}"


def render(front: Front) -> Rendered:
    """The elements and chains of one front."""
    elements: Elements = {}
    picks: set[tuple[str, int, str]] = set()
    chains: list[AffinityChain] = []
    kind = "ip" if front.ip else "np"
    base = f"{front.ip} . {front.protocol} . {front.port}" if front.ip else f"{front.protocol} . {front.port}"
    if front.kind == "cluster":
        elements[("cluster_ips", front.ip)] = ""
    views: list[tuple[str, tuple[Endpoint, ...], str]] = [("any", front.endpoints, front.masquerade)]
    if front.inside:
        views.append(("in", front.inside, "always"))
    for view, endpoints, masquerade in views:
        if not endpoints:
            verdict = "goto reject-it" if front.empty == "reject" else "drop"
            elements[(f"empty_{kind}", base)] = verdict
            continue
        if front.affinity:
            name = f"aff-{_digest(f'{view} {base}')[:12]}"
            chains.append(AffinityChain(name, masquerade, endpoints, front.protocol, front.affinity))
            target = name
        else:
            picks.add((f"{view}_{kind}", len(endpoints), masquerade))
            target = pick_chain(f"{view}_{kind}", len(endpoints), masquerade)
            for number, endpoint in enumerate(endpoints):
                elements[(slot_name(f"{view}_{kind}", number), base)] = f"{endpoint.ip} . {endpoint.port}"
        elements[(f"{view}_{kind}_svc", base)] = f"goto {target}"
    if front.sources:
        elements[("guarded", base)] = ""
        for network in front.sources:
            elements[("allowed", f"{base} . {network}")] = ""
    return Rendered(elements, frozenset(picks), tuple(chains))


def hairpins(fronts: Iterable[Front]) -> set[str]:
    """Addresses on this node that may reach themselves through a Service."""
    return {e.ip for front in fronts for e in (*front.endpoints, *(front.inside or ())) if e.local}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
