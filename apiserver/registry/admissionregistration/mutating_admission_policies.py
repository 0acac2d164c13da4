"""MutatingAdmissionPolicies: expressions that change what a request brings."""

from __future__ import annotations

from apiserver.registry.admissionregistration.policies import default_policy, validate_policy
from apiserver.registry.errors import Errors
from apiserver.registry.expressions import check_expression
from apiserver.registry.object_meta import validate_metadata
from apiserver.registry.strategy import Request, Strategy, count_generation
from minik8s.api.admissionregistration_v1 import MutatingAdmissionPolicy, Mutation

_PATCHES = ("ApplyConfiguration", "JSONPatch")
_AGAIN = ("IfNeeded", "Never")


def _validate_mutation(mutation: Mutation, path: str, errors: Errors, variables: tuple[str, ...]) -> None:
    apply, patch = mutation.apply_configuration, mutation.json_patch
    match mutation.patch_type:
        case "":
            errors.required(f"{path}.patchType")
        case "ApplyConfiguration":
            here = f"{path}.applyConfiguration"
            if apply is None:
                errors.required(here, "must be specified when patchType is ApplyConfiguration")
            else:
                check_expression(
                    apply.expression, f"{here}.expression", errors, wanted="Object", variables=variables, missing=""
                )
            if patch is not None:
                why = "must not be specified when patchType is ApplyConfiguration"
                errors.invalid(f"{path}.jsonPatch", "{jsonPatch}", why)
        case "JSONPatch":
            here = f"{path}.jsonPatch"
            if patch is None:
                errors.required(here, "must be specified when patchType is JSONPatch")
            else:
                check_expression(
                    patch.expression,
                    f"{here}.expression",
                    errors,
                    wanted="list(JSONPatch)",
                    variables=variables,
                    missing="",
                )
            if apply is not None:
                why = "must not be specified when patchType is JSONPatch"
                errors.invalid(f"{path}.applyConfiguration", "{applyConfiguration}", why)
        case _:
            errors.not_supported(f"{path}.patchType", mutation.patch_type, _PATCHES)


class MutatingAdmissionPolicyStrategy(Strategy[MutatingAdmissionPolicy]):
    """What becomes of requests."""

    namespaced = False
    allow_unconditional_update = False
    categories = ("api-extensions",)

    def default(self, obj: MutatingAdmissionPolicy, request: Request) -> None:
        """As any policy."""
        default_policy(obj.spec)

    def prepare_for_create(self, obj: MutatingAdmissionPolicy, request: Request) -> None:
        """The first generation."""
        obj.metadata.generation = 1

    def validate(self, obj: MutatingAdmissionPolicy, request: Request) -> Errors:
        """Rules and expressions."""
        errors = Errors()
        spec = obj.spec
        validate_metadata(obj.metadata, errors, namespaced=False, qualified_finalizers=False)
        variables = validate_policy(spec, errors)
        if not spec.mutations:
            errors.required("spec.mutations", "mutations must contain at least one item")
        for index, mutation in enumerate(spec.mutations):
            _validate_mutation(mutation, f"spec.mutations[{index}]", errors, variables)
        if not spec.reinvocation_policy:
            errors.required("spec.reinvocationPolicy")
        elif spec.reinvocation_policy not in _AGAIN:
            errors.not_supported("spec.reinvocationPolicy", spec.reinvocation_policy, _AGAIN)
        return errors

    def prepare_for_update(self, new: MutatingAdmissionPolicy, old: MutatingAdmissionPolicy, request: Request) -> None:
        """A changed spec counts."""
        count_generation(new, old)

    def validate_update(self, new: MutatingAdmissionPolicy, old: MutatingAdmissionPolicy, request: Request) -> Errors:
        """As a new object."""
        return self.validate(new, request)


STRATEGY = MutatingAdmissionPolicyStrategy()
