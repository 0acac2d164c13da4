"""Which requests `matchConstraints` of a policy or `matchResources` of a binding are about."""

from __future__ import annotations

from apiserver.admission.matching.rules import found_by
from apiserver.admission.matching.selecting import in_namespaces, selects_object
from apiserver.admission.matching.targets import Served, Target, is_namespace, name_of, target_of
from apiserver.admission.plugin import AdmissionRequest
from apiserver.auth.protocols import Reader
from minik8s.api.admissionregistration_v1 import MatchResources
from minik8s.api.meta_v1 import LabelSelector
from minik8s.machinery.selectors import Selector, SelectorError, from_label_selector


class Match:
    """One `MatchResources`; None is about everything."""

    def __init__(self, match: MatchResources | None) -> None:
        self._match = match or MatchResources()
        self._namespaces = _selector(self._match.namespace_selector)
        self._objects = _selector(self._match.object_selector)
        rules = (*self._match.resource_rules, *self._match.exclude_resource_rules)
        self.by_name = any(rule.resource_names for rule in rules)
        """Whether the names of objects count."""

    def target(self, request: AdmissionRequest, served: Served) -> Target | None:
        """Under which version the rules are about a request, None where they are not."""
        match = self._match
        own, name = target_of(request), name_of(request)
        placed = bool(request.namespace) and not is_namespace(request)
        others = None if match.match_policy == "Exact" else lambda: served.equivalents(request)
        if match.exclude_resource_rules and found_by(match.exclude_resource_rules, request, own, placed, others, name):
            return None
        if not match.resource_rules:
            return own
        return found_by(match.resource_rules, request, own, placed, others, name)

    async def selects(self, request: AdmissionRequest, reader: Reader) -> bool:
        """Whether the labels of namespace and object are selected. Raises StatusError (404)."""
        return selects_object(self._objects, request) and await in_namespaces(self._namespaces, request, reader)


def _selector(selector: LabelSelector | None) -> Selector:
    try:
        return from_label_selector(LabelSelector() if selector is None else selector)
    except SelectorError:
        return Selector(nothing=True)
