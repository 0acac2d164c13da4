"""Whether a node is one that a node selector, or a pod's required affinity, asks for."""

from __future__ import annotations

from minik8s.api.core_v1 import Affinity, Node, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm
from minik8s.machinery.selectors import GREATER_THAN, LESS_THAN, Requirement

NAME_FIELD = "metadata.name"


def selects(selector: NodeSelector | None, node: Node) -> bool:
    """Whether one of the selector's terms matches; no selector takes every node."""
    return selector is None or any(_term(term, node) for term in selector.node_selector_terms)


def required_terms(affinity: Affinity | None) -> NodeSelector | None:
    """The node selector a pod's affinity requires."""
    if affinity is None or affinity.node_affinity is None:
        return None
    return affinity.node_affinity.required_during_scheduling_ignored_during_execution


def _term(term: NodeSelectorTerm, node: Node) -> bool:
    if not term.match_expressions and not term.match_fields:
        return False
    fields = {NAME_FIELD: node.metadata.name}
    return all(_holds(one, node.metadata.labels) for one in term.match_expressions) and all(
        _holds(one, fields) for one in term.match_fields
    )


def _holds(wanted: NodeSelectorRequirement, values: dict[str, str]) -> bool:
    held = values.get(wanted.key)
    if wanted.operator == "In":
        return held is not None and held in wanted.values
    if wanted.operator == "NotIn":
        return held is None or held not in wanted.values
    if wanted.operator == "Exists":
        return held is not None
    if wanted.operator == "DoesNotExist":
        return held is None
    operator = GREATER_THAN if wanted.operator == "Gt" else LESS_THAN
    return bool(wanted.values) and Requirement(wanted.key, operator, tuple(wanted.values)).matches(values)
