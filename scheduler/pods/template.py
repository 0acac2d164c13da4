"""A template: all that scheduling asks about a Pod. Pods made from one template share one, and so share results."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from minik8s.api.core_v1 import Affinity, NodeSelector, Pod, PodSpec, PreferredSchedulingTerm, Toleration, Volume
from minik8s.api.core_v1 import TopologySpreadConstraint as ApiConstraint
from scheduler.pods.requests import pod_requests
from scheduler.pods.terms import (
    PREFERRED_AFFINITY,
    PREFERRED_ANTI,
    REQUIRED_AFFINITY,
    REQUIRED_ANTI,
    WeightedTerm,
    read_term,
)
from scheduler.resources import CPU, MEMORY


class HostPort(NamedTuple):
    """A port of the node that a Pod takes; `ip` 0.0.0.0 means all addresses."""

    protocol: str
    port: int
    ip: str


class Template:
    """What a Pod asks for. Never changes; `id` is unique while the process lives."""

    __slots__ = (
        "affinity",
        "claims",
        "constraints",
        "host_ports",
        "id",
        "images",
        "labels",
        "namespace",
        "node_selector",
        "owner",
        "requests",
        "seen_cpu",
        "seen_memory",
        "seen",
        "terms",
        "tolerations",
        "volumes",
    )

    def __init__(self, id: int, pod: Pod, facts: _Facts) -> None:
        self.id = id
        self.namespace = pod.metadata.namespace
        self.labels = dict(pod.metadata.labels)
        self.requests: tuple[tuple[int, int], ...] = tuple(sorted(facts.requests.items()))
        self.seen: dict[int, int] = facts.seen
        self.seen_cpu = facts.seen.get(CPU, 0)
        self.seen_memory = facts.seen.get(MEMORY, 0)
        self.host_ports: tuple[HostPort, ...] = tuple(facts.ports)
        self.node_selector: dict[str, str] = pod.spec.node_selector
        self.affinity: Affinity | None = pod.spec.affinity
        self.tolerations: list[Toleration] = pod.spec.tolerations
        self.constraints: list[ApiConstraint] = pod.spec.topology_spread_constraints
        self.images: tuple[str, ...] = facts.images
        self.volumes: list[Volume] = facts.volumes
        self.claims = facts.claims
        self.owner: tuple[str, str, str] = facts.owner
        self.terms: tuple[WeightedTerm, ...] = _terms(pod)

    @property
    def required_node_affinity(self) -> NodeSelector | None:
        """The node selector that must hold, beside `node_selector`."""
        found = self.affinity.node_affinity if self.affinity else None
        return found.required_during_scheduling_ignored_during_execution if found else None

    @property
    def preferred_node_affinity(self) -> list[PreferredSchedulingTerm]:
        """The node selectors that add to a score."""
        found = self.affinity.node_affinity if self.affinity else None
        return found.preferred_during_scheduling_ignored_during_execution if found else []

    def of_kind(self, kind: int) -> list[WeightedTerm]:
        """The Pod affinity terms of one kind."""
        return [t for t in self.terms if t.kind == kind]


class _Facts(NamedTuple):
    requests: dict[int, int]
    seen: dict[int, int]
    ports: list[HostPort]
    images: tuple[str, ...]
    volumes: list[Volume]
    claims: list[str]
    owner: tuple[str, str, str]


_known: dict[bytes, Template] = {}
_MOST = 4096
_last = 0


def template_of(pod: Pod) -> Template:
    """The template of a Pod; the same object for Pods that ask for the same."""
    global _last
    spec, meta = pod.spec, pod.metadata
    requests, seen = pod_requests(pod)
    ports = host_ports(spec)
    images = tuple(c.image for c in (*spec.init_containers, *spec.containers) if c.image)
    volumes = [v for v in spec.volumes if _matters(v)]
    claims = [c.name for c in spec.resource_claims]
    owner = next((o for o in meta.owner_references if o.controller), None)
    owned = (owner.api_version, owner.kind, owner.name) if owner else ("", "", "")
    # Volumes of the Pod's own name and resource claims make a Pod one of a kind.
    own = meta.name if claims or any(v.ephemeral for v in volumes) else ""
    key = msgspec.json.encode(
        (
            meta.namespace,
            sorted(meta.labels.items()),
            list(requests.items()),
            list(seen.items()),
            ports,
            images,
            sorted(spec.node_selector.items()),
            spec.affinity,
            spec.tolerations,
            spec.topology_spread_constraints,
            volumes,
            claims,
            owned,
            own,
            spec.scheduler_name,
        )
    )
    found = _known.get(key)
    if found is None:
        if len(_known) >= _MOST:
            for old in list(_known)[: _MOST // 2]:
                del _known[old]
        _last += 1
        found = Template(_last, pod, _Facts(requests, seen, ports, images, volumes, claims, owned))
        _known[key] = found
    return found


def host_ports(spec: PodSpec) -> list[HostPort]:
    """The ports of the node that containers and sidecars take."""
    sidecars = [c for c in spec.init_containers if c.restart_policy == "Always"]
    return [
        HostPort(p.protocol or "TCP", p.host_port, p.host_ip or "0.0.0.0")
        for container in (*spec.containers, *sidecars)
        for p in container.ports
        if p.host_port > 0
    ]


_PLAIN_VOLUMES = ("config_map", "secret", "empty_dir", "downward_api", "projected", "host_path", "image", "git_repo")


def _matters(volume: Volume) -> bool:
    return not any(getattr(volume, kind) is not None for kind in _PLAIN_VOLUMES)


def _terms(pod: Pod) -> tuple[WeightedTerm, ...]:
    affinity = pod.spec.affinity
    if affinity is None:
        return ()
    found = []
    space, labels = pod.metadata.namespace, pod.metadata.labels
    for rules, required, preferred in (
        (affinity.pod_affinity, REQUIRED_AFFINITY, PREFERRED_AFFINITY),
        (affinity.pod_anti_affinity, REQUIRED_ANTI, PREFERRED_ANTI),
    ):
        if rules is None:
            continue
        for term in rules.required_during_scheduling_ignored_during_execution:
            found.append(WeightedTerm(required, 1, read_term(term, space, labels)))
        for wanted in rules.preferred_during_scheduling_ignored_during_execution:
            found.append(WeightedTerm(preferred, wanted.weight, read_term(wanted.pod_affinity_term, space, labels)))
    return tuple(found)
