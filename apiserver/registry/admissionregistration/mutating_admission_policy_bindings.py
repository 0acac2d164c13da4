"""MutatingAdmissionPolicyBindings: where a policy counts, and with which parameters."""

from __future__ import annotations

from apiserver.registry.admissionregistration.policies import validate_binding, validate_mutable
from apiserver.registry.admissionregistration.resource_rules import default_match
from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata
from apiserver.registry.strategy import Request, Strategy, count_generation
from minik8s.api.admissionregistration_v1 import MutatingAdmissionPolicyBinding


class MutatingAdmissionPolicyBindingStrategy(Strategy[MutatingAdmissionPolicyBinding]):
    """A policy put to use."""

    namespaced = False
    allow_unconditional_update = False
    categories = ("api-extensions",)

    def default(self, obj: MutatingAdmissionPolicyBinding, request: Request) -> None:
        """Equivalent resources, everywhere."""
        if obj.spec.match_resources is not None:
            default_match(obj.spec.match_resources)

    def prepare_for_create(self, obj: MutatingAdmissionPolicyBinding, request: Request) -> None:
        """The first generation."""
        obj.metadata.generation = 1

    def validate(self, obj: MutatingAdmissionPolicyBinding, request: Request) -> Errors:
        """A policy, parameters, and where."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=False, qualified_finalizers=False)
        validate_binding(obj.spec.policy_name, obj.spec.param_ref, obj.spec.match_resources, errors)
        if obj.spec.match_resources is not None:
            validate_mutable(obj.spec.match_resources.resource_rules, "spec.matchResources", errors)
        return errors

    def prepare_for_update(
        self, new: MutatingAdmissionPolicyBinding, old: MutatingAdmissionPolicyBinding, request: Request
    ) -> None:
        """A changed spec counts."""
        count_generation(new, old)

    def validate_update(
        self, new: MutatingAdmissionPolicyBinding, old: MutatingAdmissionPolicyBinding, request: Request
    ) -> Errors:
        """As a new object."""
        return self.validate(new, request)


STRATEGY = MutatingAdmissionPolicyBindingStrategy()
