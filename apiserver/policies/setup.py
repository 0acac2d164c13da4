"""The admission plugins of policies put together."""

from __future__ import annotations

from apiserver.auth.protocols import Authorizer, Reader
from apiserver.policies.checks import ExpressionChecks
from apiserver.policies.metrics import PolicyMetrics
from apiserver.policies.mutating import MutatingPolicies
from apiserver.policies.validating import ValidatingPolicies
from apiserver.registry.expressions import set_expression_check
from apiserver.served_objects import ServedObjects


class Policies:
    """Both plugins and their metrics; expressions are checked from now on when they are written."""

    def __init__(self, reader: Reader, authorizer: Authorizer, served: ServedObjects, metrics: PolicyMetrics) -> None:
        self.metrics = metrics
        self.mutating = MutatingPolicies(reader, authorizer, served, served, served, self.metrics)
        self.validating = ValidatingPolicies(reader, authorizer, served, served, self.metrics)
        set_expression_check(ExpressionChecks().check)

    def forget(self) -> None:
        """Match requests anew: resources have come or gone."""
        self.mutating.source.forget()
        self.validating.source.forget()
