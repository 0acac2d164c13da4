"""Leases: who leads, and until when."""

from __future__ import annotations

from apiserver.registry.errors import NOT_NEGATIVE, Errors
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.coordination_v1 import Lease, LeaseSpec


def _validate_spec(spec: LeaseSpec, errors: Errors) -> None:
    duration, transitions = spec.lease_duration_seconds, spec.lease_transitions
    if duration is not None and duration <= 0:
        errors.invalid("spec.leaseDurationSeconds", duration, "must be greater than 0")
    if transitions is not None and transitions < 0:
        errors.invalid("spec.leaseTransitions", transitions, NOT_NEGATIVE)
    if spec.preferred_holder and not spec.strategy:
        detail = "may only be specified if `strategy` is defined"
        errors.forbidden("spec.preferredHolder", detail)


class LeaseStrategy(Strategy[Lease]):
    """A holder and a term."""

    allow_create_on_update = True
    allow_unconditional_update = False

    def prepare_for_create(self, obj: Lease, request: Request) -> None:
        """Elections by the server are not switched on."""
        obj.spec.strategy = None
        obj.spec.preferred_holder = None

    def validate(self, obj: Lease, request: Request) -> Errors:
        """Numbers."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=True, qualified_finalizers=False)
        _validate_spec(obj.spec, errors)
        return errors

    def prepare_for_update(self, new: Lease, old: Lease, request: Request) -> None:
        """Elections by the server are not switched on."""
        if old.spec.strategy is None:
            new.spec.strategy = None
        if old.spec.preferred_holder is None:
            new.spec.preferred_holder = None

    def validate_update(self, new: Lease, old: Lease, request: Request) -> Errors:
        """Numbers."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors, qualified_finalizers=False)
        _validate_spec(new.spec, errors)
        return errors


STRATEGY = LeaseStrategy()
