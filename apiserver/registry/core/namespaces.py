"""Namespaces: their finalizers hold them until they are empty."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_finalizer, validate_metadata, validate_metadata_update
from apiserver.registry.strategy import Request, StatusStrategy, Strategy
from minik8s.api.core_v1 import Namespace, NamespaceStatus

NAME_LABEL = "kubernetes.io/metadata.name"
FINALIZER = "kubernetes"


def _validate(namespace: Namespace, errors: Errors) -> None:
    validate_metadata(namespace.metadata, errors, namespaced=False, name=formats.dns_label)
    for name in namespace.spec.finalizers:
        validate_finalizer(name, "spec.finalizers", errors)


class NamespaceStrategy(Strategy[Namespace]):
    """A room for names."""

    namespaced = False
    garbage_collection = "Background"
    short_names = ("ns",)
    selectable = ("status.phase", "name")

    def default(self, obj: Namespace, request: Request) -> None:
        """Its name as a label; it begins active."""
        if obj.metadata.name:
            obj.metadata.labels = {**obj.metadata.labels, NAME_LABEL: obj.metadata.name}
        if not obj.status.phase:
            obj.status.phase = "Active"

    def prepare_for_create(self, obj: Namespace, request: Request) -> None:
        """Active, and held by Kubernetes' own finalizer."""
        obj.status = NamespaceStatus(phase="Active")
        if FINALIZER not in obj.spec.finalizers:
            obj.spec.finalizers = [*obj.spec.finalizers, FINALIZER]

    def validate(self, obj: Namespace, request: Request) -> Errors:
        """Name and finalizers."""
        errors = Errors()
        _validate(obj, errors)
        return errors

    def canonicalize(self, obj: Namespace) -> None:
        """Its name as a label, always."""
        obj.metadata.labels = {**obj.metadata.labels, NAME_LABEL: obj.metadata.name}

    def prepare_for_update(self, new: Namespace, old: Namespace, request: Request) -> None:
        """Finalizers change by their own endpoint, the status by its."""
        new.spec.finalizers = old.spec.finalizers
        new.status = old.status

    def validate_update(self, new: Namespace, old: Namespace, request: Request) -> Errors:
        """Metadata."""
        errors = Errors()
        _validate(new, errors)
        validate_metadata_update(new.metadata, old.metadata, errors)
        return errors

    def select(self, obj: Namespace) -> dict[str, str]:
        """By phase, and by name under an old label."""
        return {"status.phase": obj.status.phase, "name": obj.metadata.name}


class NamespaceStatusStrategy(StatusStrategy[Namespace]):
    """Active, or Terminating once it is being deleted."""

    namespaced = False

    def validate_update(self, new: Namespace, old: Namespace, request: Request) -> Errors:
        """The phase follows the deletion."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        phase = new.status.phase
        if new.metadata.deletion_timestamp is None:
            if phase != "Active":
                errors.invalid("status.Phase", phase, "may only be 'Active' if `deletionTimestamp` is empty")
        elif phase != "Terminating":
            errors.invalid("status.Phase", phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")
        return errors


class NamespaceFinalizeStrategy(Strategy[Namespace]):
    """Where finalizers are let go."""

    namespaced = False

    def prepare_for_update(self, new: Namespace, old: Namespace, request: Request) -> None:
        """The status stays."""
        new.status = old.status

    def validate_update(self, new: Namespace, old: Namespace, request: Request) -> Errors:
        """Names of finalizers."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        for index, name in enumerate(new.spec.finalizers):
            validate_finalizer(name, f"spec.finalizers[{index}]", errors)
        return errors


STRATEGY = NamespaceStrategy()
STRATEGY.subresources = {"status": NamespaceStatusStrategy(), "finalize": NamespaceFinalizeStrategy()}
