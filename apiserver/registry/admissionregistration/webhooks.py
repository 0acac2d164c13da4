"""What mutating and validating webhooks have in common."""

from __future__ import annotations

from collections.abc import Sequence

from apiserver.registry import formats
from apiserver.registry.admissionregistration.match_conditions import validate_match_conditions
from apiserver.registry.admissionregistration.resource_rules import MATCH_POLICIES, default_rule, validate_rule
from apiserver.registry.errors import Errors
from apiserver.registry.labels import validate_label_selector
from apiserver.registry.webhook_client import validate_webhook_service, validate_webhook_url
from minik8s.api.admissionregistration_v1 import MutatingWebhook, ValidatingWebhook, WebhookClientConfig
from minik8s.api.meta_v1 import LabelSelector

Webhook = MutatingWebhook | ValidatingWebhook
FAILURE_POLICIES = ("Fail", "Ignore")
_SIDE_EFFECTS = ("None", "NoneOnDryRun")
_VERSIONS = ("v1", "v1beta1")
_PORT = 443
_TIMEOUT = 10


def default_webhook(hook: Webhook) -> None:
    """Ten seconds; a failure refuses the request; equivalent resources, everywhere."""
    hook.failure_policy = "Fail" if hook.failure_policy is None else hook.failure_policy
    hook.match_policy = "Equivalent" if hook.match_policy is None else hook.match_policy
    hook.namespace_selector = hook.namespace_selector or LabelSelector()
    hook.object_selector = hook.object_selector or LabelSelector()
    hook.timeout_seconds = _TIMEOUT if hook.timeout_seconds is None else hook.timeout_seconds
    service = hook.client_config.service
    if service is not None and service.port is None:
        service.port = _PORT
    for rule in hook.rules:
        default_rule(rule)


def _validate_client(config: WebhookClientConfig, path: str, errors: Errors) -> None:
    url, service = config.url, config.service
    if (url is None) == (service is None):
        errors.required(path, "exactly one of url or service is required")
    elif url is not None:
        validate_webhook_url(url, f"{path}.url", errors)
    elif service is not None:
        validate_webhook_service(service.name, service.namespace, service.path, service.port, f"{path}.service", errors)


def _validate_versions(versions: list[str], path: str, errors: Errors) -> None:
    if not versions:
        errors.required(path, f"must specify one of {', '.join(_VERSIONS)}")
        return
    for index, version in enumerate(versions):
        if version in versions[:index]:
            errors.invalid(f"{path}[{index}]", version, "duplicate version")
        elif found := formats.dns1035_label(version):
            errors.invalid(f"{path}[{index}]", version, ",".join(found))
    if not set(versions) & set(_VERSIONS):
        errors.invalid(path, versions, f"must include at least one of {', '.join(_VERSIONS)}")


def _validate(hook: Webhook, path: str, errors: Errors) -> None:
    formats.check_fully_qualified(hook.name, f"{path}.name", errors)
    for index, rule in enumerate(hook.rules):
        validate_rule(rule, f"{path}.rules[{index}]", errors)
    if hook.failure_policy is not None and hook.failure_policy not in FAILURE_POLICIES:
        errors.not_supported(f"{path}.failurePolicy", hook.failure_policy, FAILURE_POLICIES)
    if hook.match_policy is not None and hook.match_policy not in MATCH_POLICIES:
        errors.not_supported(f"{path}.matchPolicy", hook.match_policy, MATCH_POLICIES)
    if hook.side_effects is None:
        errors.required(f"{path}.sideEffects", f"must specify one of {', '.join(_SIDE_EFFECTS)}")
    elif hook.side_effects not in _SIDE_EFFECTS:
        errors.not_supported(f"{path}.sideEffects", hook.side_effects, _SIDE_EFFECTS)
    seconds = hook.timeout_seconds
    if seconds is not None and not 1 <= seconds <= 30:
        errors.invalid(f"{path}.timeoutSeconds", seconds, "the timeout value must be between 1 and 30 seconds")
    validate_label_selector(hook.namespace_selector, f"{path}.namespaceSelector", errors)
    validate_label_selector(hook.object_selector, f"{path}.objectSelector", errors)
    if isinstance(hook, MutatingWebhook) and hook.reinvocation_policy not in (None, "IfNeeded", "Never"):
        errors.not_supported(f"{path}.reinvocationPolicy", hook.reinvocation_policy, ("IfNeeded", "Never"))
    _validate_client(hook.client_config, f"{path}.clientConfig", errors)
    validate_match_conditions(hook.match_conditions, f"{path}.matchConditions", errors)


def validate_webhooks(hooks: Sequence[Webhook], errors: Errors) -> None:
    """Each name once."""
    names: set[str] = set()
    for index, hook in enumerate(hooks):
        path = f"webhooks[{index}]"
        _validate(hook, path, errors)
        _validate_versions(hook.admission_review_versions, f"{path}.admissionReviewVersions", errors)
        if hook.name:
            if hook.name in names:
                errors.duplicate(f"{path}.name", hook.name)
            names.add(hook.name)
