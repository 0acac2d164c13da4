"""IngressClasses: which controller takes care of an Ingress."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.networking.typed_references import validate_typed_reference
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.strategy import Request, Strategy, count_generation
from minik8s.api.networking_v1 import IngressClass, IngressClassParametersReference

_CONTROLLER_MAX = 250
_SCOPES = ("Cluster", "Namespace")


def _validate_parameters(parameters: IngressClassParametersReference, path: str, errors: Errors) -> None:
    validate_typed_reference(parameters.api_group, parameters.kind, parameters.name, path, errors)
    scope, namespace = parameters.scope, parameters.namespace
    if scope is None:
        errors.required(f"{path}.scope")
    elif scope not in _SCOPES:
        errors.not_supported(f"{path}.scope", scope, _SCOPES)
    if scope == "Namespace":
        if namespace is None:
            errors.required(f"{path}.namespace", "`parameters.scope` is set to 'Namespace'")
        else:
            errors.invalid_each(f"{path}.namespace", namespace, formats.dns_label(namespace))
    if scope == "Cluster" and namespace is not None:
        errors.forbidden(f"{path}.namespace", "`parameters.scope` is set to 'Cluster'")


class IngressClassStrategy(Strategy[IngressClass]):
    """A controller and its settings."""

    namespaced = False

    def default(self, obj: IngressClass, request: Request) -> None:
        """Settings are of the cluster."""
        parameters = obj.spec.parameters
        if parameters is not None and parameters.scope is None:
            parameters.scope = "Cluster"

    def prepare_for_create(self, obj: IngressClass, request: Request) -> None:
        """The first generation."""
        obj.metadata.generation = 1

    def validate(self, obj: IngressClass, request: Request) -> Errors:
        """A controller's name, and a reference."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=False)
        controller = obj.spec.controller
        if len(controller.encode()) > _CONTROLLER_MAX:
            errors.too_long("spec.controller", _CONTROLLER_MAX)
        formats.check_domain_prefixed_path(controller, "spec.controller", errors)
        if obj.spec.parameters is not None:
            _validate_parameters(obj.spec.parameters, "spec.parameters", errors)
        return errors

    def prepare_for_update(self, new: IngressClass, old: IngressClass, request: Request) -> None:
        """A changed spec counts."""
        count_generation(new, old)

    def validate_update(self, new: IngressClass, old: IngressClass, request: Request) -> Errors:
        """The controller stays."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        errors.immutable("spec.controller", new.spec.controller, old.spec.controller)
        errors += self.validate(new, request)
        return errors


STRATEGY = IngressClassStrategy()
