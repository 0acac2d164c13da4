"""Topology spread constraints in a form that can be counted, a Pod's own or the profile's defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from minik8s.api.apps_v1 import ReplicaSet, StatefulSet
from minik8s.api.core_v1 import ReplicationController, Service
from minik8s.api.core_v1 import TopologySpreadConstraint as ApiConstraint
from minik8s.machinery.selectors import (
    EQUALS,
    EVERYTHING,
    NOTHING,
    Requirement,
    Selector,
    from_label_selector,
    from_labels,
)
from scheduler.listers import Listers
from scheduler.pods.template import Template
from scheduler.pods.terms import Term, merged
from scheduler.state.counts import Query
from scheduler.state.labels import HOSTNAME

ZONE = "topology.kubernetes.io/zone"
HARD, SOFT = "DoNotSchedule", "ScheduleAnyway"
_KEPT = 1024


class Constraint(NamedTuple):
    """One constraint; `query` counts the Pods it is about, `selects_self` whether the Pod is one of them."""

    key: str
    max_skew: int
    min_domains: int
    hard: bool
    query: Query
    selects_self: bool
    honors_affinity: bool
    honors_taints: bool


class Constraints(NamedTuple):
    """A Pod's constraints; `defaulted` if they come from the system's defaults, where nodes may lack the labels."""

    hard: tuple[Constraint, ...]
    soft: tuple[Constraint, ...]
    defaulted: bool = False


SYSTEM_DEFAULTS = (
    ApiConstraint(max_skew=3, topology_key=HOSTNAME, when_unsatisfiable=SOFT),
    ApiConstraint(max_skew=5, topology_key=ZONE, when_unsatisfiable=SOFT),
)


class ConstraintReader:
    """Reads constraints once for each template. Args: `defaultingType`, `defaultConstraints`. Raises ValueError."""

    def __init__(self, listers: Listers, args: Mapping[str, Any]) -> None:
        self._listers = listers
        kind = args.get("defaultingType") or "System"
        given = args.get("defaultConstraints") or []
        if kind not in ("System", "List"):
            raise ValueError(f"defaultingType: unsupported value {kind!r}, known are List, System")
        if kind == "System" and given:
            raise ValueError("defaultConstraints: when .defaultingType is System, none may be given")
        try:
            listed = msgspec.convert(given, list[ApiConstraint])
        except msgspec.ValidationError as error:
            raise ValueError(f"defaultConstraints: {error}") from None
        if any(c.label_selector is not None for c in listed):
            raise ValueError("defaultConstraints: constraint must not define a selector, as they deduced for each pod")
        self._system = kind == "System"
        self._defaults: Sequence[ApiConstraint] = SYSTEM_DEFAULTS if self._system else listed
        self._known: dict[int, tuple[int, Constraints]] = {}

    def of(self, template: Template) -> Constraints:
        """The constraints of Pods of a template."""
        known = self._known.get(template.id)
        if known is not None and (template.constraints or known[0] == self._listers.selectors_version):
            return known[1]
        found = self._own(template) if template.constraints else self._default(template)
        if len(self._known) >= _KEPT:
            self._known.clear()
        self._known[template.id] = (self._listers.selectors_version, found)
        return found

    def _own(self, template: Template) -> Constraints:
        made = []
        for constraint in template.constraints:
            selector = NOTHING if constraint.label_selector is None else from_label_selector(constraint.label_selector)
            if constraint.label_selector is not None:
                labels = template.labels
                keys = [Requirement(k, EQUALS, (labels[k],)) for k in constraint.match_label_keys if k in labels]
                selector = merged(selector, keys)
            made.append(_constraint(constraint, selector, template))
        return Constraints(tuple(c for c in made if c.hard), tuple(c for c in made if not c.hard))

    def _default(self, template: Template) -> Constraints:
        if not self._defaults:
            return Constraints((), ())
        selector = default_selector(self._listers, template)
        if selector.empty or selector.nothing:
            return Constraints((), (), self._system)
        made = [_constraint(constraint, selector, template) for constraint in self._defaults]
        return Constraints(tuple(c for c in made if c.hard), tuple(c for c in made if not c.hard), self._system)


def _constraint(constraint: ApiConstraint, selector: Selector, template: Template) -> Constraint:
    term = Term(frozenset((template.namespace,)), NOTHING, selector, "")
    return Constraint(
        constraint.topology_key,
        constraint.max_skew,
        constraint.min_domains or 1,
        constraint.when_unsatisfiable == HARD,
        Query((term,), skip_terminating=True),
        selector.matches(template.labels),
        (constraint.node_affinity_policy or "Honor") == "Honor",
        (constraint.node_taints_policy or "Ignore") == "Honor",
    )


def default_selector(listers: Listers, template: Template) -> Selector:
    """The Pods like this one: those of its Services and of the workload that owns it; empty if it has neither."""
    labels: dict[str, str] = {}
    for service in listers.list(Service):
        wanted = service.spec.selector
        if service.metadata.namespace == template.namespace and wanted and from_labels(wanted).matches(template.labels):
            labels.update(wanted)
    version, kind, name = template.owner
    if (version, kind) == ("v1", "ReplicationController"):
        controller = listers.get(ReplicationController, name, template.namespace)
        labels.update(controller.spec.selector if controller else {})
        return from_labels(labels)
    found = from_labels(labels) if labels else EVERYTHING
    owner: ReplicaSet | StatefulSet | None = None
    if version == "apps/v1" and kind == "ReplicaSet":
        owner = listers.get(ReplicaSet, name, template.namespace)
    elif version == "apps/v1" and kind == "StatefulSet":
        owner = listers.get(StatefulSet, name, template.namespace)
    if owner is None or owner.spec.selector is None:
        return found
    return found.and_also(*from_label_selector(owner.spec.selector).requirements)
