"""PodTemplates as objects of their own."""

from __future__ import annotations

from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.pod_spec.defaults import default_pod_spec
from apiserver.registry.pod_spec.disabled import drop_disabled_template
from apiserver.registry.pod_spec.template import template_rules, validate_template
from apiserver.registry.pod_spec.warnings import template_warnings
from apiserver.registry.strategy import Request, Strategy, count_generation
from minik8s.api.core_v1 import PodTemplate


class PodTemplateStrategy(Strategy[PodTemplate]):
    """A pod to be made, by whoever asks for it."""

    def default(self, obj: PodTemplate, request: Request) -> None:
        """As any template."""
        default_pod_spec(obj.template.spec)

    def prepare_for_create(self, obj: PodTemplate, request: Request) -> None:
        """The first generation."""
        obj.metadata.generation = 1
        drop_disabled_template(obj.template, None)

    def validate(self, obj: PodTemplate, request: Request) -> Errors:
        """The template."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=True)
        validate_template(obj.template, "template", errors, template_rules(None))
        return errors

    def warnings_on_create(self, obj: PodTemplate) -> list[str]:
        """What is unwise in the template."""
        return template_warnings(obj.template, "template")

    def prepare_for_update(self, new: PodTemplate, old: PodTemplate, request: Request) -> None:
        """A changed template is a new generation."""
        drop_disabled_template(new.template, old.template)
        count_generation(new, old, parts=("template",))

    def validate_update(self, new: PodTemplate, old: PodTemplate, request: Request) -> Errors:
        """The template."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        validate_template(new.template, "template", errors, template_rules(old.template))
        return errors

    def warnings_on_update(self, new: PodTemplate, old: PodTemplate) -> list[str]:
        """What is unwise in a changed template."""
        if new.metadata.generation == old.metadata.generation:
            return []
        return template_warnings(new.template, "template")


STRATEGY = PodTemplateStrategy()
