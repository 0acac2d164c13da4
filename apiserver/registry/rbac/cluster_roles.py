"""ClusterRoles: what may be done anywhere; some are put together from others."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.labels import selects, validate_label_selector
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.rbac.policy_rules import validate_rules
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.rbac_v1 import AggregationRule, ClusterRole


def _validate_aggregation(rule: AggregationRule, errors: Errors) -> None:
    path = "aggregationRule.clusterRoleSelectors"
    if not rule.cluster_role_selectors:
        errors.required(path, "at least one clusterRoleSelector required if aggregationRule is non-nil")
    for index, selector in enumerate(rule.cluster_role_selectors):
        validate_label_selector(selector, f"{path}[{index}]", errors)
        if selects(selector, {}) is None:
            # Kubernetes quotes what came of reading the selector: nothing.
            errors.invalid(f"{path}[{index}]", None, "invalid label selector.")


class ClusterRoleStrategy(Strategy[ClusterRole]):
    """Rules under a name, for the whole cluster."""

    namespaced = False
    allow_create_on_update = True

    def validate(self, obj: ClusterRole, request: Request) -> Errors:
        """Rules on resources and on paths."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=False, name=formats.path_segment)
        validate_rules(obj.rules, errors, namespaced=False)
        if obj.aggregation_rule is not None:
            _validate_aggregation(obj.aggregation_rule, errors)
        return errors

    def validate_update(self, new: ClusterRole, old: ClusterRole, request: Request) -> Errors:
        """As a new object."""
        errors = self.validate(new, request)
        validate_metadata_update(new.metadata, old.metadata, errors)
        return errors


STRATEGY = ClusterRoleStrategy()
