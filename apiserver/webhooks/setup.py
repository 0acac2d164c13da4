"""The admission plugins of webhooks put together."""

from __future__ import annotations

from apiserver.admission.matching.targets import Served
from apiserver.auth.protocols import Authorizer, Reader
from apiserver.webhooks.client import WebhookClient
from apiserver.webhooks.metrics import WebhookMetrics
from apiserver.webhooks.mutating import MutatingWebhooks
from apiserver.webhooks.services import Services
from apiserver.webhooks.validating import ValidatingWebhooks


class Webhooks:
    """Both plugins, the client they share with whoever else calls webhooks, and their metrics."""

    def __init__(
        self, reader: Reader, authorizer: Authorizer, served: Served, services: Services, metrics: WebhookMetrics
    ) -> None:
        self.client = WebhookClient(services)
        self.metrics = metrics
        self.mutating = MutatingWebhooks(
            reader=reader, authorizer=authorizer, served=served, client=self.client, counts=self.metrics
        )
        self.validating = ValidatingWebhooks(
            reader=reader, authorizer=authorizer, served=served, client=self.client, counts=self.metrics
        )

    def forget(self) -> None:
        """Match requests anew: resources have come or gone."""
        self.mutating.configurations.forget()
        self.validating.configurations.forget()

    async def close(self) -> None:
        """Drop all connections."""
        self.client.close()
