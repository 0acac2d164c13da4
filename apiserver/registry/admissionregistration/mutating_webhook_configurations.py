"""MutatingWebhookConfigurations: who may change requests."""

from __future__ import annotations

from apiserver.registry.admissionregistration.webhooks import default_webhook, validate_webhooks
from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata
from apiserver.registry.strategy import Request, Strategy, count_generation
from minik8s.api.admissionregistration_v1 import MutatingWebhookConfiguration


class MutatingWebhookConfigurationStrategy(Strategy[MutatingWebhookConfiguration]):
    """Webhooks, in their order."""

    namespaced = False
    allow_unconditional_update = False
    categories = ("api-extensions",)

    def default(self, obj: MutatingWebhookConfiguration, request: Request) -> None:
        """As any webhook."""
        for hook in obj.webhooks:
            default_webhook(hook)
            if hook.reinvocation_policy is None:
                hook.reinvocation_policy = "Never"

    def prepare_for_create(self, obj: MutatingWebhookConfiguration, request: Request) -> None:
        """The first generation."""
        obj.metadata.generation = 1

    def validate(self, obj: MutatingWebhookConfiguration, request: Request) -> Errors:
        """Webhooks."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=False, qualified_finalizers=False)
        validate_webhooks(obj.webhooks, errors)
        return errors

    def prepare_for_update(
        self, new: MutatingWebhookConfiguration, old: MutatingWebhookConfiguration, request: Request
    ) -> None:
        """Changed webhooks count."""
        count_generation(new, old, parts=("webhooks",))

    def validate_update(
        self, new: MutatingWebhookConfiguration, old: MutatingWebhookConfiguration, request: Request
    ) -> Errors:
        """As a new object."""
        return self.validate(new, request)


STRATEGY = MutatingWebhookConfigurationStrategy()
