"""RoleBindings: who has a role in one namespace."""

from __future__ import annotations

from apiserver.registry.errors import Errors
from apiserver.registry.rbac.bindings import default_binding, validate_binding, validate_binding_change
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.rbac_v1 import RoleBinding


class RoleBindingStrategy(Strategy[RoleBinding]):
    """A role of the namespace or of the cluster, given to subjects."""

    allow_create_on_update = True

    def default(self, obj: RoleBinding, request: Request) -> None:
        """This API group."""
        default_binding(obj)

    def validate(self, obj: RoleBinding, request: Request) -> Errors:
        """Role and subjects."""
        errors = Errors()
        validate_binding(obj, ("Role", "ClusterRole"), errors, namespaced=True)
        return errors

    def validate_update(self, new: RoleBinding, old: RoleBinding, request: Request) -> Errors:
        """The role stays."""
        errors = self.validate(new, request)
        validate_binding_change(new, old, errors)
        return errors


STRATEGY = RoleBindingStrategy()
