"""What the worker counts, counted by the server: `/metrics` tells of all requests, wherever they were carried out."""

from __future__ import annotations

from typing import Any

from apiserver.core import Core
from apiserver.crd.conversion_metrics import ConversionMetrics
from apiserver.heavy.channel import Channel
from apiserver.measures.admission import AdmissionTallies
from apiserver.policies.metrics import PolicyMetrics
from apiserver.webhooks.metrics import WebhookMetrics


class ToldWebhooks(WebhookMetrics):
    """Tells of calls of webhooks."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel

    def called(self, name: str, kind: str, operation: str, seconds: float, code: int, *, rejected: bool) -> None:
        """See WebhookMetrics."""
        self._channel.tell("webhook called", name, kind, operation, seconds, code, rejected)

    def rejected(self, name: str, kind: str, operation: str, error: str, code: int) -> None:
        """See WebhookMetrics."""
        self._channel.tell("webhook rejected", name, kind, operation, error, code)

    def failed_open(self, name: str, kind: str) -> None:
        """See WebhookMetrics."""
        self._channel.tell("webhook failed open", name, kind)

    def judged(self, name: str, kind: str, operation: str, seconds: float, *, failed: bool, left_out: bool) -> None:
        """See WebhookMetrics."""
        self._channel.tell("webhook judged", name, kind, operation, seconds, failed, left_out)


class ToldPolicies(PolicyMetrics):
    """Tells of checks by policies."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel

    def observe(self, kind: str, policy: str, binding: str, enforcement: str, error: str, seconds: float) -> None:
        """See PolicyMetrics."""
        self._channel.tell("policy", kind, policy, binding, enforcement, error, seconds)


class ToldConversions(ConversionMetrics):
    """Tells of conversions."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel

    def observe(self, seconds: float, failure: str) -> None:
        """See ConversionMetrics."""
        self._channel.tell("conversion", seconds, failure)


class ToldSteps(AdmissionTallies):
    """Tells of steps of admission."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel

    def step(self, kind: str, operation: str, seconds: float, *, rejected: bool) -> None:
        """See AdmissionTallies."""
        self._channel.tell("admission step", kind, operation, seconds, rejected)


class Counters:
    """All of them, as `Core` takes them."""

    def __init__(self, channel: Channel) -> None:
        self.webhooks = ToldWebhooks(channel)
        self.policies = ToldPolicies(channel)
        self.conversions = ToldConversions(channel)
        self.steps = ToldSteps(channel)


def count(core: Core, what: str, arguments: list[Any]) -> None:
    """Count what the worker tells of."""
    match what:
        case "webhook called":
            *told, rejected = arguments
            core.webhooks.metrics.called(*told, rejected=rejected)
        case "webhook rejected":
            core.webhooks.metrics.rejected(*arguments)
        case "webhook failed open":
            core.webhooks.metrics.failed_open(*arguments)
        case "webhook judged":
            *told, failed, left_out = arguments
            core.webhooks.metrics.judged(*told, failed=failed, left_out=left_out)
        case "policy":
            core.policies.metrics.observe(*arguments)
        case "admission step":
            *told, rejected = arguments
            core.admission.tallies.step(*told, rejected=rejected)
        case "conversion":
            core.definitions.metrics.observe(*arguments)
