"""ValidatingAdmissionPolicyBindings: where a policy counts, and with which parameters."""

from __future__ import annotations

from apiserver.registry.admissionregistration.policies import validate_binding
from apiserver.registry.admissionregistration.resource_rules import default_match
from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata
from apiserver.registry.strategy import Request, Strategy, count_generation
from minik8s.api.admissionregistration_v1 import ValidatingAdmissionPolicyBinding

_ACTIONS = ("Audit", "Deny", "Warn")


def _validate_actions(actions: list[str], path: str, errors: Errors) -> None:
    for index, action in enumerate(actions):
        if action not in _ACTIONS:
            errors.not_supported(f"{path}[{index}]", action, _ACTIONS)
        if action in actions[:index]:
            errors.duplicate(f"{path}[{index}]", action)
    if "Deny" in actions and "Warn" in actions:
        errors.invalid(
            path,
            actions,
            "must not contain both Deny and Warn (repeating the same validation failure information in the API "
            "response and headers serves no purpose)",
        )
    if not actions:
        errors.required(path, "at least one validation action is required")


class ValidatingAdmissionPolicyBindingStrategy(Strategy[ValidatingAdmissionPolicyBinding]):
    """A policy put to use."""

    namespaced = False
    allow_unconditional_update = False
    categories = ("api-extensions",)

    def default(self, obj: ValidatingAdmissionPolicyBinding, request: Request) -> None:
        """Equivalent resources, everywhere."""
        if obj.spec.match_resources is not None:
            default_match(obj.spec.match_resources)

    def prepare_for_create(self, obj: ValidatingAdmissionPolicyBinding, request: Request) -> None:
        """The first generation."""
        obj.metadata.generation = 1

    def validate(self, obj: ValidatingAdmissionPolicyBinding, request: Request) -> Errors:
        """A policy, parameters, and where."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=False, qualified_finalizers=False)
        validate_binding(obj.spec.policy_name, obj.spec.param_ref, obj.spec.match_resources, errors)
        _validate_actions(obj.spec.validation_actions, "spec.validationActions", errors)
        return errors

    def prepare_for_update(
        self, new: ValidatingAdmissionPolicyBinding, old: ValidatingAdmissionPolicyBinding, request: Request
    ) -> None:
        """A changed spec counts."""
        count_generation(new, old)

    def validate_update(
        self, new: ValidatingAdmissionPolicyBinding, old: ValidatingAdmissionPolicyBinding, request: Request
    ) -> Errors:
        """As a new object."""
        return self.validate(new, request)


STRATEGY = ValidatingAdmissionPolicyBindingStrategy()
