"""The webhooks of all configurations, ready to be asked: selectors and conditions are read once, when they change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from apiserver.admission.expressions.conditions import Conditions
from apiserver.admission.matching.rules import found_by
from apiserver.admission.matching.targets import Served, Target, is_namespace, target_of
from apiserver.admission.plugin import AdmissionRequest
from apiserver.auth.protocols import Reader
from minik8s.api.admissionregistration_v1 import (
    MutatingWebhook,
    MutatingWebhookConfiguration,
    ValidatingWebhook,
    ValidatingWebhookConfiguration,
)
from minik8s.api.meta_v1 import LabelSelector
from minik8s.machinery.admission.environment import environment
from minik8s.machinery.selectors import Selector, SelectorError, from_label_selector

Webhook = MutatingWebhook | ValidatingWebhook
_MOST_KINDS = 4096


class Hook:
    """One webhook; `ident` tells it from all others."""

    def __init__(self, configuration: str, webhook: Webhook, ident: str) -> None:
        self.configuration = configuration
        self.webhook = webhook
        self.ident = ident
        self.name = webhook.name
        self.ignores_failure = webhook.failure_policy == "Ignore"
        self.seconds = float(webhook.timeout_seconds or 10)
        self.namespaces = _selector(webhook.namespace_selector)
        self.objects = _selector(webhook.object_selector)
        self._conditions: Conditions | None = None

    @property
    def conditions(self) -> Conditions | None:
        """Its match conditions, compiled when first needed; None without any."""
        if self._conditions is None and self.webhook.match_conditions:
            self._conditions = Conditions(self.webhook.match_conditions, environment())
        return self._conditions


def _selector(selector: LabelSelector | None) -> Selector:
    try:
        return from_label_selector(LabelSelector() if selector is None else selector)
    except SelectorError:
        return Selector(nothing=True)


class Candidate(NamedTuple):
    """A webhook whose rules are about a request, and the version under which they are."""

    hook: Hook
    target: Target


Configuration = MutatingWebhookConfiguration | ValidatingWebhookConfiguration


class Configurations:
    """All webhooks of one sort, by the names of their configurations and then in their own order."""

    def __init__(
        self,
        reader: Reader,
        cls: type[Configuration],
        served: Served,
    ) -> None:
        self._served = served
        self._by_name: dict[str, list[Hook]] = {}
        self._hooks: list[Hook] = []
        self._candidates: dict[tuple[object, ...], tuple[Candidate, ...]] = {}
        reader.on_change(cls, self._changed)

    def _changed(self, old: Configuration | None, new: Configuration | None) -> None:
        if new is None:
            assert old is not None
            self._by_name.pop(old.metadata.name, None)
        else:
            name = new.metadata.name
            seen: dict[str, int] = {}
            hooks = []
            for webhook in new.webhooks:
                count = seen[webhook.name] = seen.get(webhook.name, -1) + 1
                hooks.append(Hook(name, webhook, f"{name}/{webhook.name}/{count}"))
            self._by_name[name] = hooks
        self._hooks = [hook for name in sorted(self._by_name) for hook in self._by_name[name]]
        self._candidates.clear()

    @property
    def empty(self) -> bool:
        """Whether there are none."""
        return not self._hooks

    def forget(self) -> None:
        """Match anew: resources have come or gone."""
        self._candidates.clear()

    def candidates(self, request: AdmissionRequest) -> Sequence[Candidate]:
        """Webhooks whose rules are about such requests; found once for all that are alike."""
        own = target_of(request)
        placed = bool(request.namespace) and not is_namespace(request)
        key = (request.operation, own, request.subresource, placed)
        found = self._candidates.get(key)
        if found is None:
            if len(self._candidates) >= _MOST_KINDS:
                self._candidates.clear()
            found = self._candidates[key] = tuple(self._matching(request, own, placed))
        return found

    def _matching(self, request: AdmissionRequest, own: Target, placed: bool) -> list[Candidate]:
        found = []
        for hook in self._hooks:
            others: Callable[[], Sequence[Target]] | None = None
            if hook.webhook.match_policy != "Exact":
                others = lambda: self._served.equivalents(request)  # noqa: E731
            target = found_by(hook.webhook.rules, request, own, placed, others)
            if target is not None:
                found.append(Candidate(hook, target))
        return found
