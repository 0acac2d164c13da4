"""The cluster role aggregation controller."""

from __future__ import annotations

from collections.abc import Iterable

from controllers.options import Options
from minik8s.api.rbac_v1 import ClusterRole, PolicyRule
from minik8s.client.controller import ControllerContext
from minik8s.client.informer import Informer
from minik8s.machinery.selectors import SelectorError, from_label_selector


class ClusterRoleAggregationController:
    """Gives each aggregated role the rules of the roles it selects."""

    name = "clusterrole-aggregation-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch cluster roles: any change may matter to every aggregated one."""
        self._ctx = ctx
        self._roles: Informer[ClusterRole] = ctx.watch(ClusterRole, keys=self._affected)

    def _affected(self, role: ClusterRole) -> Iterable[str]:
        if role.aggregation_rule is not None:
            yield role.metadata.name
        for other in self._roles.list():
            if other.aggregation_rule is not None and _selects(other, role):
                yield other.metadata.name

    async def reconcile(self, key: str) -> float | None:
        """Put one role together."""
        role = self._roles.get(key)
        if role is None or role.aggregation_rule is None:
            return None
        rules: list[PolicyRule] = []
        for other in sorted(self._roles.list(), key=lambda one: one.metadata.name):
            if other.metadata.name != key and _selects(role, other):
                rules += [rule for rule in other.rules if rule not in rules]
        if rules != role.rules:
            config = {
                "apiVersion": role.api_version,
                "kind": role.kind,
                "metadata": {"name": key},
                "rules": rules,
            }
            await self._ctx.client.patch(
                ClusterRole, key, config, patch_type="apply", field_manager=self.name, force=True
            )
        return None


def _selects(role: ClusterRole, other: ClusterRole) -> bool:
    assert role.aggregation_rule is not None
    for selector in role.aggregation_rule.cluster_role_selectors:
        try:
            if from_label_selector(selector).matches(other.metadata.labels):
                return True
        except SelectorError:
            continue
    return False


def make(options: Options) -> ClusterRoleAggregationController:
    """The controller, for the catalog."""
    return ClusterRoleAggregationController()
