"""Roles: what may be done in one namespace."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.rbac.policy_rules import validate_rules
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.rbac_v1 import Role


class RoleStrategy(Strategy[Role]):
    """Rules under a name."""

    allow_create_on_update = True

    def validate(self, obj: Role, request: Request) -> Errors:
        """Rules on resources."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=True, name=formats.path_segment)
        validate_rules(obj.rules, errors, namespaced=True)
        return errors

    def validate_update(self, new: Role, old: Role, request: Request) -> Errors:
        """As a new object."""
        errors = self.validate(new, request)
        validate_metadata_update(new.metadata, old.metadata, errors)
        return errors


STRATEGY = RoleStrategy()
