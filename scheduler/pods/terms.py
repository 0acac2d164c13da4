"""Pod affinity terms in a form that can be matched, compared and counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from minik8s.api.core_v1 import PodAffinityTerm
from minik8s.machinery.selectors import EQUALS, IN, NOT_IN, NOTHING, Requirement, Selector, from_label_selector

NamespaceLabels = Callable[[str], Mapping[str, str]]

REQUIRED_AFFINITY, REQUIRED_ANTI, PREFERRED_AFFINITY, PREFERRED_ANTI = range(4)


class Term(NamedTuple):
    """Pods of these namespaces with these labels, gathered by the nodes' label `topology_key`."""

    namespaces: frozenset[str]
    namespace_selector: Selector
    selector: Selector
    topology_key: str

    def matches(self, namespace: str, labels: Mapping[str, str], namespace_labels: NamespaceLabels) -> bool:
        """Whether a Pod of that namespace with those labels is meant."""
        if not self.selector.matches(labels):
            return False
        if namespace in self.namespaces:
            return True
        return not self.namespace_selector.nothing and self.namespace_selector.matches(namespace_labels(namespace))


class WeightedTerm(NamedTuple):
    """A term and what it is to its Pod: one of the four kinds, with a weight for the preferred ones."""

    kind: int
    weight: int
    term: Term


def read_term(term: PodAffinityTerm, namespace: str, labels: Mapping[str, str]) -> Term:
    """A term of a Pod of that namespace with those labels."""
    selector = from_label_selector(term.label_selector)
    if term.label_selector is not None:
        keys = [Requirement(k, EQUALS, (labels[k],)) for k in term.match_label_keys if k in labels]
        not_keys = [Requirement(k, NOT_IN, (labels[k],)) for k in term.mismatch_label_keys if k in labels]
        selector = merged(selector, [*keys, *not_keys])
    spaces = frozenset(term.namespaces)
    if not spaces and term.namespace_selector is None:
        spaces = frozenset((namespace,))
    inside = NOTHING if term.namespace_selector is None else from_label_selector(term.namespace_selector)
    return Term(spaces, inside, selector, term.topology_key)


def merged(selector: Selector, more: list[Requirement]) -> Selector:
    """The selector with requirements it does not have yet (the API server may have added them already)."""
    held = {(r.key, IN if r.operator == EQUALS else r.operator, r.values) for r in selector.requirements}
    new = [r for r in more if (r.key, IN if r.operator == EQUALS else r.operator, r.values) not in held]
    return selector.and_also(*new) if new else selector
