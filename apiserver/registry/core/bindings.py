"""Bindings: what puts a pod on a node."""

from __future__ import annotations

from apiserver.registry.errors import Errors
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.core_v1 import Binding


class BindingStrategy(Strategy[Binding]):
    """Created, never stored."""

    def validate(self, obj: Binding, request: Request) -> Errors:
        """A node by name."""
        errors = Errors()
        if obj.target.kind not in ("", "Node"):
            errors.not_supported("target.kind", obj.target.kind, ("Node", "<empty>"))
        if not obj.target.name:
            errors.required("target.name")
        return errors


STRATEGY = BindingStrategy()
