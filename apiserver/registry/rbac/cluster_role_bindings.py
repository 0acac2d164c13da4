"""ClusterRoleBindings: who has a role everywhere."""

from __future__ import annotations

from apiserver.registry.errors import Errors
from apiserver.registry.rbac.bindings import default_binding, validate_binding, validate_binding_change
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.rbac_v1 import ClusterRoleBinding


class ClusterRoleBindingStrategy(Strategy[ClusterRoleBinding]):
    """A role of the cluster, given to subjects."""

    namespaced = False
    allow_create_on_update = True

    def default(self, obj: ClusterRoleBinding, request: Request) -> None:
        """This API group."""
        default_binding(obj)

    def validate(self, obj: ClusterRoleBinding, request: Request) -> Errors:
        """Role and subjects."""
        errors = Errors()
        validate_binding(obj, ("ClusterRole",), errors, namespaced=False)
        return errors

    def validate_update(self, new: ClusterRoleBinding, old: ClusterRoleBinding, request: Request) -> Errors:
        """The role stays."""
        errors = self.validate(new, request)
        validate_binding_change(new, old, errors)
        return errors


STRATEGY = ClusterRoleBindingStrategy()
