"""ResourceClaimTemplates: claims to be made for pods."""

from __future__ import annotations

from apiserver.registry.errors import IMMUTABLE, Errors
from apiserver.registry.internal_form import internal_form
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update, validate_template_metadata
from apiserver.registry.resource.device_claims import default_device_claim, validate_device_claim
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.resource_v1 import ResourceClaimTemplate


class ResourceClaimTemplateStrategy(Strategy[ResourceClaimTemplate]):
    """A claim yet to be made."""

    def default(self, obj: ResourceClaimTemplate, request: Request) -> None:
        """One device for each request."""
        default_device_claim(obj.spec.spec.devices)

    def validate(self, obj: ResourceClaimTemplate, request: Request) -> Errors:
        """As the claim will be."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=True)
        validate_template_metadata(obj.spec.metadata, "spec.metadata", errors)
        validate_device_claim(obj.spec.spec.devices, "spec.spec.devices", errors)
        return errors

    def validate_update(self, new: ResourceClaimTemplate, old: ResourceClaimTemplate, request: Request) -> Errors:
        """The spec never changes."""
        errors = self.validate(new, request)
        validate_metadata_update(new.metadata, old.metadata, errors)
        if new.spec != old.spec:
            errors.invalid("spec", internal_form(new.spec), IMMUTABLE)
        return errors


STRATEGY = ResourceClaimTemplateStrategy()
