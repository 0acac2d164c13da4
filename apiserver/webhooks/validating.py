"""The admission plugin ValidatingAdmissionWebhook: all who are concerned are asked at once, any may refuse."""

from __future__ import annotations

import asyncio
from typing import Any

from apiserver.admission.matching.views import View, Views
from apiserver.admission.plugin import AdmissionRequest
from apiserver.auth.errors import StatusError
from apiserver.webhooks.configurations import Hook
from apiserver.webhooks.plugin import CallFailed, WebhookPlugin
from minik8s.api.admissionregistration_v1 import ValidatingWebhookConfiguration


class ValidatingWebhooks(WebhookPlugin):
    """Asks validating webhooks."""

    KIND = "validating"
    name = "ValidatingAdmissionWebhook"
    mutates = False
    validates = True

    def __init__(self, **services: Any) -> None:
        super().__init__(ValidatingWebhookConfiguration, **services)

    async def validate(self, request: AdmissionRequest) -> None:
        """Ask all; of several refusals the first to come is told. Raises StatusError."""
        candidates = self._candidates(request)
        if not candidates:
            return
        views = Views(request, self._served)
        asked: list[tuple[Hook, View]] = []
        for candidate in candidates:
            view = await self._view(candidate, request, views)
            if view is not None:
                asked.append((candidate.hook, view))
        if len(asked) == 1:
            await self._judge(0, *asked[0], request)
            return
        if not asked:
            return
        refusals: list[StatusError] = []

        async def judge(index: int, hook: Hook, view: View) -> None:
            try:
                await self._judge(index, hook, view, request)
            except StatusError as error:
                refusals.append(error)

        await asyncio.gather(*(judge(index, *each) for index, each in enumerate(asked)))
        if refusals:
            raise refusals[0]

    async def _judge(self, index: int, hook: Hook, view: View, request: AdmissionRequest) -> None:
        try:
            await self._ask(hook, request, view)
        except CallFailed as error:
            self._let_through(hook, request, f"validating.webhook.admission.k8s.io/round_0_index_{index}", error)
